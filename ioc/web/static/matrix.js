// @ts-check
/** The overview: places down, fields across, and in each cell what is abnormal there and how much there is in all. */

import { Tally, count, said, worst } from "./tally.js";
import { CONDITIONS, byId, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./board.js").Group} Group */
/** @typedef {import("./board.js").Place} Place */
/** @typedef {{node: HTMLElement, name: HTMLElement, tally: Tally, total: HTMLElement}} Cell */

export class Matrix {
  /** @param {Words} words */
  constructor(words) {
    this.words = words;
    /** @type {Map<Group, Cell>} */
    this.cells = new Map();
    /** @type {{field: any, node: HTMLElement}[]} */
    this.heads = [];
    /** @type {{place: Place, node: HTMLElement, link: HTMLElement, calm: HTMLElement}[]} */
    this.rows = [];
  }

  /** @param {Place[]} places @param {any[]} fields */
  build(places, fields) {
    this.cells.clear();
    this.heads = fields.map((field) => ({ field, node: element("th") }));
    const head = element("tr");
    head.append(element("td"), ...this.heads.map(({ node }) => node));
    for (const { node } of this.heads) node.setAttribute("scope", "col");
    this.rows = places.map((place) => this.row(place, fields));
    const [top, body] = [element("thead"), element("tbody")];
    top.append(head);
    body.append(...this.rows.map(({ node }) => node));
    byId("overview").replaceChildren(top, body);
  }

  /** @param {Place} place @param {any[]} fields */
  row(place, fields) {
    const [node, name, link] = [element("tr"), element("th", "place-name"), element("a")];
    const calm = element("td", "calm");
    name.setAttribute("scope", "row");
    link.setAttribute("href", `#${place.node.id}`);
    name.append(link);
    const cells = fields.map((field) => {
      const cell = element("td");
      const group = place.groups.find((one) => one.field.id === field.id);
      if (group) cell.append(this.cell(group));
      return cell;
    });
    node.append(name, ...cells, calm);
    return { place, node, link, calm };
  }

  /** @param {Group} group */
  cell(group) {
    const node = element("a", "cell");
    node.setAttribute("href", `#${group.node.id}`);
    const [name, tally, total] = [element("span", "cell-name"), new Tally(), element("span", "cell-total figure")];
    total.ariaHidden = "true";
    node.append(name, tally.node, total);
    this.cells.set(group, { node, name, tally, total });
    return node;
  }

  /** A group changed. @param {Group} group @param {Record<string, number>} counts */
  sum(group, counts) {
    const cell = this.cells.get(group);
    if (!cell) return;
    const { words } = this;
    const total = words.number(group.tiles.length, 0);
    cell.node.dataset.worst = worst(counts);
    cell.tally.show(counts, words);
    write(cell.total, total);
    const told = said(counts, words) || words.pick(CONDITIONS.ok).toLowerCase();
    cell.node.title = `${words.pick(group.title)} · ${words.pick(group.field)}: ${words.text("found", { n: total })}, ${told}`;
    cell.node.ariaLabel = cell.node.title;
  }

  /** A place as a whole: what its row says on a narrow screen. @param {Place} place */
  sumPlace(place) {
    const row = this.rows.find((one) => one.place === place);
    if (row) row.node.dataset.worst = worst(count(place.groups.flatMap((group) => group.tiles)));
  }

  relabel() {
    for (const { field, node } of this.heads) {
      write(node, this.words.pick(field));
      node.title = this.words.pick(field);
    }
    for (const { place, link, calm } of this.rows) {
      write(link, this.words.pick(place.short));
      write(calm, this.words.pick(CONDITIONS.ok));
    }
    for (const [group, { name }] of this.cells) write(name, this.words.pick(group.field));
  }
}
