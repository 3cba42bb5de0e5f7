// Copies what the app serves from npm packages into static/, with their licences, and draws the icon sprite.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

const target = "../static/vendor";
const files = {
  "htmx.org/dist/htmx.min.js": "htmx.min.js",
  "htmx.org/LICENSE": "htmx.LICENSE",
  "basecoat-css/dist/js/basecoat.min.js": "basecoat.min.js",
  "basecoat-css/dist/js/sidebar.min.js": "basecoat-sidebar.min.js",
  "basecoat-css/LICENSE.md": "basecoat.LICENSE",
  "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter.woff2",
  "@fontsource-variable/inter/LICENSE": "inter.LICENSE",
  "lucide-static/LICENSE": "lucide.LICENSE",
};
mkdirSync(target, { recursive: true });
for (const [from, to] of Object.entries(files)) copyFileSync(`node_modules/${from}`, `${target}/${to}`);

// Our name → Lucide's. Business layers choose from these names.
const icons = {
  alert: "triangle-alert", arrow_down: "arrow-down", arrow_left: "arrow-left", arrow_up: "arrow-up", bell: "bell",
  book: "book-open", box: "package", briefcase: "briefcase", building: "building-2", calendar: "calendar-days",
  car: "car", cart: "shopping-cart", chart: "chart-column", check: "check", chevron_down: "chevron-down",
  chevron_left: "chevron-left", chevron_right: "chevron-right", clipboard: "clipboard-list", clock: "clock",
  copy: "copy", database: "database", dot: "circle-dot", download: "download", edit: "pencil", euro: "euro",
  file: "file-text", folder: "folder", globe: "globe", graduation: "graduation-cap", heart: "heart-pulse",
  history: "history", home: "house", key: "key-round", layers: "layers", list: "list", log_out: "log-out",
  mail: "mail", map: "map-pin", menu: "menu", moon: "moon", phone: "phone", plus: "plus", receipt: "receipt",
  search: "search", settings: "settings", shield: "shield-check", star: "star", sun: "sun", switch: "chevrons-up-down",
  tag: "tag", tooth: "smile", trash: "trash-2", truck: "truck", user: "user", users: "users", wrench: "wrench",
  x: "x",
};
const symbols = Object.entries(icons).map(([name, lucide]) => {
  const svg = readFileSync(`node_modules/lucide-static/icons/${lucide}.svg`, "utf8");
  const drawing = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "")}</symbol>`;
});
writeFileSync("../static/icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
const names = Object.keys(icons).map((name) => `    "${name}",`).join("\n");
const note = '"""Names of the drawings in static/icons.svg; written by theme/vendor.mjs."""';
writeFileSync("../pages/icons.py", `${note}\n\nICONS = {\n${names}\n}\n`);
