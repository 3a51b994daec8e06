// @ts-check
/** The list of alerts: one item for each, kept by its key. */

import { CONDITIONS, SEVERITIES, STATUSES, byId, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./stream.js").Notice} Notice */
/** @typedef {{node: HTMLElement, button: HTMLElement, word: HTMLElement, status: HTMLElement, when: HTMLElement,
 *   sentence: HTMLElement, notice: Notice}} Item */

/** Kinds that tell of missing data, not of a value. */
const SILENT = new Set(["no-data", "source-down"]);

export class Alerts {
  /** @param {Words} words @param {(series: string) => void} reveal */
  constructor(words, reveal) {
    this.words = words;
    this.reveal = reveal;
    /** @type {Map<string, Item>} */
    this.items = new Map();
    this.isFirst = true;
  }

  /** @param {Notice[]} notices @param {number} now */
  show(notices, now) {
    const list = byId("alerts");
    const keys = new Set(notices.map((notice) => notice.key));
    for (const [key, item] of this.items) {
      if (keys.has(key)) continue;
      item.node.remove();
      this.items.delete(key);
    }
    notices.forEach((notice, i) => {
      const item = this.items.get(notice.key) ?? this.make(notice);
      if (!this.isFirst && notice.status === "firing" && item.node.dataset.status !== "firing") this.announce(notice);
      this.items.set(notice.key, item);
      item.notice = notice;
      this.write(item, now);
      if (list.children[i] !== item.node) list.insertBefore(item.node, list.children[i] ?? null);
    });
    this.isFirst = false;
    this.count();
  }

  /** @param {Notice} notice @returns {Item} */
  make(notice) {
    const node = element("li", "alert-item");
    node.dataset.key = notice.key;
    const button = element("button", "alert");
    button.setAttribute("type", "button");
    const head = element("span", "alert-head");
    const mark = element("span", "mark");
    mark.ariaHidden = "true";
    const [word, status, when] = [element("span", "word"), element("span", "status"), element("span", "when")];
    head.append(mark, word, status);
    const sentence = element("span", "sentence");
    button.append(head, sentence, when);
    button.addEventListener("click", () => this.reveal(`${notice.site}/${notice.indicator}`));
    node.append(button);
    return { node, button, word, status, when, sentence, notice };
  }

  /** @param {Item} item @param {number} now */
  write(item, now) {
    const { node, notice } = item;
    node.dataset.status = notice.status;
    node.dataset.condition = SILENT.has(notice.kind) ? "stale" : SEVERITIES[notice.severity];
    write(item.word, this.words.pick(CONDITIONS[node.dataset.condition ?? "ok"]));
    write(item.status, this.words.pick(STATUSES[notice.status]));
    write(item.sentence, this.words.pick(notice.sentence));
    this.age(item, now);
  }

  /** @param {Item} item @param {number} now */
  age(item, now) {
    const { words } = this;
    const { notice } = item;
    const isOver = notice.status === "resolved";
    const time = words.moment(isOver ? notice.at : notice.since, now);
    const span = words.lasting((isOver ? notice.at : now) - notice.since);
    write(item.when, `${words.text(isOver ? "ended" : "since", { time })} · ${words.text("lasting", { span })}`);
  }

  /** @param {number} now */
  refresh(now) {
    for (const item of this.items.values()) this.age(item, now);
  }

  /** @param {number} now */
  relabel(now) {
    for (const item of this.items.values()) this.write(item, now);
    this.count();
  }

  count() {
    const standing = [...this.items.values()].filter((item) => item.notice.status !== "resolved").length;
    write(byId("alerts-count"), String(standing));
    byId("alerts-none").hidden = this.items.size > 0;
  }

  /** @param {Notice} notice */
  announce(notice) {
    write(byId("announce"), this.words.pick(notice.sentence));
  }
}
