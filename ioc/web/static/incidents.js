// @ts-check
/** The page of the incidents. Asked for anew every few seconds; nothing that is being written is touched. */

import { Clock } from "./clock.js";
import { Dossier, condition, latest, severityWord, worst } from "./dossier.js";
import { furnish } from "./house.js";
import { STAGES, Words, byId, element, write } from "./words.js";

/** @typedef {import("./dossier.js").Incident} Incident */

const EVERY = 3000;
const SPANS = ["30min", "1h", "2h", "4h", "8h", "1d", "3d"];
const words = new Words();
const clock = new Clock(words);
const dossier = new Dossier(words);
/** @type {{now: number, played: number | null, needs_token: boolean, incidents: Incident[]} | null} */
let pile = null;
/** @type {any[]} */
let silences = [];
/** @type {{incident: Incident, acts: any[]} | null} */
let account = null;
let chosen = location.hash.slice(1);
let shown = "";

async function read() {
  try {
    const stage = field("all").checked ? "?stage=all" : "";
    const [list, quiet] = await Promise.all([ask(`/v1/incidents${stage}`), ask("/v1/silences")]);
    [pile, silences] = [list, quiet.silences];
    clock.hear(list.now, list.played);
    account = chosen ? await ask(`/v1/incidents/${encodeURIComponent(chosen)}`) : null;
    byId("banner").hidden = true;
  } catch (error) {
    write(byId("banner"), words.text("failed", { why: error instanceof Error ? error.message : String(error) }));
    byId("banner").hidden = false;
  }
  show();
}

/** @param {string} path @param {Record<string, unknown>} [body] */
async function ask(path, body) {
  /** @type {Record<string, string>} */
  const headers = body ? { "content-type": "application/json" } : {};
  if (body && field("token").value) headers.authorization = `Bearer ${asUtf8(field("token").value)}`;
  const answer = await fetch(path, {
    cache: "no-store", method: body ? "POST" : "GET", headers, body: body ? JSON.stringify(body) : undefined,
  });
  if (answer.ok) return answer.json();
  const refusal = await answer.json().catch(() => null);
  throw new Error(refusal?.error?.[words.language] ?? String(answer.status));
}

/** A browser takes signs up to 255 only in a header: one for each byte. @param {string} text */
function asUtf8(text) {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function show() {
  if (!pile) return;
  const { now, needs_token: needsToken } = pile;
  const incidents = [...pile.incidents].sort((a, b) => rank(a) - rank(b) || b.opened - a.opened);
  byId("token-field").hidden = !needsToken;
  const standing = incidents.filter((one) => one.stage !== "resolved");
  write(byId("count"), String(standing.length));
  byId("none").hidden = incidents.length > 0;
  const key = `${words.language}/${incidents.map((one) => `${one.id}.${one.revision}`).join("/")}`;
  if (key !== shown) {
    fill(incidents);
    shown = key;
  }
  incidents.forEach((one, i) => age(/** @type {HTMLElement} */ (byId("list").children[i]), one, now));
  byId("dossier").hidden = account === null;
  byId("choose").hidden = account !== null || incidents.length === 0;
  if (account) dossier.show(account.incident, account.acts, now);
  quiet(now);
  document.body.dataset.ready = "";
}

/** What nobody has taken on comes first, the worst of it foremost. @param {Incident} one */
function rank(one) {
  return 10 * Object.keys(STAGES).indexOf(one.stage) - one.severity;
}

/** @param {Incident[]} incidents */
function fill(incidents) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.id;
  byId("list").replaceChildren(...incidents.map(made));
  if (focused) /** @type {HTMLElement | null} */ (document.querySelector(`[data-id="${focused}"]`))?.focus();
}

/** @param {Incident} one */
function made(one) {
  const item = element("li");
  item.dataset.stage = one.stage;
  const button = element("button", "case");
  button.setAttribute("type", "button");
  button.dataset.id = one.id;
  button.dataset.condition = condition(one);
  const head = element("span", "case-head");
  head.dataset.condition = condition(one);
  const mark = element("span", "mark");
  mark.ariaHidden = "true";
  head.append(mark, element("span", "word", severityWord(one, words)));
  head.append(element("span", "case-stage", words.pick(STAGES[one.stage])));
  const where = `${words.pick(one.place)} – ${words.pick(one.field_name)}`;
  button.append(head, element("span", "case-where", where));
  button.append(element("span", "sentence", words.pick(worst(one).sentence)), element("span", "figure-now"));
  if (one.firing > 1) button.append(element("span", "case-held", words.text("firingCount", { n: one.firing })));
  button.append(element("span", "case-owner", words.text("owner", { name: words.pick(one.owner_name) })));
  const held = one.acknowledgement;
  if (held) button.append(element("span", "case-held", words.text("heldBy", { name: words.pick(held.by_name) })));
  button.append(element("span", "case-when"));
  button.addEventListener("click", () => void open(one.id));
  item.append(button);
  return item;
}

