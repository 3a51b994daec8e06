// @ts-check
/** The board: places, their fields, and the tiles in them. A folded field shows only what is abnormal. */

import { STATIONS, placesOf, tilesOf } from "./catalogue.js";
import { distance } from "./find.js";
import { Matrix } from "./matrix.js";
import { spark } from "./spark.js";
import { Tally, count } from "./tally.js";
import { isAbnormal, next, rank } from "./walk.js";
import { byId, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./tile.js").Tile} Tile */
/** @typedef {import("./words.js").Both} Both */
/** @typedef {import("./stream.js").Row} Row */
/** @typedef {{title: Both, field: any, tiles: Tile[], node: HTMLElement, fold: HTMLElement, name: HTMLElement,
 *   total: HTMLElement, tally: Tally, isSeen: boolean}} Group */
/** @typedef {{title: Both, short: Both, node: HTMLElement, heading: HTMLElement, groups: Group[]}} Place */

/** A centre with so few series needs no folding. */
const FEW = 60;
/** For how many frames a tile that is brought to the reader is kept in place. */
const SETTLING = 8;
/** A folded group with more abnormal tiles than this takes the whole width. */
const MANY = 2;
/** How many tiles a search shows at most. */
const SHOWN = 300;

export class Board {
  /** @param {Words} words @param {(tile: Tile) => void} open */
  constructor(words, open) {
    this.words = words;
    this.open = open;
    this.matrix = new Matrix(words);
    /** @type {Tile[]} */
    this.tiles = [];
    /** @type {Place[]} */
    this.places = [];
    /** @type {Map<HTMLElement, Group>} */
    this.groups = new Map();
    /** @type {Map<Tile, Group>} */
    this.home = new Map();
    /** What a search or a condition leaves, nearest first; null when everything is shown in its place. @type {Tile[] | null} */
    this.found = null;
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
    this.tiles = tilesOf(catalogue);
    if (before.length === this.tiles.length && before.every((tile, i) => tile.series.id === this.tiles[i].series.id)) {
      before.forEach((tile, i) => (tile.series = this.tiles[i].series));
      this.tiles = before;
      this.relabel();
      return;
    }
    this.seeing.disconnect();
    this.groups.clear();
    this.home.clear();
    this.places = placesOf(this.tiles, catalogue.sites).map(([id, title, short, tiles]) => this.place(id, title, short, tiles));
    byId("sites").replaceChildren(...this.places.map((place) => place.node));
    this.matrix.build(this.places, catalogue.fields);
    for (const node of this.groups.keys()) this.seeing.observe(node);
    this.openAll(this.tiles.length <= FEW);
    this.relabel();
  }

  /** @param {string} id @param {Both} title @param {Both} short @param {Tile[]} tiles @returns {Place} */
  place(id, title, short, tiles) {
    const [node, heading, row] = [element("section", "site"), element("h2", "site-title"), element("div", "groups")];
    node.id = `site-${id}`;
    if (id === STATIONS.id) node.dataset.pool = "";
    /** @type {Map<any, Tile[]>} */
    const byField = new Map();
    for (const tile of tiles) byField.set(tile.series.field, [...(byField.get(tile.series.field) ?? []), tile]);
    const groups = [...byField].map(([field, own]) => this.group(`group-${id}-${field.id}`, title, field, own));
    row.append(...groups.map((group) => group.node));
    node.append(heading, row);
    return { title, short, node, heading, groups };
  }

  /** @param {string} id @param {Both} title @param {any} field @param {Tile[]} tiles @returns {Group} */
  group(id, title, field, tiles) {
    const [node, heading, fold, grid] = [element("section", "group"), element("h3"), element("button", "fold"), element("div", "grid")];
    const [name, total, tally] = [element("span", "fold-name"), element("span", "count figure"), new Tally()];
    node.id = id;
    grid.id = `${id}-tiles`;
    for (const [key, value] of [["type", "button"], ["aria-controls", grid.id]]) fold.setAttribute(key, value);
    fold.append(name, tally.node, total);
    heading.append(fold);
    grid.append(...tiles.map((tile) => tile.node));
    node.append(heading, grid);
    const group = { title, field, tiles, node, fold, name, total, tally, isSeen: false };
    fold.addEventListener("click", () => this.fold(group, !node.hasAttribute("data-open")));
    this.groups.set(node, group);
    for (const tile of tiles) this.home.set(tile, group);
    return group;
  }

  /** @param {Group} group @param {boolean} isOpen */
  fold(group, isOpen) {
    group.node.toggleAttribute("data-open", isOpen);
    group.fold.ariaExpanded = String(isOpen);
    this.reach(group.tiles);
    if (isOpen && group.isSeen) this.refresh();
  }

  /** @param {boolean} isOpen */
  openAll(isOpen) {
    for (const group of this.groups.values()) this.fold(group, isOpen);
    byId("unfold").ariaPressed = String(isOpen);
  }

  /** Take rows over, in place. @param {Row[]} rows @param {number} now */
  show(rows, now) {
    this.now = now;
    /** @type {Set<Group>} */
    const changed = new Set();
    for (const row of rows) {
      const tile = this.tiles[row[0]];
      const group = tile && this.home.get(tile);
      if (!group) continue;
      if (tile.show(row, this.words)) changed.add(group);
      tile.age(this.words, now);
    }
    for (const group of changed) {
      this.sum(group);
      this.reach(group.tiles);
    }
    for (const place of this.places) if (place.groups.some((group) => changed.has(group))) this.matrix.sumPlace(place);
    if (changed.size && this.condition) this.sift();
    this.refresh(new Set(rows.map((row) => row[0])));
  }

  /** Ages of all tiles in sight, trends of those that moved. @param {Set<number>} [moved] */
  refresh(moved) {
    const seen = this.found ?? [...this.groups.values()].filter((group) => group.isSeen).flatMap((group) => group.tiles);
    for (const tile of seen) {
      tile.age(this.words, this.now);
      if (tile.canvas && (!moved || moved.has(tile.series.number))) spark(tile.canvas, tile.trail);
    }
  }

  /** The heading of a group and its cell in the overview. @param {Group} group */
  sum(group) {
    const counts = count(group.tiles);
    group.tally.show(counts, this.words);
    group.node.toggleAttribute("data-many", group.tiles.filter(isAbnormal).length > MANY);
    write(group.name, this.words.pick(group.field));
    write(group.total, this.words.text("found", { n: this.words.number(group.tiles.length, 0) }));
    this.matrix.sum(group, counts);
  }

  /** Everything in the reader's language. */
  relabel() {
    for (const place of this.places) write(place.heading, this.words.pick(place.title));
    for (const tile of this.tiles) {
      tile.write(this.words);
      tile.age(this.words, this.now);
    }
    for (const group of this.groups.values()) this.sum(group);
    for (const place of this.places) this.matrix.sumPlace(place);
    this.matrix.relabel();
    this.sift();
  }

  /** Show only what was asked for, nearest first: words in any order, with or without accents; a condition. */
  sift() {
    const isSifted = this.query.trim() !== "" || this.condition !== "";
    const fitting = isSifted ? this.fitting() : this.tiles;
    this.found = isSifted ? fitting.slice(0, SHOWN) : null;
    const order = new Map(this.found?.map((tile, i) => [tile, String(i)]));
    for (const tile of this.tiles) {
      const isHidden = isSifted && !order.has(tile);
      if (tile.node.hidden !== isHidden) tile.node.hidden = isHidden;
      if (tile.node.style.order !== (order.get(tile) ?? "")) tile.node.style.order = order.get(tile) ?? "";
    }
    byId("sites").toggleAttribute("data-flat", isSifted);
    for (const group of this.groups.values()) this.reach(group.tiles);
    const [n, shown] = [fitting.length, Math.min(fitting.length, SHOWN)].map((one) => this.words.number(one, 0));
    write(byId("found"), this.words.text(fitting.length > SHOWN && isSifted ? "foundMany" : "found", { n, shown }));
    byId("clear").hidden = !isSifted;
    byId("unfold").hidden = isSifted || this.tiles.length <= FEW;
    byId("nothing").hidden = fitting.length > 0 || this.tiles.length === 0;
    this.refresh();
  }

  /** @returns {Tile[]} */
  fitting() {
    const rated = this.tiles.filter((tile) => !this.condition || tile.condition === this.condition)
      .map((tile) => ({ tile, far: this.query.trim() ? distance(tile.index, this.query) : 0 }));
    return rated.filter(({ far }) => far < Infinity).sort((a, b) => a.far - b.far).map(({ tile }) => tile);
  }

  /** One tile of each group is in the order of Tab, the first that is seen. @param {Tile[]} tiles */
  reach(tiles) {
    const first = this.inOrder(tiles)[0];
    for (const tile of tiles) tile.node.tabIndex = tile === first ? 0 : -1;
  }

  /** The tiles that are seen, as they stand on screen. @param {Tile[]} tiles */
  inOrder(tiles) {
    const group = this.home.get(tiles[0]);
    if (this.found) return this.found.filter((tile) => this.home.get(tile) === group);
    const isOpen = group?.node.hasAttribute("data-open");
    return tiles.filter((tile) => isOpen || isAbnormal(tile)).sort((a, b) => rank(a) - rank(b));
  }

  /** @param {string} id */
  find(id) {
    return this.tiles.find((tile) => tile.series.id === id);
  }

  /** Go to a group, opening it, or to a place. @param {string} id */
  goTo(id) {
    const node = document.getElementById(id);
    const group = node && this.groups.get(node);
    if (group) this.bring(group, group.node, "start");
    else node?.scrollIntoView({ block: "start" });
    if (group) group.fold.focus({ preventScroll: true });
  }

  /** Bring a tile to the reader and open it. @param {string} id */
  reveal(id) {
    const tile = this.find(id);
    const group = tile && this.home.get(tile);
    if (!group) return;
    this.open(tile);
    this.bring(group, tile.node, "center");
  }

  /** Open a group and go there. @param {Group} group @param {HTMLElement} node @param {ScrollLogicalPosition} block */
  bring(group, node, block) {
    if (!this.found) this.fold(group, true);
    let frames = SETTLING;
    // What lay off screen gets its true height only when it is near, and moves what lies below.
    const show = () => {
      node.scrollIntoView({ block, behavior: "instant" });
      frames -= 1;
      if (frames > 0) requestAnimationFrame(show);
    };
    show();
  }

  /** @param {Event} event */
  click(event) {
    const node = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest(".tile"));
    const tile = this.find(node?.dataset.series ?? "");
    if (tile) this.open(tile);
  }

  /** Arrow keys walk through a group, or through what was found; Tab goes from group to group. @param {KeyboardEvent} event */
  move(event) {
    const node = /** @type {HTMLElement} */ (event.target).closest(".tile");
    const group = node && this.groups.get(/** @type {HTMLElement} */ (node.closest(".group")));
    if (!group) return;
    const shown = this.found ?? this.inOrder(group.tiles);
    const there = next(shown, node, event.key);
    if (!there) return;
    event.preventDefault();
    for (const tile of shown) tile.node.tabIndex = tile === there ? 0 : -1;
    there.node.focus();
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
