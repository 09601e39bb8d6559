// What a recording's session is and decides: chunks by number, what to send now, what a reply means, whether to resume
// or begin anew after a break, and the page's own account. No sockets, no timers; bytes are kept elsewhere, by number.
import { rms, silence, sum } from "./levels.js";
import { Sha256 } from "./sha256.js";

/** The page's own account of the chunks of one session, to compare with the server's receipt. */
export class Account {
  chunks = 0;
  bytes = 0;
  levels = silence();
  #hash = new Sha256();
  /** Known from elsewhere: of a file, whose chunks are hashed where they are read. */
  sha256 = null;

  static restore({ chunks, bytes, levels, hash }) {
    const account = Object.assign(new Account(), { chunks, bytes, levels });
    account.#hash = Sha256.restore(hash);
    return account;
  }

  save() {
    return { chunks: this.chunks, bytes: this.bytes, levels: this.levels, hash: this.#hash.save() };
  }

  take(levels, size, bytes) {
    this.chunks++;
    this.bytes += size;
    this.levels = sum(this.levels, levels);
    if (bytes) this.#hash.update(bytes);
  }

  /** The figures of a receipt. */
  get figures() {
    const { chunks, bytes, levels } = this;
    const sha256 = this.sha256 ?? this.#hash.digest();
    return { chunks, bytes, sha256, rms: rms(levels), peak: levels.peak, clipped: levels.clipped };
  }
}

/** Rows of the table of chunks, and the latencies that medians are taken of. */
const recentLimit = 100;

export class Session {
  /** What `start` asks for. */
  settings;
  /** The server's name for it, once it has one. */
  name = null;
  /** closed → starting or resuming → open → closed */
  phase = "closed";
  /** Chunks of the recording before this session; its seq 1 is number base + 1. */
  base = 0;
  /** The newest chunk's number, the next to send, and up to which all have an answer. */
  count = 0;
  next = 1;
  answered = 0;
  acknowledged = 0;
  /** What no later session needs. */
  settled = { number: 0, frames: 0, open: false };
  /** Frames of the recording before the first chunk that is not settled, and of all of it. */
  #settledFrames = 0;
  frames = 0;
  /** No more chunks come. */
  stopped = false;
  receipt = null;
  reconnected = 0;
  resent = 0;
  /** How often it began anew. */
  lostCount = 0;
  account = new Account();
  recent = [];
  #stopSent = false;
  #failed = new Set();
  #entries = [];

  /** @param whole a lost session begins again with the first chunk, so that the receipt is of all of a file. */
  constructor(settings, { whole = false } = {}) {
    this.settings = settings;
    this.whole = whole;
  }

  // Chunks

  /** The recording's next chunk. Returns its number. */
  add(size, frames) {
    this.#entries.push({ number: ++this.count, size, frames, before: this.frames });
    this.frames += frames;
    return this.count;
  }

  #entry(number) {
    return this.#entries[number - (this.#entries[0]?.number ?? 0)];
  }

  /** The next chunk that the account has not taken, once it is there. */
  get unaccounted() {
    const number = this.base + this.account.chunks + 1;
    return number <= this.count ? number : null;
  }

  /** Of the next unaccounted chunk. Without bytes they are hashed elsewhere. */
  take(levels, bytes) {
    const entry = this.#entry(this.unaccounted);
    entry.levels = levels;
    this.account.take(levels, entry.size, bytes);
    this.#forget();
  }

  get rate() {
    return this.settings.sample_rate;
  }