/** @param {HTMLElement} item @param {Incident} one @param {number} now */
function age(item, one, now) {
  const button = item.firstElementChild;
  button?.setAttribute("aria-current", String(one.id === account?.incident.id));
  const when = /** @type {HTMLElement} */ (item.querySelector(".case-when"));
  const [time, span] = [words.moment(one.opened, now), words.lasting((one.resolved ?? now) - one.opened)];
  write(/** @type {HTMLElement} */ (item.querySelector(".figure-now")), latest(worst(one), words, now));
  write(when, `${words.text("openedAt", { time })} · ${words.text(one.resolved ? "lasted" : "lasting", { span })}`);
}

/** @param {number} now */
function quiet(now) {
  byId("no-silences").hidden = silences.length > 0;
  const key = `${words.language}/${silences.map((one) => one.id).join("/")}`;
  if (byId("silences").dataset.key === key) return;
  byId("silences").dataset.key = key;
  byId("silences").replaceChildren(...silences.map((one) => {
    const item = element("li", "", "");
    const until = words.text("silencedBy", { name: words.pick(one.author_name), time: words.moment(one.end, now) });
    item.append(element("span", "", words.pick(one.words)), element("span", "line-who", until));
    const button = element("button", "button", words.text("endSilence"));
    button.setAttribute("type", "button");
    button.addEventListener("click", () => void act(`/v1/silences/${one.id}/end`, { by: field("by").value }));
    item.append(button);
    return item;
  }));
}

/** @param {string} id */
async function open(id) {
  chosen = id;
  history.replaceState(null, "", `#${id}`);
  write(byId("refusal"), "");
  await read();
  byId("dossier").focus({ preventScroll: innerWidth > 1000 });
  if (innerWidth <= 1000) byId("dossier").scrollIntoView();
}

/** @param {string} path @param {Record<string, unknown>} body */
async function act(path, body) {
  write(byId("refusal"), "");
  remember("by", field("by").value);
  try {
    await ask(path, body);
    field("text").value = "";
    write(byId("announce"), words.text("done"));
  } catch (error) {
    write(byId("refusal"), error instanceof Error ? error.message : String(error));
    write(byId("announce"), byId("refusal").textContent ?? "");
  }
  await read();
  if (document.activeElement === document.body) byId("dossier").focus({ preventScroll: true }); // the button is gone
}

/** What each button sends. @param {string} what @param {Incident} one @returns {[string, Record<string, unknown>]} */
function wish(what, one) {
  const [by, text] = [field("by").value, field("text").value];
  /** @type {Record<string, Record<string, unknown>>} */
  const bodies = {
    comment: { by, text },
    escalate: { by },
    assign: { by, to: field("to").value },
    ask: { by, of: field("of").value, text, due: field("due").value },
    answer: { by, ask: Number(field("ask").value), text },
    silence: { by, reason: text, end: field("silence").value, sites: [one.site], fields: [one.field] },
  };
  const path = what === "silence" ? "/v1/silences" : `/v1/incidents/${one.id}/${what}`;
  return [path, bodies[what] ?? { by, comment: text }];
}

/** @param {string} id */
function field(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/** @param {string} name @param {string} value */
function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // storage may be forbidden; the name is then written again next time
  }
}

/** @param {string} name */
function remembered(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return ""; // storage may be forbidden; the page works without it
  }
}

/** What only this page can say. */
function relabel() {
  document.title = words.text("incidents");
  clock.show();
  for (const id of ["due", "silence"]) {
    const before = field(id).value || "2h";
    byId(id).replaceChildren(...SPANS.map((span) => {
      const option = element("option", "", words.duration(span));
      option.setAttribute("value", span);
      return option;
    }));
    field(id).value = before;
  }
  show();
}

byId("all").addEventListener("change", () => void read());
byId("act").addEventListener("submit", (event) => {
  event.preventDefault();
  const button = /** @type {SubmitEvent} */ (event).submitter;
  const what = button?.dataset.act;
  if (what && account) void act(...wish(what, account.incident));
});
field("by").value = remembered("by");
furnish(words, relabel);
void read();
setInterval(() => void read(), EVERY);
setInterval(() => clock.show(), 1000);
