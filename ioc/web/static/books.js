// @ts-check
/** The books: what became of every input, and those that were refused. Asked for anew every few seconds. */

import { Clock } from "./clock.js";
import { furnish } from "./house.js";
import { REASONS } from "./text.js";
import { Words, byId, element, write } from "./words.js";

const EVERY = 5000;
const LETTERS = 50;
/** Columns by their word; `figure` columns are numbers. @type {Record<string, [string, boolean][]>} */
const COLUMNS = {
  ledger: [["hour", false], ["source", false], ["received", true], ["stored", true], ["duplicate", true],
    ["dead", true], ["difference", true]],
  reasons: [["reason", false], ["count", true]],
  letters: [["time", false], ["reason", false], ["source", false], ["topic", false], ["detail", false],
    ["payload", false]],
};

const words = new Words();
const clock = new Clock(words);
/** @type {any} */
let ledger = null;
/** @type {any} */
let refused = null;

async function read() {
  try {
    [ledger, refused] = await Promise.all([ask("/v1/ledger"), ask(`/v1/dead-letters?limit=${LETTERS}`)]);
    clock.hear(ledger.now, ledger.played);
    byId("banner").hidden = true;
  } catch (error) {
    write(byId("banner"), words.text("failed", { why: String(error) }));
    byId("banner").hidden = false;
  }
  show();
}

/** @param {string} path */
async function ask(path) {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function show() {
  if (!ledger || !refused) return;
  showVerdict();
  fill("ledger", ledger.rows.map((/** @type {any} */ row) => [
    words.moment(row.hour, ledger.now), row.source,
    ...["received", "stored", "duplicate", "dead", "difference"].map((name) => words.number(row[name], 0)),
  ]));
  const counts = Object.entries(refused.counts);
  fill("reasons", counts.map(([reason, n]) => [named(reason), words.number(Number(n), 0)]));
  byId("reasons").hidden = counts.length === 0;
  byId("none").hidden = counts.length > 0;
  fill("letters", refused.dead_letters.map((/** @type {any} */ one) => [
    words.moment(one.received_at, ledger.now), named(one.reason), one.source, one.topic, one.detail, one.payload,
  ]));
  document.body.dataset.ready = "";
}

/** A reason in words, with its code. @param {string} reason */
function named(reason) {
  const [vi, en] = REASONS[reason] ?? ["", ""];
  return [words.pick({ vi, en }), `(${reason})`].join(" ").trim();
}

function showVerdict() {
  const underway = Object.values(ledger.pipeline).reduce((sum, n) => sum + Number(n), 0);
  const verdict = words.text(ledger.balanced ? "balanced" : "unbalanced");
  const line = /** @type {HTMLElement} */ (byId("verdict").parentElement);
  line.dataset.condition = ledger.balanced ? "ok" : "critical";
  const more = underway ? ` ${words.text("underway", { n: words.number(underway, 0) })}` : "";
  write(byId("verdict"), ledger.rows.length ? verdict + more : words.text("nothingReceived"));
}

/** @param {string} id @param {string[][]} rows */
function fill(id, rows) {
  const table = byId(id);
  const columns = COLUMNS[id];
  const head = element("tr");
  head.append(...columns.map(([word, isFigure]) => {
    const cell = element("th", isFigure ? "figure" : "", words.text(/** @type {any} */ (word)));
    cell.setAttribute("scope", "col");
    return cell;
  }));
  table.querySelector("thead")?.replaceChildren(head);
  table.querySelector("tbody")?.replaceChildren(...rows.map((row) => {
    const line = element("tr");
    line.append(...row.map((text, i) => cell(columns[i], text)));
    return line;
  }));
}

/** @param {[string, boolean]} column @param {string} text */
function cell([word, isFigure], text) {
  const made = element("td", isFigure ? "figure" : "");
  if (word === "payload") made.append(element("code", "", text));
  else made.textContent = text;
  return made;
}

furnish(words, () => {
  document.title = words.text("books");
  clock.show();
  show();
});
void read();
setInterval(() => void read(), EVERY);
setInterval(() => clock.show(), 1000);
