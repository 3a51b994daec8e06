// @ts-check
/** Words, numbers and times in the reader's language. Vietnamese first. */

import { TEXT } from "./text.js";

/** @typedef {"vi" | "en"} Language */
/** @typedef {{vi: string, en: string}} Both */
/** @typedef {Both & {placing: "after" | "joined" | "before" | "alone" | "yes-no"}} Unit */
/** @typedef {keyof typeof TEXT} Word */

/** What a tile, a chip or an alert is called, by condition. @type {Record<string, Both>} */
export const CONDITIONS = {
  critical: { vi: "Nguy cấp", en: "Critical" },
  warning: { vi: "Cảnh báo", en: "Warning" },
  info: { vi: "Theo dõi", en: "Watch" },
  pending: { vi: "Chờ xác nhận", en: "Pending" },
  stale: { vi: "Mất dữ liệu", en: "No data" },
  waiting: { vi: "Chưa có số liệu", en: "No value yet" },
  ok: { vi: "Bình thường", en: "Normal" },
};

/** @type {Record<string, Both>} */
export const STATUSES = {
  pending: { vi: "đang chờ xác nhận", en: "pending" },
  firing: { vi: "đang cảnh báo", en: "firing" },
  resolved: { vi: "đã hết", en: "resolved" },
};

/** Where an incident stands. @type {Record<string, Both>} */
export const STAGES = {
  open: { vi: "chưa ai nhận", en: "open" },
  acknowledged: { vi: "đã nhận xử lý", en: "acknowledged" },
  resolved: { vi: "đã kết thúc", en: "resolved" },
};

/** How mature a value is; plain telemetry needs no word. @type {(Both | null)[]} */
export const STATES = [
  null,
  { vi: "ước tính", en: "estimate" },
  { vi: "sơ bộ", en: "preliminary" },
  { vi: "chính thức", en: "official" },
];

/** @type {Record<string, Both>} */
export const LINKS = {
  connecting: { vi: "Đang kết nối", en: "Connecting" },
  live: { vi: "Trực tiếp", en: "Live" },
  lost: { vi: "Mất kết nối", en: "Disconnected" },
};

export const SEVERITIES = ["ok", "info", "warning", "critical"];

const ZONE = "Asia/Ho_Chi_Minh";
const LOCALES = { vi: "vi-VN", en: "en-GB" };
const AGES = {
  vi: { now: "vừa xong", ago: "{n} {unit} trước", units: ["giây", "phút", "giờ", "ngày", "tháng", "năm"] },
  en: { now: "just now", ago: "{n} {unit} ago", units: ["s", "min", "h", "d", "mo", "y"] },
};
/** Seconds in each unit of `AGES`. */
const LENGTHS = [1, 60, 3600, 86400, 2629800, 31557600];

/** @returns {Language} */
function remembered() {
  try {
    return localStorage.getItem("language") === "en" ? "en" : "vi";
  } catch {
    return "vi"; // storage may be forbidden; the page works without it
  }
}

/** The reader's language and everything that depends on it. */
export class Words {
  constructor() {
    this.language = remembered();
    /** @type {Map<number, Intl.NumberFormat>} */
    this.formats = new Map();
  }

  /** @param {Language} language */
  speak(language) {
    this.language = language;
    this.formats.clear();
    try {
      localStorage.setItem("language", language);
    } catch {
      // storage may be forbidden; the choice then lasts until the page is closed
    }
  }

  /** @param {Word} key @param {Record<string, string | number>} [values] */
  text(key, values = {}) {
    return fill(TEXT[key][this.language === "vi" ? 0 : 1], values);
  }

  /** @param {Both} both */
  pick(both) {
    return both[this.language];
  }

  /** @param {number} value @param {number} decimals */
  number(value, decimals) {
    let format = this.formats.get(decimals);
    if (!format) {
      const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
      format = new Intl.NumberFormat(LOCALES[this.language], digits);
      this.formats.set(decimals, format);
    }
    const text = format.format(value);
    return /^-[0.,]*$/.test(text) ? text.slice(1) : text;
  }

  /** A limit, with the decimals it was written with. @param {number} value */
  bound(value) {
    return new Intl.NumberFormat(LOCALES[this.language], { maximumFractionDigits: 6 }).format(value);
  }

  /** A value; one of a yes-or-no unit in words. @param {number} value @param {number} decimals -1: as written @param {Unit} unit */
  value(value, decimals, unit) {
    if (unit.placing === "yes-no" && (value === 0 || value === 1)) return this.text(value ? "yes" : "no");
    return decimals < 0 ? this.bound(value) : this.number(value, decimals);
  }

  /** The unit as it stands beside a figure; empty where it is left out. @param {Unit} unit */
  unit(unit) {
    return unit.placing === "alone" || unit.placing === "yes-no" ? "" : this.pick(unit);
  }

  /** A figure with its unit where its readers expect it: `4 g/L`, `91%`, `cấp 2`. @param {string} figure @param {Unit} unit */
  figure(figure, unit) {
    const word = this.unit(unit);
    if (!word) return figure;
    if (unit.placing === "before") return `${word} ${figure}`;
    return unit.placing === "joined" ? `${figure}${word}` : `${figure} ${word}`;
  }

  /** @param {number} micros @param {Intl.DateTimeFormatOptions} options */
  at(micros, options) {
    return new Intl.DateTimeFormat(LOCALES[this.language], { timeZone: ZONE, ...options }).format(micros / 1000);
  }

  /** `07:05`, with the date when it is another day. @param {number} micros @param {number} now */
  moment(micros, now) {
    const time = this.at(micros, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    const day = this.at(micros, { day: "2-digit", month: "2-digit", year: "numeric" });
    return day === this.at(now, { day: "2-digit", month: "2-digit", year: "numeric" }) ? time : `${time} ${day}`;
  }

  /** `2h` in words. @param {string} span */
  duration(span) {
    const [, n, unit] = /^(\d+)(\w+)$/.exec(span) ?? ["", span, ""];
    return `${n} ${AGES[this.language].units[["s", "min", "h", "d"].indexOf(unit)]}`;
  }

  /** How long ago. @param {number} micros */
  age(micros) {
    const { now, ago } = AGES[this.language];
    return micros < 5e6 ? now : fill(ago, this.span(micros));
  }

  /** A length of time in its largest unit. @param {number} micros */
  lasting(micros) {
    const { n, unit } = this.span(Math.max(micros, 1e6));
    return `${n} ${unit}`;
  }

  /** @param {number} micros */
  span(micros) {
    const seconds = micros / 1e6;
    let at = LENGTHS.length - 1;
    while (at > 0 && seconds < LENGTHS[at]) at -= 1;
    return { n: Math.floor(seconds / LENGTHS[at]), unit: AGES[this.language].units[at] };
  }
}

/** @param {string} text @param {Record<string, string | number>} values */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Without accents and in lower case, for finding. @param {string} text */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
}

/** @param {string} tag @param {string} [name] @param {string} [text] */
export function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Write only what differs: an equal text costs no layout. @param {HTMLElement} target @param {string} text */
export function write(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** @param {string} id */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element ${id}`);
  return found;
}
