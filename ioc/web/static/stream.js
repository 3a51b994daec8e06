// @ts-check
/** The connection to the engine: server-sent events, with a watch on silence. */

/** @typedef {[number, number | null, number, number, number, boolean, number]} Row tile, value, at, state, severity, stale, pending */
/** @typedef {{now: number, played: number | null, counts: Record<string, number>}} ClockEvent */
/** @typedef {{key: string, rule: string, site: string, field: string, indicator: string, kind: string, severity: number,
 *   status: string, at: number, since: number, bound: number | null, upper: number | null, incident: string, sentence: import("./words.js").Both}} Notice */
/** @typedef {{catalogue: string, tiles: Row[], alerts: Notice[], clock: ClockEvent}} Snapshot */
/** @typedef {{snapshot: (s: Snapshot) => void, delta: (rows: Row[]) => void, alerts: (list: Notice[]) => void,
 *   clock: (c: ClockEvent) => void, link: (state: "connecting" | "live" | "lost") => void}} Listener */

const SILENCE = 5_000;
const AGAIN = 1_000;

/** Follow the engine for as long as the page lives. @param {Listener} listener */
export function follow(listener) {
  /** @type {EventSource | undefined} */
  let source;
  let heard = performance.now();

  const open = () => {
    source?.close();
    source = new EventSource("/v1/stream");
    on("snapshot", listener.snapshot);
    on("delta", listener.delta);
    on("alerts", listener.alerts);
    on("clock", listener.clock);
  };
  /** @param {string} name @param {(data: any) => void} tell */
  const on = (name, tell) => {
    source?.addEventListener(name, (event) => {
      heard = performance.now();
      listener.link("live");
      tell(JSON.parse(event.data));
    });
  };

  listener.link("connecting");
  open();
  setInterval(() => {
    const silent = performance.now() - heard;
    if (silent > SILENCE) listener.link("lost");
    // The browser retries by itself, except after a refusal or when the line is dead without a word.
    if (silent > SILENCE && (source?.readyState === EventSource.CLOSED || silent % (4 * SILENCE) < AGAIN)) open();
  }, AGAIN);
}
