// @ts-check
/** One tile: made once, then changed in place. */

import { index } from "./find.js";
import { CONDITIONS, SEVERITIES, STATES, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./words.js").Unit} Unit */
/** @typedef {import("./stream.js").Row} Row */
/** @typedef {{kind: string, severity: number, value: number, upper: number | null, basis: string}} Limit */
/** @typedef {{value: number, at_least: boolean, deadline: string, basis: string}} Target */
/** @typedef {{vi: string, en: string, unit: string, decimals: number, cadence: string, period: string}} Indicator */
/** @typedef {{id: string, number: number, indicator: Indicator, unit: Unit, limits: Limit[], target: Target | null,
 *   site: {id: string, level: string, vi: string, en: string, place: import("./words.js").Both},
 *   field: {id: string, vi: string, en: string}}} Series */

const KEPT = 48;

export class Tile {
  /** @param {Series} series */
  constructor(series) {
    this.series = series;
    this.index = index(series);
    /** @type {number | null} */
    this.value = null;
    this.at = 0;
    this.state = 0;
    this.severity = 0;
    this.pending = 0;
    this.stale = false;
    this.condition = "waiting";
    /** Values received while the page was open. @type {number[]} */
    this.trail = [];
    /** @type {HTMLCanvasElement | null} */
    this.canvas = null;
    this.node = /** @type {HTMLButtonElement} */ (element("button", "tile"));
    this.node.type = "button";
    this.node.tabIndex = -1;
    this.node.dataset.series = series.id;
    this.name = element("span", "name");
    this.where = element("span", "where");
    this.badge = element("span", "badge");
    const mark = element("span", "mark");
    mark.ariaHidden = "true";
    this.word = element("span", "word");
    this.badge.append(mark, this.word);
    this.number = element("span", "number");
    this.unit = element("span", "unit");
    this.reading = element("span", "reading");
    this.reading.dataset.placing = series.unit.placing;
    this.reading.append(this.number, this.unit);
    this.limit = element("span", "limit");
    this.plan = element("span", "plan");
    const bounds = element("span", "bounds");
    bounds.append(this.limit, this.plan);
    this.foot = element("span", "foot");
    this.when = element("span", "when");
    this.maturity = element("span", "maturity");
    this.foot.append(this.when, this.maturity);
    this.node.append(this.badge, this.name, this.where, this.reading, bounds, this.foot);
  }

  /** Take a row over; true when the condition changed. @param {Row} row @param {Words} words */
  show(row, words) {
    const [, value, at, state, severity, stale, pending] = row;
    const moved = value !== null && this.value !== null && at > this.at;
    if (moved || (value !== null && this.trail.length === 0)) this.remember(value);
    Object.assign(this, { value, at, state, severity, stale, pending });
    const before = this.condition;
    this.condition = conditionOf(this);
    this.write(words);
    return before !== this.condition;
  }

  /** @param {number} value */
  remember(value) {
    this.trail.push(value);
    if (this.trail.length > KEPT) this.trail.shift();
    if (this.trail.length === 2 && !this.canvas) {
      this.canvas = document.createElement("canvas");
      this.canvas.className = "spark";
      this.canvas.ariaHidden = "true";
      this.foot.append(this.canvas);
    }
  }

  /** All words and figures anew. @param {Words} words */
  write(words) {
    const { indicator, unit, site } = this.series;
    write(this.name, words.pick(indicator));
    write(this.where, words.pick(site));
    write(this.number, this.value === null ? "–" : words.value(this.value, indicator.decimals, unit));
    write(this.unit, this.value === null ? "" : words.unit(unit));
    write(this.limit, this.limitText(words));
    write(this.plan, this.planText(words));
    const state = this.value === null ? null : STATES[this.state];
    write(this.maturity, state ? words.pick(state) : "");
    if (this.node.dataset.condition !== this.condition) this.node.dataset.condition = this.condition;
    this.node.toggleAttribute("data-stale", this.stale);
    write(this.word, this.condition === "ok" || this.condition === "waiting" ? "" : this.label(words));
  }

  /** The limit that the value is closest to: `ngưỡng > 4`. @param {Words} words */
  limitText(words) {
    const nearest = this.value === null ? null : nearestBound(this.series.limits, this.value);
    return nearest ? `${words.text("limit")} ${nearest.sign} ${words.bound(nearest.bound)}` : "";
  }

  /** The plan whose deadline is next: `kế hoạch 2025 ≥ 95`. @param {Words} words */
  planText(words) {
    const { target, unit } = this.series;
    if (!target) return "";
    return `${words.text("plan")} ${target.deadline.slice(0, 4)}${aim(target, unit, words)}`;
  }

  /** The value with its unit, as in a sentence. @param {Words} words */
  figure(words) {
    const { indicator, unit } = this.series;
    return this.value === null ? "–" : words.figure(words.value(this.value, indicator.decimals, unit), unit);
  }

  /** @param {Words} words */
  label(words) {
    const lost = this.stale && this.condition !== "stale" ? ` · ${words.pick(CONDITIONS.stale)}` : "";
    return words.pick(CONDITIONS[this.condition]) + lost;
  }

  /** Only the age. @param {Words} words @param {number} now */
  age(words, now) {
    write(this.when, this.value === null ? words.text("never") : words.age(now - this.at));
  }
}

/** ` ≥ 95`; an answer is neither more nor less: `: Có`. @param {Target} target @param {import("./words.js").Unit} unit @param {Words} words */
export function aim(target, unit, words) {
  const sign = target.at_least ? " ≥" : " ≤";
  return `${unit.placing === "yes-no" ? ":" : sign} ${words.value(target.value, -1, unit)}`;
}

/** The worst thing about a tile. @param {{severity: number, pending: number, stale: boolean, value: number | null}} tile */
export function conditionOf(tile) {
  if (tile.severity > 0) return SEVERITIES[tile.severity];
  if (tile.stale) return "stale";
  if (tile.pending > 0) return "pending";
  return tile.value === null ? "waiting" : "ok";
}

/** The bound that the value is closest to. @param {Limit[]} limits @param {number} value */
export function nearestBound(limits, value) {
  /** @type {{sign: string, bound: number} | null} */
  let best = null;
  for (const limit of limits) {
    for (const one of boundsOf(limit)) {
      if (!best || Math.abs(one.bound - value) < Math.abs(best.bound - value)) best = one;
    }
  }
  return best;
}

/** @param {{kind: string, value: number, upper: number | null}} limit @returns {{sign: string, bound: number}[]} */
export function boundsOf(limit) {
  if (limit.kind === "above") return [{ sign: ">", bound: limit.value }];
  if (limit.kind === "below") return [{ sign: "<", bound: limit.value }];
  const lower = { sign: "<", bound: limit.value };
  return limit.upper === null ? [lower] : [lower, { sign: ">", bound: limit.upper }];
}
