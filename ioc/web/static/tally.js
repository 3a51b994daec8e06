// @ts-check
/** How many series are in which abnormal condition: a row of marks with counts, changed in place. */

import { CONDITIONS, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {Record<string, number>} Counts */

/** The conditions that need somebody, worst first. */
export const WORST_FIRST = ["critical", "warning", "info", "stale", "pending"];

/** How many of the given are in each condition. @param {Iterable<{condition: string}>} tiles @returns {Counts} */
export function count(tiles) {
  /** @type {Counts} */
  const counts = {};
  for (const { condition } of tiles) counts[condition] = (counts[condition] ?? 0) + 1;
  return counts;
}

/** @param {Counts} counts */
export function worst(counts) {
  return WORST_FIRST.find((condition) => counts[condition]) ?? "ok";
}

/** "2 nguy cấp, 1 cảnh báo"; empty when nothing is abnormal. @param {Counts} counts @param {Words} words */
export function said(counts, words) {
  return WORST_FIRST.filter((condition) => counts[condition])
    .map((condition) => `${words.number(counts[condition], 0)} ${words.pick(CONDITIONS[condition]).toLowerCase()}`)
    .join(", ");
}

export class Tally {
  constructor() {
    this.node = element("span", "tallies");
    this.node.ariaHidden = "true";
    this.parts = new Map(WORST_FIRST.map((condition) => [condition, part(condition)]));
    for (const { node } of this.parts.values()) this.node.append(node);
  }

  /** @param {Counts} counts @param {Words} words */
  show(counts, words) {
    for (const [condition, { node, number }] of this.parts) {
      node.hidden = !counts[condition];
      write(number, counts[condition] ? words.number(counts[condition], 0) : "");
      node.title = words.pick(CONDITIONS[condition]);
    }
  }
}

/** @param {string} condition */
function part(condition) {
  const node = element("span", "tally");
  node.dataset.condition = condition;
  node.hidden = true;
  const number = element("span", "figure");
  node.append(element("span", "mark"), number);
  return { node, number };
}
