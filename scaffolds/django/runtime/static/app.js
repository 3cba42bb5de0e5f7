// Small conveniences. Every page works without them.
(() => {
  const closest = (event, selector) => event.target.closest?.(selector);

  document.addEventListener("click", (event) => {
    const opener = closest(event, "[data-toggle-sidebar]");
    if (opener) {
      event.preventDefault();
      document.getElementById("sidebar")?.toggle?.();
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const copier = closest(event, "[data-copy]");
    if (copier) navigator.clipboard?.writeText(document.querySelector(copier.dataset.copy).value);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // One press, one submit.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    for (const button of event.target.querySelectorAll("button[type=submit]")) {
      setTimeout(() => (button.disabled = true));
    }
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("form[method=post] button[type=submit]")) button.disabled = false;
  });

  // A whole row of a list leads to its first link.
  document.addEventListener("click", (event) => {
    const row = closest(event, "tr[data-row]");
    if (!row || closest(event, "a, button, input, select, summary") || getSelection().toString()) return;
    row.querySelector("a")?.click();
  });
})();
