// @ts-check
/** From the engine's catalogue to tiles and the places that hold them. */

import { Tile } from "./tile.js";

/** @typedef {import("./words.js").Both} Both */

/** Stations have a series or two each: they stand together, in one place of their own. */
export const STATIONS = { id: "stations", vi: "Trạm đo", en: "Stations" };

/** The tiles of a catalogue, in its order. @param {any} catalogue @returns {Tile[]} */
export function tilesOf(catalogue) {
  const fields = new Map(catalogue.fields.map((/** @type {any} */ field) => [field.id, field]));
  const sites = new Map(catalogue.sites.map((/** @type {any} */ site) => [site.id, site]));
  return catalogue.series.map((/** @type {any} */ row, /** @type {number} */ number) => {
    const [site, id, field, limits, target] = row;
    const indicator = catalogue.indicators[id];
    return new Tile({
      id: `${site}/${id}`,
      number,
      site: sites.get(site),
      field: fields.get(field),
      indicator,
      unit: catalogue.units[indicator.unit],
      limits: limits.map((/** @type {string} */ limit) => catalogue.limits[limit]),
      target: target && catalogue.targets[target],
    });
  });
}

/** Each place with its title, its short name and its tiles; the stations last, by indicator.
 * @param {Tile[]} tiles @param {any[]} sites @returns {[string, Both, Both, Tile[]][]} */
export function placesOf(tiles, sites) {
  /** @type {[string, Both, Both, Tile[]][]} */
  const places = sites.filter((site) => site.level !== "station")
    .map((site) => [site.id, site.place, site, tiles.filter((tile) => tile.series.site === site)]);
  const stations = tiles.filter((tile) => tile.series.site.level === "station").sort(byIndicator);
  if (!stations.length) return places;
  const n = new Set(stations.map((tile) => tile.series.site)).size;
  return [...places, [STATIONS.id, STATIONS, { vi: `${n} trạm đo`, en: n === 1 ? "1 station" : `${n} stations` }, stations]];
}

/** @param {Tile} a @param {Tile} b */
function byIndicator(a, b) {
  return a.series.indicator.vi.localeCompare(b.series.indicator.vi, "vi") || a.series.number - b.series.number;
}
