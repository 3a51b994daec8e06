// @ts-check
/** A course over time as SVG: one line, the limits across it, few ticks. */

import { boundsOf } from "./tile.js";
import { SEVERITIES } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./tile.js").Limit} Limit */

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [280, 64, 12, 12, 30];
const DAY = 86_400_000_000;

/** @param {string} tag @param {Record<string, string | number>} attributes @param {string} [text] */
function svg(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Round steps that cut a range into about `n` parts. @param {number} low @param {number} high @param {number} n */
export function ticks(low, high, n) {
  const raw = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw;
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) found.push(i * step);
  return found;
}

/** Bounds that lie within one and a half heights of the data are drawn; farther ones would flatten the line.
 * @param {Limit[]} limits @param {number} low @param {number} high */
function near(limits, low, high) {
  const room = Math.max(high - low, Math.abs(high) * 0.1, 1e-9) * 1.5;
  const all = limits.flatMap((limit) => boundsOf(limit).map((one) => ({ ...one, severity: limit.severity })));
  return all.filter((one) => one.bound >= low - room && one.bound <= high + room);
}

/** @param {[number, number, number][]} points at least one @param {{from: number, to: number}} ends
 * @param {Limit[]} limits @param {Words} words @param {number} decimals @param {number} across in pixels */
export function chart(points, ends, limits, words, decimals, across) {
  const values = points.map((point) => point[1]);
  const lines = near(limits, values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b)));
  const shown = [...values, ...lines.map((line) => line.bound)];
  let low = shown.reduce((a, b) => Math.min(a, b));
  let high = shown.reduce((a, b) => Math.max(a, b));
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  [low, high] = [low - margin, high + margin];
  // A young series fills the width; a bucket may begin before the stretch that was asked for.
  const isYoung = points.length > 1 && points[0][0] > ends.to - (ends.to - ends.from) / 4;
  const first = isYoung ? points[0][0] : Math.min(ends.from, points[0][0]);
  const width = ends.to - first || 1;
  /** @param {number} at */
  const x = (at) => LEFT + ((at - first) / width) * (across - LEFT - RIGHT);
  /** @param {number} value */
  const y = (value) => TOP + ((high - value) / (high - low)) * (HEIGHT - TOP - BOTTOM);

  const root = svg("svg", { viewBox: `0 0 ${across} ${HEIGHT}`, class: "chart", "aria-hidden": "true" });
  for (const tick of ticks(low, high, 5)) {
    root.append(svg("line", { class: "rule", x1: LEFT, x2: across - RIGHT, y1: y(tick), y2: y(tick) }));
    root.append(svg("text", { class: "tick", x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, words.bound(+tick.toFixed(decimals + 2))));
  }
  ["start", "middle", "middle", "end"].forEach((anchor, i) => {
    const at = first + (width * i) / 3;
    root.append(svg("text", { class: "tick", x: x(at), y: HEIGHT - 8, "text-anchor": anchor }, timeLabel(at, width, words)));
  });
  for (const line of lines) {
    const name = SEVERITIES[line.severity];
    root.append(svg("line", { class: `bound ${name}`, x1: LEFT, x2: across - RIGHT, y1: y(line.bound), y2: y(line.bound) }));
    root.append(svg("text", { class: `bound-word ${name}`, x: across - RIGHT - 4, y: y(line.bound) - 4, "text-anchor": "end" }, `${line.sign} ${words.bound(line.bound)}`));
  }
  root.append(svg("polyline", { class: "course", points: points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }));
  const few = points.length <= 40 ? points : points.slice(-1);
  for (const [at, value] of few) root.append(svg("circle", { class: "point", cx: x(at), cy: y(value), r: 3 }));
  return root;
}

/** @param {number} at @param {number} width @param {Words} words */
function timeLabel(at, width, words) {
  if (width <= 2 * DAY) return words.at(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = words.at(at, { day: "2-digit", month: "2-digit", year: "numeric" }); // 05/11/2025 in both languages
  return width <= 90 * DAY ? day.slice(0, 5) : day.slice(3);
}
