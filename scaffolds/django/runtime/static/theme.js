// Runs before the first paint, so that a dark page is never white first.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const theme = root.dataset.theme;
    root.classList.toggle("dark", theme === "dark" || (theme !== "light" && system.matches));
  };
  apply();
  system.addEventListener("change", apply);

  // The button in the top bar: at once here, remembered by the server.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-theme-switch]");
    if (!form) return;
    event.preventDefault();
    const wanted = root.classList.contains("dark") ? "light" : "dark";
    form.elements.theme.value = wanted;
    root.dataset.theme = wanted;
    apply();
    fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
  });
})();
