// What a recording's session is and decides: chunks by number, what to send now, what a reply means, whether to resume
// or begin anew after a break, and the page's own account. No sockets, no timers; bytes are kept elsewhere.
import { rms, silence, sum } from "./levels.js";
import { Sha256 } from "./sha256.js";

/** Chunks that the table of them shows, and the latencies that medians are taken of. */
const recentCount = 100;

export class Session {
  /** The server's name for it, once it has one. */
  name = null;
  /** closed → starting or resuming → open → closed */
  phase = "closed";
  /** All of the recording: size, frames and levels of each, its number, and the bytes and frames before it. */
  chunks = [];
  bytes = 0;
  frames = 0;
  /** Chunks before this session: its seq 1 is number base + 1. */
  base = 0;
  /** The next to send, and up to which all are hashed and have their replies. */
  next = 1;
  hashed = 0;
  acknowledged = 0;
  answered = 0;
  /** What no later session needs. */
  settled = { number: 0, frames: 0, open: false };
  /** No more chunks come. */
  stopped = false;
  receipt = null;
  reconnected = 0;
  resent = 0;
  #hash = new Sha256();
  #isAnew = false;
  #stopSent = false;

  /**
   * `settings` are what `start` asks for. `whole`: a lost session begins again with the first chunk, so that the
   * receipt is of all of a file.
   */
  constructor(settings, { whole = false } = {}) {
    Object.assign(this, { settings, whole });
  }

  // Chunks

  get count() {
    return this.chunks.length;
  }

  get seconds() {
    return this.frames / this.settings.sample_rate;
  }

  /** The recording's next chunk: its size, frames and levels. */
  add(chunk) {
    const { bytes, frames } = this;
    this.chunks.push(Object.assign(chunk, { number: this.count + 1, at: bytes, before: frames }));
    this.bytes += chunk.size;
    this.frames += chunk.frames;
    return chunk;
  }

  /** Of the chunk after those that are hashed. */
  hash(bytes) {
    this.#hash.update(bytes);
    this.hashed++;
  }

