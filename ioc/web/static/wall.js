// @ts-check
/** The wall: puts the parts together and keeps the clock. */

import { Alerts } from "./alerts.js";
import { Board } from "./board.js";
import { Clock } from "./clock.js";
import { furnish } from "./house.js";
import { Panel } from "./panel.js";
import { follow } from "./stream.js";
import { CONDITIONS, LINKS, Words, byId, element, write } from "./words.js";

/** @typedef {import("./stream.js").Snapshot} Snapshot */
/** @typedef {import("./stream.js").ClockEvent} ClockEvent */

const SUMMARY = ["critical", "warning", "info", "stale", "waiting", "ok"];

const words = new Words();
const panel = new Panel(words, (series) => alerts.of(series));
const board = new Board(words, (tile) => panel.open(tile));
const alerts = new Alerts(words, (series) => board.find(series), (series) => board.reveal(series));

/** The catalogue shown, by its ETag. */
let shown = "";
/** @type {any} */
let catalogue = null;
/** @type {Snapshot | null} */
let waiting = null;
const clock = new Clock(words);
let link = "connecting";
let lostAt = 0;
/** How many series are in which condition. @type {Record<string, number>} */
let counts = {};

function now() {
  return clock.now;
}

/** Fetch what there is to show and build the board for it; false when the engine does not answer. */
async function readCatalogue() {
  try {
    const answer = await fetch("/v1/catalogue", { cache: "no-cache" });
    if (!answer.ok) return false;
    catalogue = await answer.json();
    shown = answer.headers.get("etag") ?? "";
  } catch {
    return false; // the line is down: the header says so, and the caller tries again
  }
  board.build(catalogue);
  panel.relabel();
  title();
  return true;
}

function title() {
  if (!catalogue) return;
  write(byId("title"), words.pick(catalogue.title));
  const grave = (counts.critical ?? 0) + (counts.warning ?? 0);
  const name = `${grave ? `(${words.number(grave, 0)}) ` : ""}${words.pick(catalogue.title)}`;
  if (document.title !== name) document.title = name;
}

/** @param {Snapshot} snapshot */
async function onSnapshot(snapshot) {
  onClock(snapshot.clock);
  waiting = snapshot;
  early.length = 0;
  if (snapshot.catalogue !== shown && !(await readCatalogue())) {
    setTimeout(() => waiting === snapshot && void onSnapshot(snapshot), 2000);
    return;
  }
  // A delta or a second snapshot may have come in the meantime; the last snapshot wins.
  if (waiting !== snapshot) return;
  board.show(snapshot.tiles, now());
  alerts.show(snapshot.alerts, now());
  waiting = null;
  for (const rows of early.splice(0)) board.show(rows, now());
  document.body.dataset.ready = "";
  if (!sought) seek();
  sought = true;
}

/** Deltas that came while the catalogue was on its way. @type {import("./stream.js").Row[][]} */
const early = [];

/** @param {import("./stream.js").Row[]} rows */
function onDelta(rows) {
  if (waiting) early.push(rows);
  else board.show(rows, now());
}

/** @param {ClockEvent} event */
function onClock(event) {
  clock.hear(event.now, event.played);
  counts = event.counts;
  title();
  for (const button of byId("summary").children) {
    const node = /** @type {HTMLElement} */ (button.firstElementChild);
    const condition = node.dataset.condition ?? "";
    write(/** @type {HTMLElement} */ (node.querySelector(".total")), words.number(event.counts[condition] ?? 0, 0));
    /** @type {HTMLElement} */ (button).hidden = condition === "waiting" && !event.counts.waiting;
  }
}

let sought = false;

/** Go to what the address names: a group, or `#series/site/indicator`. */
function seek() {
  const name = decoded(location.hash.slice(1));
  if (name.startsWith("series/")) board.reveal(name.slice("series/".length));
  else board.goTo(name);
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that somebody cut short
  }
}

/** @param {"connecting" | "live" | "lost"} state */
function onLink(state) {
  if (state === "lost" && link !== "lost") lostAt = now();
  link = state;
  document.body.dataset.link = state;
  write(byId("link-word"), words.pick(LINKS[state]));
  const banner = byId("banner");
  banner.hidden = state !== "lost";
  if (state === "lost") write(banner, words.text("lost", { time: lostAt ? words.moment(lostAt, now()) : "–" }));
}

function everySecond() {
  clock.show();
  board.now = now();
  board.refresh(new Set());
  alerts.refresh(now());
  panel.refresh(now());
}

/** Every word that the page makes itself. */
function relabel() {
  for (const node of byId("summary").querySelectorAll(".total-word")) {
    const target = /** @type {HTMLElement} */ (node);
    write(target, words.pick(CONDITIONS[/** @type {HTMLElement} */ (target.parentElement).dataset.condition ?? "ok"]));
  }
  title();
  board.relabel();
  alerts.relabel(now());
  panel.relabel();
  onLink(/** @type {any} */ (link));
  clock.show();
}

/** The totals are buttons: they show only the tiles they count. @param {string} condition */
function total(condition) {
  const item = element("li");
  const button = element("button", "sum");
  button.setAttribute("type", "button");
  button.dataset.condition = condition;
  button.ariaPressed = "false";
  const mark = element("span", "mark");
  mark.ariaHidden = "true";
  button.append(mark, element("span", "total", "–"), element("span", "total-word"));
  button.addEventListener("click", () => sift(board.condition === condition ? "" : condition));
  item.append(button);
  return item;
}

/** @param {string} condition */
function sift(condition) {
  board.condition = condition;
  for (const node of byId("summary").querySelectorAll(".sum")) {
    node.ariaPressed = String(/** @type {HTMLElement} */ (node).dataset.condition === condition);
  }
  board.sift();
}

byId("summary").append(...SUMMARY.map(total));
const filter = /** @type {HTMLInputElement} */ (byId("filter"));
filter.addEventListener("input", () => {
  board.query = filter.value;
  board.sift();
});
filter.form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (board.found?.length) board.open(board.found[0]);
});
filter.addEventListener("keydown", (event) => event.key === "Escape" && clear());
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === filter || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  filter.focus();
});

function clear() {
  filter.value = "";
  board.query = "";
  sift("");
}
byId("clear").addEventListener("click", clear);
window.addEventListener("hashchange", seek);
byId("unfold").addEventListener("click", () => board.openAll(byId("unfold").ariaPressed !== "true"));
byId("overview").addEventListener("click", (event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest("a");
  if (!link) return;
  event.preventDefault();
  clear();
  board.goTo((link.getAttribute("href") ?? "#").slice(1));
});
furnish(words, relabel);
setInterval(everySecond, 1000);
follow({
  snapshot: (snapshot) => void onSnapshot(snapshot),
  delta: onDelta,
  alerts: (list) => alerts.show(list, now()),
  clock: onClock,
  link: onLink,
});
