// @ts-check
/** The board: places, their fields, and the tiles in them; the overview above; finding. */

import { spark } from "./spark.js";
import { Tile } from "./tile.js";
import { CONDITIONS, byId, element, plain, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./stream.js").Row} Row */
/** @typedef {{site: any, field: any, tiles: Tile[], node: HTMLElement, title: HTMLElement, count: HTMLElement,
 *   grid: HTMLElement, chip: HTMLElement, chipName: HTMLElement, chipMark: HTMLElement, chipCount: HTMLElement,
 *   isSeen: boolean}} Group */
/** @typedef {{site: any, node: HTMLElement, title: HTMLElement, link: HTMLElement, groups: Group[]}} Place */

const WORST_FIRST = ["critical", "warning", "info", "stale", "pending"];

export class Board {
  /** @param {Words} words @param {(tile: Tile) => void} open */
  constructor(words, open) {
    this.words = words;
    this.open = open;
    /** @type {Tile[]} */
    this.tiles = [];
    /** @type {Place[]} */
    this.places = [];
    /** @type {Map<HTMLElement, Group>} */
    this.groups = new Map();
    this.query = "";
    this.condition = "";
    this.now = 0;
    this.seeing = new IntersectionObserver((seen) => this.look(seen), { rootMargin: "200px" });
    byId("sites").addEventListener("click", (event) => this.click(event));
    byId("sites").addEventListener("keydown", (event) => this.move(event));
  }

  /** Show what a catalogue names. When only words or limits differ, every tile stays. @param {any} catalogue */
  build(catalogue) {
    const before = this.tiles;
    this.tiles = this.read(catalogue);
    if (before.length === this.tiles.length && before.every((tile, i) => tile.series.id === this.tiles[i].series.id)) {
      before.forEach((tile, i) => (tile.series = this.tiles[i].series));
      this.tiles = before;
      this.relabel();
      return;
    }
    this.seeing.disconnect();
    this.groups.clear();
    this.places = catalogue.sites.map((/** @type {any} */ site) => this.place(site));
    byId("sites").replaceChildren(...this.places.map((place) => place.node));
    byId("overview").replaceChildren(...this.places.map((place) => this.line(place)));
    for (const node of this.groups.keys()) this.seeing.observe(node);
    this.relabel();
  }

  /** The tiles of a catalogue, in its order. @param {any} catalogue @returns {Tile[]} */
  read(catalogue) {
    const fields = new Map(catalogue.fields.map((/** @type {any} */ field) => [field.id, field]));
    const sites = new Map(catalogue.sites.map((/** @type {any} */ site) => [site.id, site]));
    return catalogue.series.map((/** @type {any} */ row, /** @type {number} */ number) => {
      const [site, id, field, limits] = row;
      const indicator = catalogue.indicators[id];
      return new Tile({
        id: `${site}/${id}`,
        number,
        site: sites.get(site),
        field: fields.get(field),
        indicator,
        unit: catalogue.units[indicator.unit],
        limits: limits.map((/** @type {string} */ limit) => catalogue.limits[limit]),
      });
    });
  }

  /** @param {any} site @returns {Place} */
  place(site) {
    const node = element("section", "site");
    node.id = `site-${site.id}`;
    const title = element("h2", "site-title");
    node.append(title);
    /** @type {Map<string, Tile[]>} */
    const byField = new Map();
    for (const tile of this.tiles) {
      if (tile.series.site.id !== site.id) continue;
      byField.set(tile.series.field.id, [...(byField.get(tile.series.field.id) ?? []), tile]);
    }
    const groups = [...byField.values()].map((tiles) => this.group(site, tiles));
    node.append(...groups.map((group) => group.node));
    return { site, node, title, link: element("a", "line-name"), groups };
  }

  /** @param {any} site @param {Tile[]} tiles @returns {Group} */
  group(site, tiles) {
    const field = tiles[0].series.field;
    const node = element("section", "group");
    node.id = `group-${site.id}-${field.id}`;
    const title = element("h3", "group-title");
    const name = element("span");
    const count = element("span", "count");
    title.append(name, count);
    const grid = element("div", "grid");
    grid.append(...tiles.map((tile) => tile.node));
    node.append(title, grid);
    const chip = element("a", "chip");
    chip.setAttribute("href", `#${node.id}`);
    const [chipName, chipMark, chipCount] = [element("span", "chip-name"), element("span", "mark"), element("span", "count")];
    chip.append(chipMark, chipName, chipCount);
    tiles[0].node.tabIndex = 0;
    const group = { site, field, tiles, node, title: name, count, grid, chip, chipName, chipMark, chipCount, isSeen: false };
    this.groups.set(node, group);
    return group;
  }

  /** @param {Place} place */
  line(place) {
    const line = element("div", "line");
    place.link.setAttribute("href", `#${place.node.id}`);
    const chips = element("div", "chips");
    chips.append(...place.groups.map((group) => group.chip));
    line.append(place.link, chips);
    return line;
  }

  /** Take rows over, in place. @param {Row[]} rows @param {number} now */
  show(rows, now) {
    this.now = now;
    /** @type {Set<string>} */
    const changed = new Set();
    for (const row of rows) {
      const tile = this.tiles[row[0]];
      if (!tile) continue;
      const differs = tile.show(row, this.words);
      tile.age(this.words, now);
      if (differs) changed.add(`group-${tile.series.site.id}-${tile.series.field.id}`);
    }
    for (const group of this.groups.values()) if (changed.has(group.node.id)) this.sum(group);
    if (changed.size && this.condition) this.sift();
    this.refresh(new Set(rows.map((row) => row[0])));
  }

  /** Ages of all tiles in sight, trends of those that moved. @param {Set<number>} [moved] */
  refresh(moved) {
    for (const group of this.groups.values()) {
      if (!group.isSeen) continue;
      for (const tile of group.tiles) {
        tile.age(this.words, this.now);
        if (tile.canvas && (!moved || moved.has(tile.series.number))) spark(tile.canvas, tile.trail);
      }
    }
  }

  /** The heading and the chip of a group. @param {Group} group */
  sum(group) {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const tile of group.tiles) counts[tile.condition] = (counts[tile.condition] ?? 0) + 1;
    const worst = WORST_FIRST.find((condition) => counts[condition]);
    group.chip.dataset.condition = worst ?? "ok";
    write(group.chipName, this.words.pick(group.field));
    write(group.chipCount, worst ? String(counts[worst]) : "");
    const said = WORST_FIRST.filter((condition) => counts[condition]).map(
      (condition) => `${counts[condition]} ${this.words.pick(CONDITIONS[condition]).toLowerCase()}`,
    );
    group.chip.title = [this.words.pick(group.field), ...said].join(" · ");
    write(group.title, this.words.pick(group.field));
    write(group.count, [group.tiles.length, ...said].join(" · "));
  }

  /** Everything in the reader's language. */
  relabel() {
    for (const place of this.places) {
      write(place.title, this.words.pick(place.site.place));
      write(place.link, this.words.pick(place.site));
    }
    for (const tile of this.tiles) {
      tile.write(this.words);
      tile.age(this.words, this.now);
    }
    for (const group of this.groups.values()) this.sum(group);
    this.sift();
  }

  /** Show only what was asked for: words in any order, with or without accents; a condition. */
  sift() {
    const words = plain(this.query).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const tile of this.tiles) {
      const fits = words.every((word) => tile.search.includes(word)) && (!this.condition || tile.condition === this.condition);
      if (tile.node.hidden === fits) tile.node.hidden = !fits;
      if (fits) found += 1;
    }
    for (const group of this.groups.values()) {
      group.node.hidden = group.tiles.every((tile) => tile.node.hidden);
      const first = group.tiles.find((tile) => !tile.node.hidden);
      for (const tile of group.tiles) tile.node.tabIndex = tile === first ? 0 : -1;
    }
    for (const place of this.places) place.node.hidden = place.groups.every((group) => group.node.hidden);
    const isSifted = words.length > 0 || this.condition !== "";
    write(byId("found"), this.words.text("found", { n: this.words.number(found, 0) }));
    byId("clear").hidden = !isSifted;
    byId("nothing").hidden = found > 0 || this.tiles.length === 0;
  }

  /** Bring a tile to the reader and open it. @param {string} id */
  reveal(id) {
    const tile = this.tiles.find((one) => one.series.id === id);
    if (!tile) return;
    this.open(tile);
    const show = () => tile.node.scrollIntoView({ block: "center", behavior: "instant" });
    show();
    // What lay off screen gets its true height only now that it is near.
    requestAnimationFrame(() => requestAnimationFrame(show));
  }

  /** @param {Event} event */
  click(event) {
    const node = /** @type {HTMLElement} */ (event.target).closest(".tile");
    const tile = this.tiles.find((one) => one.node === node);
    if (tile) this.open(tile);
  }

  /** Arrow keys walk through a group; Tab goes from group to group. @param {KeyboardEvent} event */
  move(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const node = /** @type {HTMLElement} */ (event.target).closest(".tile");
    const group = node && this.groups.get(/** @type {HTMLElement} */ (node.closest(".group")));
    if (!step || !group) return;
    event.preventDefault();
    const shown = group.tiles.filter((tile) => !tile.node.hidden);
    // As they stand on screen: the abnormal ones come first there.
    shown.sort((a, b) => rank(a) - rank(b) || a.series.number - b.series.number);
    const next = shown[shown.findIndex((tile) => tile.node === node) + step];
    if (!next) return;
    for (const tile of shown) tile.node.tabIndex = tile === next ? 0 : -1;
    next.node.focus();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  look(entries) {
    for (const entry of entries) {
      const group = this.groups.get(/** @type {HTMLElement} */ (entry.target));
      if (group) group.isSeen = entry.isIntersecting;
    }
    this.refresh();
  }
}

/** @param {Tile} tile */
function rank(tile) {
  const at = WORST_FIRST.indexOf(tile.condition);
  return at < 0 ? WORST_FIRST.length : at;
}
