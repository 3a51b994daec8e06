// @ts-check
/** The side panel: one series with its course, limits and their basis. */

import { conditionOf } from "./alerts.js";
import { chart } from "./chart.js";
import { boundsOf } from "./tile.js";
import { CONDITIONS, SEVERITIES, byId, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./tile.js").Tile} Tile */

const SPANS = /** @type {const} */ (["24h", "7d", "30d", "366d"]);
const FAST = new Set(["1min", "5min", "10min", "15min", "30min", "1h"]);

export class Panel {
  /** @param {Words} words @param {(series: string) => import("./stream.js").Notice[]} alertsOf */
  constructor(words, alertsOf) {
    this.words = words;
    this.alertsOf = alertsOf;
    this.alerts = element("ul", "panel-alerts");
    this.alertsSaid = "";
    this.node = byId("panel");
    /** @type {Tile | null} */
    this.tile = null;
    this.span = "24h";
    this.now = 0;
    /** @type {[number, number, number][]} */
    this.points = [];
    /** Stretches of receipt in which our clock was in doubt. @type {[number, number][]} */
    this.apart = [];
    /** The stretch of time asked for. */
    this.ends = { from: 0, to: 1 };
    this.asked = 0;
    /** @type {Element | null} */
    this.from = null;
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  /** @param {Tile} tile */
  open(tile) {
    if (this.node.hidden) this.from = document.activeElement;
    delete this.tile?.node.dataset.chosen;
    this.tile = tile;
    const { cadence } = tile.series.indicator;
    this.span = FAST.has(cadence) ? "24h" : cadence === "6h" || cadence === "1d" ? "30d" : "366d";
    this.node.hidden = false;
    this.build();
    tile.node.dataset.chosen = "";
    byId("panel-close").focus({ preventScroll: true });
    void this.load();
  }

  close() {
    if (this.node.hidden) return;
    this.node.hidden = true;
    delete this.tile?.node.dataset.chosen;
    this.tile = null;
    if (this.from instanceof HTMLElement) this.from.focus({ preventScroll: true });
  }

  /** Everything but the course. */
  build() {
    const { tile, words } = this;
    if (!tile) return;
    const { series } = tile;
    const close = element("button", "close", "✕");
    close.id = "panel-close";
    close.setAttribute("type", "button");
    close.ariaLabel = words.text("close");
    close.addEventListener("click", () => this.close());
    const name = element("h2", "", words.pick(series.indicator));
    name.id = "panel-name";
    const place = element("p", "panel-place", `${words.pick(series.site.place)} · ${words.pick(series.field)}`);
    this.reading = element("p", "panel-reading");
    this.told = element("p", "panel-told");
    this.told.setAttribute("role", "status");
    this.figure = element("div", "panel-chart");
    const spans = element("div", "spans");
    spans.append(...SPANS.map((span) => this.button(span)));
    const title = element("h3", "", words.text("limits"));
    this.alertsSaid = "";
    this.node.replaceChildren(close, name, place, this.reading, this.alerts, spans, this.figure, this.told, title, this.limits(tile));
    this.refresh(this.now);
  }

  /** @param {typeof SPANS[number]} span */
  button(span) {
    const button = element("button", "button", this.words.text(`minus${span}`));
    button.setAttribute("type", "button");
    button.ariaPressed = String(span === this.span);
    button.addEventListener("click", () => {
      this.span = span;
      this.build();
      void this.load();
    });
    return button;
  }

  /** What holds against the series now: each sentence whole, with the way to its incident. @param {string} series */
  showAlerts(series) {
    const notices = this.alertsOf(series);
    const said = JSON.stringify([this.words.language, notices]);
    if (said === this.alertsSaid) return;
    this.alertsSaid = said;
    this.alerts.replaceChildren(...notices.map((notice) => this.alert(notice)));
  }

  /** @param {import("./stream.js").Notice} notice */
  alert(notice) {
    const [item, mark, text] = [element("li"), element("span", "mark"), element("p", "", this.words.pick(notice.sentence))];
    item.dataset.condition = conditionOf(notice);
    mark.ariaHidden = "true";
    item.append(mark, text);
    if (notice.status === "firing") {
      const link = element("a", "button", this.words.text("toIncident"));
      link.setAttribute("href", `/incidents#${encodeURIComponent(notice.incident)}`);
      item.append(link);
    }
    return item;
  }

  /** @param {Tile} tile */
  limits(tile) {
    const { words } = this;
    const list = element("ul", "panel-limits");
    for (const limit of [...tile.series.limits].sort((a, b) => b.severity - a.severity)) {
      const item = element("li");
      item.dataset.condition = SEVERITIES[limit.severity];
      const head = element("span", "alert-head");
      const mark = element("span", "mark");
      mark.ariaHidden = "true";
      const bounds = boundsOf(limit).map((one) => words.bound(one.bound)).join(" – ");
      const kind = /** @type {"above" | "below" | "outside"} */ (limit.kind);
      head.append(mark, element("span", "word", words.pick(CONDITIONS[SEVERITIES[limit.severity]])));
      head.append(element("span", "", `${words.text(kind)} ${words.figure(bounds, tile.series.unit)}`));
      const basis = limit.basis === "assumption" ? words.text("assumption") : limit.basis;
      item.append(head, element("span", "basis", basis));
      list.append(item);
    }
    if (tile.series.target) list.append(this.plan(tile.series.target, tile.series.unit));
    return list.children.length ? list : element("p", "none", words.text("noLimits"));
  }

  /** @param {import("./tile.js").Target} target @param {import("./words.js").Unit} unit */
  plan(target, unit) {
    const { words } = this;
    const [item, head] = [element("li"), element("span", "alert-head")];
    const value = words.figure(words.value(target.value, -1, unit), unit);
    const deadline = target.deadline.split("-").reverse().join("/");
    head.append(element("span", "word", words.text("planTitle")));
    const bound = target.at_least ? "atLeast" : "atMost";
    head.append(element("span", "", words.text(unit.placing === "yes-no" ? "planned" : bound, { value, deadline })));
    const basis = target.basis === "assumption" ? words.text("assumption") : target.basis;
    item.append(head, element("span", "basis", basis));
    return item;
  }

  /** Fetch and draw the course. */
  async load() {
    const { tile } = this;
    if (!tile) return;
    this.asked += 1;
    const turn = this.asked;
    this.points = [];
    this.tell(this.words.text("loading"));
    try {
      const answer = await fetch(`/v1/series/${tile.series.id}?from=-${this.span}`);
      const body = await answer.json();
      if (turn !== this.asked) return;
      if (!answer.ok) throw new Error(this.words.pick(body.error));
      this.points = body.points;
      this.apart = body.clock_apart;
      this.ends = { from: body.from, to: body.to };
      this.draw();
    } catch (error) {
      if (turn === this.asked) this.tell(this.words.text("failed", { why: error instanceof Error ? error.message : "" }));
    }
  }

  draw() {
    const { tile, words } = this;
    if (!tile || !this.figure) return;
    const values = this.points.map((point) => point[1]);
    this.figure.replaceChildren();
    if (!values.length) {
      this.tell(words.text("noPoints"));
      return;
    }
    const { decimals } = tile.series.indicator;
    this.figure.append(chart(this.points, this.ends, tile.series.limits, words, decimals, Math.max(280, this.figure.clientWidth)));
    const low = words.number(values.reduce((a, b) => Math.min(a, b)), decimals);
    const high = words.number(values.reduce((a, b) => Math.max(a, b)), decimals);
    const range = words.text("range", { low, high, n: words.number(values.length, 0) });
    this.tell([range, ...this.apart.map(([from, to]) => words.text("clockApart", { from: words.moment(from, this.now), to: words.moment(to, this.now) }))].join(" · "));
  }

  /** @param {string} text */
  tell(text) {
    if (this.told) write(this.told, text);
  }

  /** A new tick: the reading, and one more point if there is one. @param {number} now */
  refresh(now) {
    this.now = now;
    const { tile, words } = this;
    if (!tile || !this.reading || this.node.hidden) return;
    this.node.dataset.condition = tile.condition;
    this.showAlerts(tile.series.id);
    if (tile.value === null) {
      write(this.reading, words.text("never"));
      return;
    }
    const figure = tile.figure(words);
    const time = words.moment(tile.at, now);
    const label = tile.condition === "ok" ? "" : ` · ${tile.label(words)}`;
    write(this.reading, `${figure} · ${words.text("measured", { time })}${label}`);
    const last = this.points.at(-1);
    if (last && tile.at > last[0] && this.span === "24h") {
      this.points.push([tile.at, tile.value, tile.state]);
      this.ends.to = Math.max(this.ends.to, tile.at);
      this.draw();
    }
  }

  relabel() {
    if (!this.tile?.node.isConnected) this.close();
    if (this.node.hidden) return;
    this.build();
    this.draw();
  }
}
