// @ts-check
/** The list of alerts: one item for each series, with the worst that holds there. */

import { Tally } from "./tally.js";
import { boundsOf } from "./tile.js";
import { CONDITIONS, SEVERITIES, STATUSES, byId, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./stream.js").Notice} Notice */
/** @typedef {import("./tile.js").Tile} Tile */
/** @typedef {{node: HTMLElement, word: HTMLElement, status: HTMLElement, when: HTMLElement, figure: HTMLElement, limit: HTMLElement,
 *   sentence: HTMLElement, notice: Notice, notices: Notice[]}} Item */

/** A sentence begins with how grave it is, which the item's head says already. */
const FIRST_WORD = /^\p{Lu}[\p{Lu} ]+: /u;

/** Kinds that tell of missing data, not of a value. */
const SILENT = new Set(["no-data", "source-down"]);

/** Kinds whose bound is a limit of the value itself, in its unit; of the others the sentence tells. */
const LIMITED = new Set(["above", "below", "outside"]);

export class Alerts {
  /** @param {Words} words @param {(series: string) => Tile | undefined} find @param {(series: string) => void} reveal */
  constructor(words, find, reveal) {
    this.words = words;
    this.find = find;
    this.reveal = reveal;
    /** @type {Map<string, Item>} */
    this.items = new Map();
    this.isFirst = true;
    this.tally = new Tally();
    byId("alerts-count").append(this.tally.node);
    byId("alerts-more").addEventListener("click", () => byId("alerts").toggleAttribute("data-all", true));
  }

  /** @param {Notice[]} notices worst first @param {number} now */
  show(notices, now) {
    const list = byId("alerts");
    const bySeries = grouped(notices);
    for (const [series, item] of this.items) {
      if (bySeries.has(series)) continue;
      item.node.remove();
      this.items.delete(series);
    }
    [...bySeries].forEach(([series, all], i) => {
      const [notice] = all;
      const item = this.items.get(series) ?? this.make(series, notice);
      if (!this.isFirst && isWorse(notice, item)) write(byId("announce"), this.words.pick(notice.sentence));
      this.items.set(series, item);
      item.notice = notice;
      item.notices = all;
      this.write(item, now);
      if (list.children[i] !== item.node) list.insertBefore(item.node, list.children[i] ?? null);
    });
    this.isFirst = false;
    this.count();
  }

  /** @param {string} series @param {Notice} notice @returns {Item} */
  make(series, notice) {
    const node = element("li", "alert-item");
    node.dataset.alert = series;
    const button = element("button", "alert");
    button.setAttribute("type", "button");
    const [head, mark, reading] = [element("span", "alert-head"), element("span", "mark"), element("span", "alert-reading")];
    mark.ariaHidden = "true";
    const [word, status, when] = [element("span", "word"), element("span", "status"), element("span", "when")];
    const [figure, limit, sentence] = [element("span", "alert-figure"), element("span", "limit"), element("span", "sentence")];
    head.append(mark, word, status, when);
    reading.append(figure, limit);
    button.append(head, reading, sentence);
    button.addEventListener("click", () => this.reveal(series));
    node.append(button);
    return { node, word, status, when, figure, limit, sentence, notice, notices: [notice] };
  }

  /** @param {Item} item @param {number} now */
  write(item, now) {
    const { node, notice } = item;
    const { words } = this;
    node.dataset.status = notice.status;
    node.dataset.condition = conditionOf(notice);
    const condition = SILENT.has(notice.kind) ? "stale" : SEVERITIES[notice.severity];
    write(item.word, words.pick(CONDITIONS[condition]));
    write(item.status, words.pick(STATUSES[notice.status]));
    write(item.sentence, words.pick(notice.sentence).replace(FIRST_WORD, ""));
    this.refreshItem(item, now);
  }

  /** What changes by itself: the value, and how long it has been so. @param {Item} item @param {number} now */
  refreshItem(item, now) {
    const { words } = this;
    const { notice } = item;
    const isOver = notice.status === "resolved";
    const [moment, length] = isOver ? /** @type {const} */ (["ended", "lasted"]) : /** @type {const} */ (["since", "lasting"]);
    const time = words.moment(isOver ? notice.at : notice.since, now);
    const span = words.lasting((isOver ? notice.at : now) - notice.since);
    write(item.when, `${words.text(moment, { time })} · ${words.text(length, { span })}`);
    const tile = this.find(`${notice.site}/${notice.indicator}`);
    write(item.figure, tile ? tile.figure(words) : "");
    const back = tile && isBack(notice, tile.value) ? ` · ${words.text("backWithin")}` : "";
    const isLimited = notice.bound !== null && LIMITED.has(notice.kind);
    const others = standing(item).length - 1;
    const more = others > 0 ? ` (${words.text(others === 1 ? "alsoBeyondOne" : "alsoBeyond", { n: others })})` : "";
    write(item.limit, isLimited ? `${words.text("limit")} ${bounds(notice, words)}${more}${back}` : more);
  }

  /** What holds against a series now, worst first. @param {string} series @returns {Notice[]} */
  of(series) {
    const item = this.items.get(series);
    return item ? standing(item) : [];
  }

  /** @param {number} now */
  refresh(now) {
    for (const item of this.items.values()) this.refreshItem(item, now);
  }

  /** @param {number} now */
  relabel(now) {
    for (const item of this.items.values()) this.write(item, now);
    this.count();
  }

  count() {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const { node } of this.items.values()) {
      const condition = node.dataset.condition ?? "ok";
      counts[condition] = (counts[condition] ?? 0) + 1;
    }
    this.tally.show(counts, this.words);
    byId("alerts-none").hidden = this.items.size > 0;
    write(byId("alerts-more"), this.words.text("moreAlerts", { n: this.items.size }));
  }
}

/** Whether the value is within the limit again while the alert is kept. @param {Notice} notice @param {number | null} value */
function isBack({ kind, bound, upper }, value) {
  if (bound === null || value === null) return false;
  return !boundsOf({ kind, value: bound, upper }).some((one) => (one.sign === ">" ? value > one.bound : value < one.bound));
}

/** The limit that was crossed. @param {Notice} notice @param {Words} words */
function bounds(notice, words) {
  const { kind, bound, upper } = notice;
  return boundsOf({ kind, value: bound ?? 0, upper }).map((one) => `${one.sign} ${words.bound(one.bound)}`).join(", ");
}

/** The mark of an alert: its severity while it fires. @param {Notice} notice */
export function conditionOf(notice) {
  if (notice.status === "resolved") return "ok";
  if (notice.status === "pending") return "pending";
  return SILENT.has(notice.kind) ? "stale" : SEVERITIES[notice.severity];
}

/** @param {Item} item */
function standing(item) {
  return item.notices.filter((notice) => notice.status !== "resolved");
}

/** Whether a firing alert is news to whoever listens. @param {Notice} notice @param {Item} item */
function isWorse(notice, item) {
  return notice.status === "firing" && conditionOf(notice) !== item.node.dataset.condition;
}

/** The notices of each series, in the order of its worst. @param {Notice[]} notices */
function grouped(notices) {
  /** @type {Map<string, Notice[]>} */
  const found = new Map();
  for (const notice of notices) {
    const series = `${notice.site}/${notice.indicator}`;
    found.set(series, [...(found.get(series) ?? []), notice]);
  }
  return found;
}
