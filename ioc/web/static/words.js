// @ts-check
/** Words, numbers and times in the reader's language. Vietnamese first. */

/** @typedef {"vi" | "en"} Language */
/** @typedef {{vi: string, en: string}} Both */

const TEXT = {
  vi: {
    skip: "Đến bảng chỉ tiêu",
    alerts: "Cảnh báo",
    noAlerts: "Không có cảnh báo nào.",
    overview: "Toàn cảnh theo địa bàn và lĩnh vực",
    filter: "Tìm chỉ tiêu, gõ không dấu cũng được",
    found: "{n} chỉ tiêu",
    showAll: "Hiện tất cả",
    nothing: "Không có chỉ tiêu nào khớp.",
    limit: "ngưỡng",
    limits: "Ngưỡng và căn cứ",
    noLimits: "Chỉ tiêu này không có ngưỡng.",
    close: "Đóng",
    loading: "Đang tải…",
    noPoints: "Không có số liệu trong khoảng này.",
    failed: "Không tải được: {why}",
    measured: "đo lúc {time}",
    lost: "Mất kết nối máy chủ từ {time}. Số liệu trên màn hình không còn mới.",
    played: "giờ mô phỏng, nhanh ×{speed}",
    since: "từ {time}",
    ended: "hết lúc {time}",
    lasting: "đã {span}",
    range: "thấp nhất {low} · cao nhất {high} · {n} điểm",
    never: "chưa có số liệu",
    minus24h: "24 giờ",
    minus7d: "7 ngày",
    minus30d: "30 ngày",
    minus366d: "1 năm",
    above: "trên",
    below: "dưới",
    outside: "ngoài khoảng",
    assumption: "giả định của dự án",
    books: "Sổ đối chiếu và đầu vào bị từ chối",
    wall: "Về màn hình chính",
    ledger: "Sổ đối chiếu 24 giờ",
    balanced: "Khớp: mỗi đầu vào đều có đúng một kết quả.",
    unbalanced: "KHÔNG KHỚP: có đầu vào không rõ kết quả. Xem docs/runbooks/journal.md.",
    underway: "Đang xử lý: {n}.",
    source: "Nguồn",
    hour: "Giờ nhận",
    received: "Đã nhận",
    stored: "Đã lưu",
    duplicate: "Trùng",
    dead: "Bị từ chối",
    difference: "Chênh lệch",
    refused: "Đầu vào bị từ chối",
    reason: "Lý do",
    count: "Số lượng từ trước đến nay",
    newest: "Mới nhất",
    time: "Lúc",
    topic: "Địa chỉ",
    detail: "Chi tiết",
    payload: "Nội dung",
    nothingRefused: "Chưa có đầu vào nào bị từ chối.",
    nothingReceived: "Chưa nhận gì trong 24 giờ qua.",
    incidents: "Sự cố",
    skipIncidents: "Đến danh sách sự cố",
    standingIncidents: "Đang mở",
    withResolved: "Cả sự cố đã kết thúc",
    noIncidents: "Không có sự cố nào đang mở.",
    noAlertLeft: "Không còn cảnh báo",
    owner: "phụ trách: {name}",
    heldBy: "người nhận: {name}",
    heldUntil: "đến {time}",
    assignedTo: "giao cho: {name}",
    bySystem: "hệ thống",
    yourName: "Tên hoặc mã cán bộ của bạn",
    token: "Mã trực ban",
    comment: "Ghi chú",
    acknowledge: "Nhận xử lý",
    unacknowledge: "Thôi nhận",
    addComment: "Ghi vào nhật ký",
    escalate: "Báo bước tiếp",
    resolve: "Kết thúc",
    reopen: "Mở lại",
    moreActs: "Giao việc, giải trình, tạm tắt báo",
    assignTo: "Giao cho",
    assign: "Giao",
    askOf: "Đề nghị giải trình: cơ quan hoặc cán bộ",
    within: "trong vòng",
    ask: "Đề nghị",
    askNumber: "Trả lời đề nghị số",
    answer: "Trả lời",
    silenceHere: "Tạm tắt báo lĩnh vực này ở đây",
    silenceAdd: "Tạm tắt",
    reasonHint: "Nội dung hoặc lý do viết vào ô ghi chú.",
    timeline: "Nhật ký",
    silences: "Tạm tắt báo và bảo trì",
    noSilences: "Không có.",
    silencedBy: "{name}, đến {time}",
    endSilence: "Kết thúc trước hạn",
    done: "Đã ghi.",
  },
  en: {
    skip: "To the indicators",
    alerts: "Alerts",
    noAlerts: "No alerts.",
    overview: "Overview by place and field",
    filter: "Find an indicator",
    found: "{n} indicators",
    showAll: "Show all",
    nothing: "No indicator matches.",
    limit: "limit",
    limits: "Limits and their basis",
    noLimits: "This indicator has no limits.",
    close: "Close",
    loading: "Loading…",
    noPoints: "No values in this period.",
    failed: "Could not load: {why}",
    measured: "measured {time}",
    lost: "No connection to the server since {time}. The figures on screen are old.",
    played: "simulated time, ×{speed}",
    since: "since {time}",
    ended: "ended {time}",
    lasting: "for {span}",
    range: "lowest {low} · highest {high} · {n} points",
    never: "no value yet",
    minus24h: "24 hours",
    minus7d: "7 days",
    minus30d: "30 days",
    minus366d: "1 year",
    above: "above",
    below: "below",
    outside: "outside",
    assumption: "an assumption of the project",
    books: "Ledger and refused inputs",
    wall: "Back to the wall",
    ledger: "Ledger of 24 hours",
    balanced: "It balances: every input has exactly one outcome.",
    unbalanced: "IT DOES NOT BALANCE: some input has no known outcome. See docs/runbooks/journal.md.",
    underway: "Under way: {n}.",
    source: "Source",
    hour: "Received in",
    received: "Received",
    stored: "Stored",
    duplicate: "Duplicate",
    dead: "Refused",
    difference: "Difference",
    refused: "Refused inputs",
    reason: "Reason",
    count: "Count ever",
    newest: "Newest",
    time: "At",
    topic: "Address",
    detail: "Detail",
    payload: "Payload",
    nothingRefused: "Nothing was ever refused.",
    nothingReceived: "Nothing was received in the last 24 hours.",
    incidents: "Incidents",
    skipIncidents: "To the list of incidents",
    standingIncidents: "Standing",
    withResolved: "Also those that are over",
    noIncidents: "No incident is open.",
    noAlertLeft: "No alert left",
    owner: "owner: {name}",
    heldBy: "acknowledged by {name}",
    heldUntil: "until {time}",
    assignedTo: "assigned to {name}",
    bySystem: "the system",
    yourName: "Your name or official's id",
    token: "Operator token",
    comment: "Comment",
    acknowledge: "Acknowledge",
    unacknowledge: "Take back",
    addComment: "Add to the log",
    escalate: "Escalate",
    resolve: "Resolve",
    reopen: "Reopen",
    moreActs: "Assign, ask for an explanation, silence",
    assignTo: "Assign to",
    assign: "Assign",
    askOf: "Explanation wanted of: office or official",
    within: "within",
    ask: "Ask",
    askNumber: "Answer request number",
    answer: "Answer",
    silenceHere: "Silence this field here for",
    silenceAdd: "Silence",
    reasonHint: "Write text or reason into the comment.",
    timeline: "Log",
    silences: "Silences and maintenance",
    noSilences: "None.",
    silencedBy: "{name}, until {time}",
    endSilence: "End it now",
    done: "Done.",
  },
};

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

  /** @param {keyof typeof TEXT.vi} key @param {Record<string, string | number>} [values] */
  text(key, values = {}) {
    return fill(TEXT[this.language][key], values);
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
