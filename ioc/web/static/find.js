// @ts-check
/** Finding: every word asked for must be somewhere; the better the place where it is, the nearer the series. */

import { plain } from "./words.js";

/** @typedef {import("./tile.js").Series} Series */
/** @typedef {{names: string[], id: string, place: string, rest: string}} Index */

/** What a word costs by where it is found. */
const COST = { word: 0, start: 1, id: 2, place: 2, inside: 4, rest: 8 };
/** What is gained when the whole of what was asked for is the name, its beginning, or together in it. */
const GAIN = { equal: 40, start: 20, together: 10 };

/** @param {Series} series @returns {Index} */
export function index(series) {
  const { indicator, site, field } = series;
  return {
    names: [indicator.vi, indicator.en].map(tidy),
    id: tidy(series.id.split("/")[1]),
    place: tidy(`${site.vi} ${site.en} ${site.id}`),
    rest: tidy([field.vi, field.en, field.id, series.unit.vi, site.place.vi].join(" ")),
  };
}

/** How far a series is from what was asked for; Infinity when a word is nowhere. @param {Index} of @param {string} query */
export function distance(of, query) {
  const asked = tidy(query);
  const cost = asked.split(" ").filter(Boolean).reduce((sum, word) => sum + costOf(of, word), 0);
  return cost - gain(of, asked) + Math.min(...of.names.map((name) => name.length)) / 1000;
}

/** @param {Index} of @param {string} word */
function costOf(of, word) {
  if (of.names.some((name) => name.includes(` ${word} `))) return COST.word;
  if (of.names.some((name) => name.includes(` ${word}`))) return COST.start;
  if (of.id.includes(` ${word}`)) return COST.id;
  if (of.place.includes(` ${word}`)) return COST.place;
  if ([...of.names, of.id].some((text) => text.includes(word))) return COST.inside;
  return of.rest.includes(` ${word}`) ? COST.rest : Infinity;
}

/** @param {Index} of @param {string} asked */
function gain(of, asked) {
  const start = asked.trimEnd();
  if (of.names.includes(asked) || of.id === asked) return GAIN.equal;
  if (of.names.some((name) => name.startsWith(start))) return GAIN.start;
  return of.names.some((name) => name.includes(start)) ? GAIN.together : 0;
}

/** Plain words, each with a space on either side. @param {string} text */
function tidy(text) {
  return ` ${plain(text).replace(/[^a-z0-9]+/g, " ").trim()} `;
}