  /** Seconds before a chunk. */
  #begin(number) {
    return (this.chunks[number - 1]?.before ?? this.frames) / this.settings.sample_rate;
  }

  /** Seconds of the recording at which the session begins. */
  get shift() {
    return this.#begin(this.base + 1);
  }

  /** Seconds that have no answer yet. */
  get behind() {
    return this.seconds - this.#begin(this.answered + 1);
  }

  /** The first chunk whose bytes may be needed again. */
  get firstKept() {
    return Math.min(this.settled.number, this.answered, this.hashed) + 1;
  }

  get keptBytes() {
    return this.bytes - (this.chunks[this.firstKept - 1]?.at ?? this.bytes);
  }

  /** The chunk to send now, if there is one and fewer than `window` have no answer. */
  toSend(window) {
    const may = this.phase === "open" && this.next <= this.count && this.next - 1 - this.answered < window;
    return may ? this.next : null;
  }

  sent(number, now) {
    this.chunks[number - 1].sentAt = now;
    this.next = number + 1;
  }

  /** Everything is sent, and no more comes: `stop` is to be sent, once a connection. */
  takeStop() {
    if (this.phase !== "open" || !this.stopped || this.next <= this.count || this.#stopSent) return false;
    return (this.#stopSent = true);
  }

  // The connection

  /** A connection is open. Returns the message to begin with. `segment` is the last final one. */
  opened(segment) {
    this.#stopSent = false;
    if (!this.name) return this.#start();
    this.phase = "resuming";
    return { type: "start", resume: this.name, answered: this.answered - this.base, segment };
  }

  #start() {
    this.phase = "starting";
    const { frames, open } = this.settled;
    const rest = this.base ? { settled_frames: frames, settled_open: open } : {};
    return { type: "start", ...this.settings, updates: true, words: true, ...rest };
  }

  closed() {
    this.phase = "closed";
  }

  /** The server does not keep the session: what is not settled goes to another one. */
  lost() {
    if (this.whole) this.settled = { number: 0, frames: 0, open: false };
    this.#isAnew = true;
    this.name = null;
    this.base = this.hashed = this.acknowledged = this.settled.number;
    this.resent += this.answered - this.base;
    this.#hash = new Sha256();
    this.#goBack(this.base);
  }

  /** The chunks behind that number are to be sent again. */
  #goBack(number) {
    this.answered = Math.min(this.answered, number);
    this.next = number + 1;
    for (const chunk of this.chunks.slice(number)) chunk.sentAt = chunk.acknowledgedAt = chunk.answeredAt = undefined;
  }

  /**
   * A message of the server. Returns what it was: started, resumed, lost (followed by `message` to send), refused,
   * contradiction, acknowledged, answered, update, flushed, receipt, notice, failure or nothing known.
   */
  received(reply, now) {
    if (typeof reply.settled === "number") this.#settle(reply);
    const { type = "", error, code } = reply;
    if (type === "started") return { kind: this.#started(reply) };
    if (type === "summary") this.receipt = reply;
    if (type) return { kind: type === "summary" ? "receipt" : type };
    const number = this.base + reply.seq;
    const chunk = this.chunks[number - 1];
    if (reply.chunk_size !== undefined) {
      if (chunk) chunk.acknowledgedAt ??= now;
      this.acknowledged = Math.max(this.acknowledged, number);
      return { kind: "acknowledged" };
    }
    if (reply.seq && (reply.rms !== undefined || error)) {
      if (chunk && number > this.answered) {
        chunk.answeredAt = now;
        this.answered = number;
      }
      return { kind: "answered" };
    }
    if (error && !code && this.phase === "resuming") {
      this.lost();
      return { kind: "lost", message: this.#start() };
    }
    return { kind: !error ? "unknown" : this.phase === "starting" && !code ? "refused" : "failure" };
  }

  #started({ session, seq, sample_rate, channels, encoding }) {
    const isResumed = this.phase === "resuming";
    const last = this.base + (seq ?? 0);
    if (isResumed && (seq === undefined || last > this.count || last < this.settled.number)) {
      this.lost();
      return "contradiction";
    }
    this.phase = "open";
    this.name = session;
    if (isResumed || this.#isAnew) this.reconnected++;
    if (!isResumed) {
      Object.assign(this.settings, { sample_rate, channels, encoding });
      return "started";
    }
    this.resent += Math.max(0, this.answered - last);
    this.acknowledged = last;
    this.#goBack(last);
    return "resumed";
  }

  #settle({ settled, settled_frames = 0, settled_open = false }) {
    const number = this.base + settled;
    if (number < this.settled.number || number > this.count) return;
    this.settled = { number, frames: settled_frames, open: settled_open };
  }

  // The account

  /** The page's own figures of the chunks of this session, as a receipt has them. */
  get figures() {
    const chunks = this.chunks.slice(this.base);
    const levels = chunks.reduce((all, one) => sum(all, one.levels), silence);
    return { chunks: chunks.length, bytes: chunks.reduce((all, { size }) => all + size, 0),
      sha256: this.#hash.digest(), answered: this.answered - this.base, rms: rms(levels), peak: levels.peak,
      clipped: levels.clipped };
  }

  get recent() {
    return this.chunks.slice(Math.max(0, this.next - 1 - recentCount), this.next - 1);
  }

  /** The median of the latest chunks in milliseconds until `acknowledgedAt` or `answeredAt`; NaN without any. */
  latency(key) {
    const times = this.recent.filter((chunk) => chunk[key]).map((chunk) => chunk[key] - chunk.sentAt);
    return times.sort((a, b) => a - b)[times.length >> 1] ?? NaN;
  }

  // Over a reload

  /** Plain values, for `restore`. */
  save() {
    const { settings, name, base, answered, settled, stopped, reconnected, resent, receipt } = this;
    return { settings, name, base, answered, settled, stopped, reconnected, resent, receipt };
  }

  /** With every chunk of the recording. They are hashed again. */
  static restore(saved, chunks) {
    const session = Object.assign(new Session(saved.settings), saved, { hashed: saved.base });
    for (const chunk of chunks) session.add(chunk);
    session.answered = session.acknowledged = Math.min(saved.answered, session.count);
    session.next = session.answered + 1;
    return session;
  }
}

/** Floating-point sums may differ in their last digits: the contract says 1e-6. */
const isNear = (a, b) => a === b || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));

/** The page's figures beside the server's receipt: rows of a name, both values, and whether they agree. */
export function compare(page, receipt) {
  const server = { ...receipt, answered: receipt.processed + receipt.dropped };
  return Object.keys(page).map((name) => ({ name, page: page[name], server: server[name],
    agrees: (name === "rms" || name === "peak" ? isNear : Object.is)(page[name], server[name]) }));
}
