// @ts-check
/** The incident that is open: its alerts, what can be done, and everything that was done. */

import { CONDITIONS, SEVERITIES, STAGES, byId, element, write } from "./words.js";

/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./words.js").Both} Both */
/** @typedef {{id: string, indicator: string, kind: string, status: string, severity: number, since: number, at: number,
 *   sentence: Both, latest: Latest | null}} Alert */
/** The newest value of the alert's series.
 * @typedef {{value: number, at: number, stale: boolean, decimals: number, unit: import("./words.js").Unit}} Latest */
/** @typedef {{number: number, of: string, text: string, due: number, answered: number | null}} Ask */
/** @typedef {{id: string, site: string, field: string, opened: number, stage: string, severity: number, peak: number,
 *   revision: number, firing: number, resolved: number | null, assignee: string, place: Both, field_name: Both, owner_name: Both,
 *   assignee_name: Both,
 *   acknowledgement: {by: string, by_name: Both, at: number, until: number | null, comment: string} | null,
 *   asks: Ask[], alerts: Alert[]}} Incident */
/** @typedef {{at: number, by: Both | null, source: string, kind: string, words: Both}} Act */

/** What can be done at each stage. @type {Record<string, string[]>} */
const DEEDS = {
  open: ["acknowledge", "comment", "escalate", "resolve", "assign", "ask", "answer", "silence"],
  acknowledged: ["unacknowledge", "comment", "resolve", "assign", "ask", "answer", "silence"],
  resolved: ["comment", "reopen", "ask", "answer", "silence"],
};

/** The worst of what is firing, or how it ended. @param {Incident} one */
export function condition(one) {
  return one.stage === "resolved" || !one.severity ? "ok" : SEVERITIES[one.severity];
}

/** The severity in a word. @param {Incident} one @param {Words} words */
export function severityWord(one, words) {
  return condition(one) === "ok" ? words.text("noAlertLeft") : words.pick(CONDITIONS[condition(one)]);
}

/** The alert that stands for the incident. @param {Incident} one */
export function worst(one) {
  const firing = one.alerts.filter((alert) => alert.status === "firing");
  return (firing.length ? firing : one.alerts).reduce((a, b) => (b.severity > a.severity ? b : a), one.alerts[0]);
}

/** @param {Incident} one @param {Words} words @param {number} now */
export function facts(one, words, now) {
  const parts = [
    words.pick(STAGES[one.stage]),
    words.text("owner", { name: words.pick(one.owner_name) }),
    words.text("openedAt", { time: words.moment(one.opened, now) }),
    words.text(one.resolved ? "lasted" : "lasting", { span: words.lasting((one.resolved ?? now) - one.opened) }),
  ];
  const held = one.acknowledgement;
  if (held) parts.push(words.text("heldBy", { name: words.pick(held.by_name) }));
  if (held?.until) parts.push(words.text("heldUntil", { time: words.moment(held.until, now) }));
  if (one.assignee) parts.push(words.text("assignedTo", { name: words.pick(one.assignee_name) }));
  return `${parts.join(" · ")} · ${one.id}`;
}

/** What is measured now, whatever was noted then; empty where nothing is. @param {Alert} alert @param {Words} words @param {number} now */
export function latest(alert, words, now) {
  if (!alert.latest) return "";
  const { value, at, stale, decimals, unit } = alert.latest;
  const figure = words.figure(words.value(value, decimals, unit), unit);
  return words.text(stale ? "lastFigure" : "figureNow", { figure, age: words.age(now - at) });
}

export class Dossier {
  /** @param {Words} words */
  constructor(words) {
    this.words = words;
    this.revision = "";
  }

  /** @param {Incident} one @param {Act[]} acts @param {number} now */
  show(one, acts, now) {
    byId("dossier").hidden = false;
    write(byId("dossier-facts"), facts(one, this.words, now));
    const revision = `${one.id}/${one.revision}/${this.words.language}`;
    if (revision !== this.revision) this.build(one, acts, now);
    this.revision = revision;
    const figures = /** @type {NodeListOf<HTMLElement>} */ (byId("dossier-alerts").querySelectorAll(".figure-now"));
    one.alerts.forEach((alert, i) => write(figures[i], latest(alert, this.words, now)));
  }

  /** All but what changes by itself. @param {Incident} one @param {Act[]} acts @param {number} now */
  build(one, acts, now) {
    const { words } = this;
    write(byId("dossier-title"), `${words.pick(one.place)} – ${words.pick(one.field_name)}`);
    byId("dossier-alerts").replaceChildren(...one.alerts.map((alert) => this.alert(alert, now)));
    byId("timeline").replaceChildren(...[...acts].reverse().map((act) => this.line(act, now)));
    this.offer(one);
  }

  /** What was noted, and when: its figure is of that time. @param {Alert} alert @param {number} now */
  alert(alert, now) {
    const item = element("li");
    const isFiring = alert.status === "firing";
    item.dataset.condition = isFiring ? (["no-data", "source-down"].includes(alert.kind) ? "stale" : SEVERITIES[alert.severity]) : "ok";
    if (!isFiring) item.dataset.over = "";
    const mark = element("span", "mark");
    mark.ariaHidden = "true";
    const noted = element("span", "", this.words.pick(alert.sentence));
    noted.append(" ", element("span", "noted-at", this.words.text("notedAt", { time: this.words.moment(alert.at, now) })));
    const text = element("div", "alert-text");
    text.append(noted, element("span", "figure-now"));
    item.append(mark, text);
    return item;
  }

  /** @param {Act} act @param {number} now */
  line(act, now) {
    const item = element("li");
    const who = act.by ? `${this.words.pick(act.by)} · ${act.source}` : this.words.text("bySystem");
    item.append(
      element("time", "", this.words.moment(act.at, now)),
      element("span", "line-words", this.words.pick(act.words)),
      element("span", "line-who", who),
    );
    return item;
  }

  /** Show only what can be done now. @param {Incident} one */
  offer(one) {
    const waiting = one.asks.filter((ask) => ask.answered === null);
    for (const button of document.querySelectorAll("#act [data-act]")) {
      const act = /** @type {HTMLElement} */ (button).dataset.act ?? "";
      const made = /** @type {HTMLButtonElement} */ (button);
      made.hidden = !DEEDS[one.stage].includes(act);
      made.disabled = made.hidden; // else the Enter key would still press it
    }
    for (const row of document.querySelectorAll("#act [data-acts]")) {
      const act = /** @type {HTMLElement} */ (row).dataset.acts ?? "";
      const isIdle = act === "answer" && waiting.length === 0;
      /** @type {HTMLElement} */ (row).hidden = isIdle || !DEEDS[one.stage].includes(act);
    }
    byId("ask").replaceChildren(...waiting.map((ask) => {
      const option = element("option", "", `${ask.number}: ${ask.text.slice(0, 60)}`);
      option.setAttribute("value", String(ask.number));
      return option;
    }));
  }
}