  /** Seconds of the recording at which the session begins. */
  get shift() {
    return (this.#entry(this.base + 1)?.before ?? this.#settledFrames) / this.rate;
  }

  /** The chunk to send now, if there is one and fewer than `window` have no answer. */
  toSend(window) {
    const may = this.phase === "open" && this.next <= this.count && this.next - 1 - this.answered < window;
    return may ? this.next : null;
  }

  sent(number, now) {
    const entry = this.#entry(number);
    entry.sentAt = now;
    this.next = number + 1;
    this.recent.push(entry);
    if (this.recent.length > recentLimit) this.recent.shift();
  }

  /** Everything is sent, and no more comes: `stop` is to be sent, once a connection. */
  takeStop() {
    if (this.phase !== "open" || !this.stopped || this.next <= this.count || this.#stopSent) return false;
    this.#stopSent = true;
    return true;
  }

  get processed() {
    return this.answered - this.base - this.#failed.size;
  }

  get dropped() {
    return this.#failed.size;
  }

  /** Seconds that have no answer yet. */
  get behind() {
    const entry = this.#entry(this.answered + 1);
    return entry ? (this.frames - entry.before) / this.rate : 0;
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
    const message = { type: "start", ...this.settings, updates: true, words: true };
    if (this.whole || this.base === 0) return message;
    return { ...message, settled_frames: frames, settled_open: open };
  }

  closed() {
    this.phase = "closed";
  }

  /** The server does not keep the session: what is not settled goes to another one. */
  lost() {
    const before = this.answered;
    this.lostCount++;
    this.name = null;
    this.base = this.whole ? 0 : this.settled.number;
    this.resent += before - this.base;
    this.answered = this.acknowledged = this.base;
    this.next = this.base + 1;
    this.#failed.clear();
    this.account = new Account();
    for (const entry of this.#entries) entry.sentAt = entry.acknowledgedAt = entry.answeredAt = undefined;
    if (!this.whole) return;
    this.#entries = [];
    this.recent = [];
    this.count = this.frames = this.#settledFrames = 0;
    this.settled = { number: 0, frames: 0, open: false };
  }

  /**
   * A message of the server. Returns what it was: started, resumed, lost (followed by `message` to send), refused,
   * contradiction, acknowledged, answered, update, flushed, receipt, notice, failure or nothing known.
   */
  received(reply, now) {
    if (typeof reply.settled === "number") this.#settle(reply);
    const type = reply.type ?? "";
    if (type === "started") return this.#started(reply, now);
    if (type === "summary") {
      this.receipt = reply;
      return { kind: "receipt" };
    }
    if (type) return { kind: type };
    if (reply.chunk_size !== undefined) return this.#acknowledge(this.base + reply.seq, now);
    if (reply.seq && (reply.rms !== undefined || reply.error)) return this.#answer(reply, now);
    if (reply.error && !reply.code && this.phase === "resuming") {
      this.lost();
      return { kind: "lost", message: this.#start() };
    }
    if (reply.error) return { kind: this.phase === "starting" && !reply.code ? "refused" : "failure" };
    return { kind: "unknown" };
  }

  #started({ session, seq, sample_rate, channels, encoding }, now) {
    const resumed = this.phase === "resuming";
    const last = this.base + (seq ?? 0);
    if (resumed && (seq === undefined || last > this.count || last < this.settled.number)) {
      this.lost();
      return { kind: "contradiction" };
    }
    this.phase = "open";
    this.name = session;
    if (resumed || this.lostCount) this.reconnected++;
    if (!resumed) {
      this.settings = { ...this.settings, sample_rate, channels, encoding };
      return { kind: "started" };
    }
    for (const entry of this.#entries) {
      if (entry.number <= last) entry.acknowledgedAt ??= now;
      else entry.sentAt = entry.acknowledgedAt = entry.answeredAt = undefined;
    }
    for (const number of this.#failed) if (number > last) this.#failed.delete(number);
    this.resent += Math.max(0, this.answered - last);
    this.next = last + 1;
    this.answered = Math.min(this.answered, last);
    this.acknowledged = last;
    return { kind: "resumed" };
  }

  #acknowledge(number, now) {
    const entry = this.#entry(number);
    if (entry) entry.acknowledgedAt ??= now;
    this.acknowledged = Math.max(this.acknowledged, number);
    return { kind: "acknowledged" };
  }

  #answer({ seq, error }, now) {
    const number = this.base + seq;
    const isNew = number > this.answered;
    const entry = this.#entry(number);
    if (entry && isNew) {
      entry.answeredAt = now;
      this.answered = number;
      if (error) this.#failed.add(number);
      this.#forget();
    }
    return { kind: "answered", isNew };
  }

  #settle({ settled, settled_frames = 0, settled_open = false }) {
    const number = this.base + settled;
    if (number < this.settled.number || number > this.count) return;
    this.settled = { number, frames: settled_frames, open: settled_open };
    this.#forget();
  }

  /** Entries that nobody needs: settled, answered and in the account. */
  #forget() {
    const through = Math.min(this.settled.number, this.answered, this.base + this.account.chunks);
    while (this.#entries.length && this.#entries[0].number <= through) {
      const entry = this.#entries.shift();
      this.#settledFrames = entry.before + entry.frames;
    }
  }

  /** The first chunk whose bytes may be needed again. */
  get firstKept() {
    return this.#entries[0]?.number ?? this.count + 1;
  }

  /** Medians of the latest chunks in milliseconds; NaN without any. */
  get latencies() {
    const median = (key) => {
      const times = this.recent.filter((entry) => entry[key] && entry.sentAt).map((entry) => entry[key] - entry.sentAt);
      return times.sort((a, b) => a - b)[times.length >> 1] ?? NaN;
    };
    return { acknowledgement: median("acknowledgedAt"), answer: median("answeredAt") };
  }

  // Over a reload

  /** Plain values, for `restore`. */
  save() {
    const { settings, name, base, answered, settled, stopped, reconnected, resent, receipt } = this;
    return { settings, name, base, answered, settled, stopped, reconnected, resent, receipt,
      settledFrames: this.#settledFrames, firstKept: this.firstKept, failed: [...this.#failed],
      account: this.account.save() };
  }

  /** `chunks` are the size and the frames of each from `firstKept` on. */
  static restore(saved, chunks) {
    const { account, settledFrames, firstKept, failed, ...rest } = saved;
    const session = Object.assign(new Session(saved.settings), rest, { account: Account.restore(account) });
    session.#failed = new Set(failed);
    session.#settledFrames = session.frames = settledFrames;
    session.count = firstKept - 1;
    for (const { size, frames } of chunks) session.add(size, frames);
    session.answered = Math.min(saved.answered, session.count);
    session.acknowledged = session.answered;
    session.next = session.answered + 1;
    return session;
  }
}
