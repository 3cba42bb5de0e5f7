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

  // A long list of references becomes a field to type in. The select stays behind it and carries the value.
  const MANY = 10;
  const SHOWN = 50;
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  function searchable(select) {
    const input = document.createElement("input");
    const list = document.createElement("ul");
    const box = document.createElement("div");
    const blank = [...select.options].find((option) => !option.value);
    const shown = () => (select.value ? select.selectedOptions[0].label : "");
    let active = -1;

    box.className = "combobox";
    list.id = `${select.id}_list`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", select.labels[0]?.textContent.trim() ?? "");
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    Object.assign(input, { type: "text", id: select.id, className: "input", autocomplete: "off", value: shown() });
    input.placeholder = blank?.label ?? "";
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    select.id += "_value";
    select.hidden = true;
    select.required = false;
    select.replaceWith(box);
    box.append(input, list, select);

    const items = () => [...list.querySelectorAll("[role=option]")];
    const point = (to) => {
      active = to;
      items().forEach((item, index) => item.setAttribute("aria-selected", index === active));
      items()[active]?.scrollIntoView({ block: "nearest" });
      if (items()[active]) input.setAttribute("aria-activedescendant", items()[active].id);
      else input.removeAttribute("aria-activedescendant");
    };
    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      point(-1);
    };
    const open = (words) => {
      const found = [...select.options].filter((option) => option.value && plain(option.label).includes(plain(words)));
      list.replaceChildren(
        ...found.slice(0, SHOWN).map((option, index) => {
          const item = document.createElement("li");
          item.id = `${list.id}_${index}`;
          item.dataset.value = option.value;
          item.textContent = option.label;
          item.setAttribute("role", "option");
          return item;
        }),
      );
      if (!found.length) {
        const nothing = document.createElement("li");
        nothing.textContent = select.dataset.searchable;
        nothing.setAttribute("aria-disabled", "true");
        list.append(nothing);
      }
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      point(words && found.length ? 0 : -1);
    };
    const choose = (value) => {
      select.value = value;
      input.value = shown();
      select.dispatchEvent(new Event("change", { bubbles: true }));
      close();
    };

    close();
    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => open(""));
    input.addEventListener("input", () => open(input.value.trim()));
    input.addEventListener("blur", () => {
      if (!input.value.trim() && blank) select.value = "";
      input.value = shown();
      close();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !list.hidden) close();
      else if (event.key === "Enter" && items()[active]) choose(items()[active].dataset.value);
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (list.hidden) open("");
        else point((active + (event.key === "ArrowDown" ? 1 : items().length - 1) + items().length) % (items().length || 1));
      } else return;
      event.preventDefault();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) choose(item.dataset.value);
    });
  }
  for (const select of document.querySelectorAll("select[data-searchable]")) {
    if (select.options.length > MANY) searchable(select);
  }
})();
