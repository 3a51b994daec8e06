// @ts-check
/** The order in which tiles stand on screen, and where the arrow keys lead. */

import { WORST_FIRST } from "./tally.js";

/** @typedef {import("./tile.js").Tile} Tile */

/** 0 for the worst condition; the same last rank for everything normal. @param {Tile} tile */
export function rank(tile) {
  const at = WORST_FIRST.indexOf(tile.condition);
  return at < 0 ? WORST_FIRST.length : at;
}

/** @param {Tile} tile */
export function isAbnormal(tile) {
  return rank(tile) < WORST_FIRST.length;
}

/** The tile that a key leads to; up and down by a row of the grid. @param {Tile[]} shown @param {Element} node @param {string} key */
export function next(shown, node, key) {
  const at = shown.findIndex((tile) => tile.node === node);
  if (at < 0) return undefined;
  const top = shown[at].node.offsetTop;
  const across = Math.max(1, shown.filter((tile) => tile.node.offsetTop === top).length);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across }[key];
  return step ? shown[at + step] : undefined;
}
