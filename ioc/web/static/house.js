// @ts-check
/** What all pages share: the header with the pages and the languages, and words that stand in the page itself. */

import { byId, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */

/** The pages of the console in the order of the header. @type {[string, import("./words.js").Word][]} */
const PAGES = [
  ["/", "pageWall"],
  ["/incidents", "pageIncidents"],
  ["/books", "pageBooks"],
];
const LANGUAGES = /** @type {const} */ ([["vi", "Tiếng Việt"], ["en", "English"]]);

/** Fill the header, and say everything in the reader's language, now and whenever it changes.
 * @param {Words} words @param {() => void} relabel what only this page can say */
export function furnish(words, relabel) {
  const say = () => {
    document.documentElement.lang = words.language;
    for (const node of document.querySelectorAll("[data-text], [data-label], [data-hint]")) label(words, node);
    for (const node of byId("languages").children) node.ariaPressed = String(node.getAttribute("lang") === words.language);
    relabel();
  };
  byId("pages").append(...PAGES.map(([path, word]) => link(path, word)));
  byId("languages").append(...LANGUAGES.map(([language, name]) => button(words, language, name, say)));
  new ResizeObserver(measure).observe(byId("top"));
  say();
}

/** @param {Words} words @param {Element} node */
function label(words, node) {
  const { text, label: aria, hint } = /** @type {HTMLElement} */ (node).dataset;
  if (text) write(/** @type {HTMLElement} */ (node), words.text(/** @type {any} */ (text)));
  if (aria) node.ariaLabel = words.text(/** @type {any} */ (aria));
  if (hint) node.setAttribute("placeholder", words.text(/** @type {any} */ (hint)));
}

/** @param {string} path @param {string} word */
function link(path, word) {
  const made = element("a");
  made.setAttribute("href", path);
  made.dataset.text = word;
  if (path === location.pathname) made.setAttribute("aria-current", "page");
  return made;
}

/** @param {Words} words @param {"vi" | "en"} language @param {string} name @param {() => void} say */
function button(words, language, name, say) {
  const made = element("button", "", language.toUpperCase());
  for (const [key, value] of [["type", "button"], ["lang", language], ["title", name]]) made.setAttribute(key, value);
  made.addEventListener("click", () => {
    words.speak(language);
    say();
  });
  return made;
}

/** What sticks below the header needs its height, which depends on how it wraps. */
function measure() {
  const { position } = getComputedStyle(byId("top"));
  document.documentElement.style.setProperty("--top", `${position === "sticky" ? byId("top").offsetHeight : 0}px`);
}
