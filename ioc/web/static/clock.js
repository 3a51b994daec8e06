// @ts-check
/** The centre's time in the header: what was heard last, carried on until the next answer; and whether it is played. */

import { byId, write } from "./words.js";

export class Clock {
  /** @param {import("./words.js").Words} words */
  constructor(words) {
    this.words = words;
    /** Centre time when it was heard last, and this machine's clock then. */
    this.told = 0;
    this.heard = 0;
    /** @type {number | null} */
    this.played = null;
  }

  /** @param {number} now @param {number | null} played how fast a played time goes */
  hear(now, played) {
    [this.told, this.heard, this.played] = [now, performance.now(), played];
  }

  /** Centre time, 0 before anything was heard. */
  get now() {
    return this.told && this.told + (performance.now() - this.heard) * 1000 * (this.played ?? 1);
  }

  show() {
    const { now, played, words } = this;
    if (!now) return;
    write(byId("time"), words.at(now, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }));
    write(byId("date"), words.at(now, { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric" }));
    byId("played").hidden = played === null;
    write(byId("played"), played === null ? "" : words.text("played", { speed: words.bound(played) }));
  }
}
