// One recording, from Start to its receipt: where the sound comes from, what is kept, the session and its words.
import { CaptureError, Microphone } from "./capture.js";
import { FileSource } from "./file.js";
import { decibels, measure, rms } from "./levels.js";
import { Link } from "./link.js";
import { agrees, compare } from "./receipt.js";
import { Session } from "./session.js";
import { hold, MemoryStore, Store } from "./store.js";
import { Transcript } from "./transcript.js";
import { header } from "./wav.js";

/** Bytes of chunks that are also held in memory. */
const memoryLimit = 64 << 20;
/** Chunks of a file that wait for an answer at most. */
const fileWindow = 60;
/** Milliseconds without a connection until that is told, and between two savings. */
const awayAfter = 700;
const saveEvery = 1000;
/** Told too often to draw everything each time. */
const frequent = ["answered", "acknowledged", "update", "pong"];
/** Seconds that wait for their answer, from which on it is behind. */
const behindLimit = 1;

const moment = ({ levels, frames, rate }) => ({ rms: decibels(rms(levels)), peak: decibels(levels.peak),
  clipped: levels.clipped, seconds: frames / rate });

export class Recording {
  session = null;
  transcript = new Transcript();
  store = null;
  link = null;
  /** Level, peak and clipped samples of each chunk. */
  history = [];
  /** Of the receipt: rows, and whether all agree. Without one: why. */
  result = null;
  failure = null;
  label = "";
  changes = {};
  microphone = null;
  source = null;
  begun = Date.now();
  #screen;
  #keeps;
  #options;
  #cache = new Map();
  #cached = 0;
  #number = 0;
  #kept = 0;
  #writes = Promise.resolve();
  #isTaking = false;
  #isFeeding = false;
  #isFull = false;
  #isStopping = false;
  #isCatching = false;
  #lostCount = 0;
  #stopAt = Infinity;
  #savedAt = 0;
  #release = null;
  #lost = 0;

  /** The screen has changed(), words(segments), heard(moment, bytes) and told(key, values). */
  constructor(screen, options, { keeps = true } = {}) {
    this.#screen = screen;
    this.#options = options;
    this.#keeps = keeps;
  }

  // What it is

  get state() {
    if (this.result || this.failure) return "done";
    if (!this.session) return "asking";
    if (this.session.stopped) return "finishing";
    if (this.isAway) return "away";
    return this.#isCatching ? "catching" : "recording";
  }

  get isAway() {
    return Boolean(this.link?.awaySince) && performance.now() - this.link.awaySince > awayAfter;
  }

  get seconds() {
    return this.session ? this.session.frames / this.session.rate : 0;
  }

  get keptBytes() {
    return this.#cached;
  }

  get lost() {
    return this.microphone?.lost ?? this.#lost;
  }

  // Beginning

  async startMicrophone(device, wishes) {
    // Two tabs would hear the same.
    if (this.#keeps && !(this.#release = await hold("recording"))) throw new CaptureError("elsewhere");
    try {
      this.store = this.#keeps ? await Store.create() : new MemoryStore({ keeps: false });
      this.store ??= new MemoryStore();
      this.microphone = await Microphone.open(device, wishes, this);
    } catch (error) {
      this.#release?.();
      this.store?.forget();
      throw error;
    }
    this.label = this.microphone.label;
    this.changes = this.microphone.changes;
    this.#screen.changed();
  }

  async startFile(file) {
    this.source = await FileSource.open(file);
    this.label = file.name;
    this.store = new MemoryStore({ keeps: false });
    this.#begin(this.source.format, { whole: true });
    this.link.window = fileWindow;
    this.#feed();
  }

  #begin(format, options) {
    this.session = new Session({ ...format, ...this.#options }, options);
    this.link = new Link(this.session, this);
    this.#save();
    this.#screen.changed();
  }

  /** One that a reload or a crash interrupted, to finish it. */
  static async restore(screen, { store, saved }) {
    const recording = new Recording(screen, {});
    const { session, transcript, label, begun, lost, changes } = saved;
    Object.assign(recording, { store, label, begun, changes });
    recording.#lost = lost;
    recording.transcript = Transcript.restore(transcript);
    const chunks = [];
    const rate = session.settings.sample_rate;
    for await (const bytes of store.parts()) {
      const frames = bytes.length / 2;
      recording.history.push(moment({ levels: measure(bytes), frames, rate }));
      chunks.push({ size: bytes.length, frames });
    }
    recording.#number = chunks.length;
    recording.#kept = session.firstKept - 1;
    recording.session = Session.restore(session, chunks.slice(session.firstKept - 1));
    if (session.receipt) recording.#compare();
    return recording;
  }

  finish() {
    this.session.stopped = true;
    this.link = new Link(this.session, this);
    this.#take();
    this.#screen.changed();
  }

  // Sound

  /** Of the microphone: a chunk. */
  heard(bytes, rate) {
    if (!this.session) this.#begin({ sample_rate: rate, channels: 1, encoding: "s16le" });
    if (this.session.stopped) return;
    const frames = bytes.length / 2;
    const levels = measure(bytes);
    const number = this.#hold(bytes, levels);
    const put = this.store.put(number, bytes);
    // Stored before it is sent, and in order.
    this.#writes = this.#writes.then(() => put).then(() => {
      if (this.#keeps && this.store.isFull && !this.#isFull) this.#screen.told("unstored");
      this.#isFull = this.store.isFull;
      this.session.add(bytes.length, frames);
      this.#take();
      this.link.poke();
    });
    this.#show({ levels, bytes, frames, rate });
  }

  #hold(bytes, levels) {
    this.#number++;
    if (this.#cached < memoryLimit || this.source) {
      this.#cache.set(this.#number, { bytes, levels });
      this.#cached += bytes.length;
    }
    return this.#number;
  }

  #show(chunk) {
    const shown = moment(chunk);
    this.#screen.heard(shown, chunk.bytes);
    this.history.push(shown);
  }

  ended() {
    if (!this.session || this.session.stopped || this.#isStopping) return;
    this.#screen.told("gone", { name: this.label });
    this.stop();
  }

  muted(is) {
    this.#screen.told(is ? "muted" : "");
  }

  /** Of a file: as many chunks as may wait. */
  async #feed() {
    if (this.#isFeeding) return;
    this.#isFeeding = true;
    const { session, source } = this;
    const { rate } = session;
    while (!source.isEnded && !this.failure && this.#number - session.answered < fileWindow) {
      if (this.#number >= this.#stopAt) await source.end();
      const began = session.lostCount;
      const chunk = await source.next();
      if (!chunk || began !== session.lostCount) continue;
      this.#hold(chunk.bytes, chunk.levels);
      session.add(chunk.bytes.length, chunk.frames);
      this.#take();
      this.#show({ ...chunk, rate });
      this.link.poke();
    }
    this.#isFeeding = false;
    if (!source.isEnded || session.stopped) return;
    session.stopped = true;
    this.#screen.changed();
    this.link.poke();
  }

  /** What of the file is sent, from 0 to 1. */
  get progress() {
    return this.source ? Math.min(1, this.session.account.bytes / this.source.size) : null;
  }

  async stop() {
    if (this.source) {
      this.#stopAt = this.#number;
      this.#feed();
      return;
    }
    const { microphone } = this;
    if (!microphone || this.#isStopping) return;
    this.#isStopping = true;
    await microphone.stop();
    this.#lost = microphone.lost;
    await this.#writes;
    this.microphone = null;
    this.session.stopped = true;
    this.#save();
    this.link.poke();
    this.#screen.changed();
  }

  /** Of a chunk, at once or later. */
  bytesOf(number) {
    return this.#cache.get(number)?.bytes ?? this.store.get(number);
  }

  /** The account takes what is there. */
  async #take() {
    if (this.#isTaking) return;
    this.#isTaking = true;
    const { session } = this;
    for (let number; (number = session.unaccounted) !== null;) {
      const held = this.#cache.get(number);
      const bytes = held?.bytes ?? await this.store.get(number);
      if (session.unaccounted === number) session.take(held?.levels ?? measure(bytes), this.source ? null : bytes);
    }
    this.#isTaking = false;
    if (session.receipt && !this.result) this.#compare();
  }

  // The server

  get lastSegment() {
    return this.transcript.last;
  }

  told(kind, reply) {
    const { session } = this;
    if (session.lostCount !== this.#lostCount) this.#renew();
    if (kind === "started") this.transcript.begin(session.shift);
    if (kind === "started" || kind === "resumed") {
      this.why = null;
      this.#isCatching = !this.source && session.behind > behindLimit;
      this.#save();
    }
    if (reply.transcription !== undefined) this.#screen.words(this.transcript.take(reply));
    if (kind === "answered") this.#answered();
    if (kind === "update" && reply.final) this.#save();
    if (kind === "receipt") this.#take();
    if (kind === "away" && reply.text) this.why = reply;
    if (kind === "refused") this.why = { text: reply.error };
    if (kind === "notice") this.#screen.told("server", { text: reply.text });
    if (kind === "ended") this.#fail(reply.error);
    if (!frequent.includes(kind)) this.#screen.changed();
  }

  #answered() {
    const { session } = this;
    if (this.#isCatching && session.behind < behindLimit) {
      this.#isCatching = false;
      this.#screen.changed();
    }
    for (; this.#kept < session.firstKept - 1; this.#kept++) {
      const held = this.#cache.get(this.#kept + 1);
      this.#cached -= held?.bytes.length ?? 0;
      this.#cache.delete(this.#kept + 1);
    }
    this.store.settle(this.#kept);
    if (this.source) this.#feed();
    else if (performance.now() - this.#savedAt > saveEvery) this.#save();
  }

  /** The session was lost. A file begins again. */
  #renew() {
    this.#lostCount = this.session.lostCount;
    this.transcript.begin(this.session.shift, { anew: Boolean(this.source) });
    if (this.source) {
      this.#cache.clear();
      this.#cached = this.#number = this.#kept = 0;
      this.history.length = 0;
      this.source.rewind();
      this.session.stopped = false;
      this.#screen.words(null);
      this.#feed();
    } else {
      this.#take();
    }
  }

  #compare() {
    const { account, processed, dropped, receipt } = this.session;
    if (this.source) account.sha256 = this.source.sha256;
    const rows = compare({ ...account.figures, processed, dropped }, receipt);
    this.result = { rows, agrees: agrees(rows), receipt };
    this.#cache.clear();
    this.#cached = 0;
    this.#over();
  }

  async #fail(error) {
    this.failure = error;
    await this.microphone?.stop();
    this.microphone = null;
    this.session.stopped = true;
    this.#over();
  }

  #over() {
    this.#save();
    this.#release?.();
    this.#release = null;
    this.#screen.changed();
  }

  #save() {
    this.#savedAt = performance.now();
    const { label, begun, changes, lost } = this;
    this.store.save({ begun, label, changes, lost, session: this.session.save(), transcript: this.transcript.save() })
      .catch(() => {});
  }

  // Afterwards

  /** What was recorded, as a WAV file. */
  async wav() {
    if (this.source) return this.source.wav;
    await this.#writes;
    const parts = [];
    let size = 0;
    for await (const bytes of this.store.parts()) {
      parts.push(bytes);
      size += bytes.length;
    }
    return new Blob([header(this.session.settings, size), ...parts], { type: "audio/wav" });
  }

  /** Leaves it: what is on this device is deleted. */
  async forget() {
    this.link?.end();
    this.source?.close();
    await this.microphone?.stop();
    this.#release?.();
    await this.store?.forget();
  }

  /** As JSON, with the names that the client uses. */
  get json() {
    const { session, transcript, source, result } = this;
    const { settings, account } = session;
    const { sample_rate, channels, encoding } = settings;
    return {
      [source ? "file" : "device"]: this.label, sample_rate, channels, encoding, engine: settings.engine,
      language: settings.language, begun: new Date(this.begun).toISOString(), complete: Boolean(result?.agrees),
      chunks: session.count, bytes: account.bytes, duration: this.seconds, answered: session.answered,
      resent: session.resent, lost: this.lost, changes: this.changes, text: transcript.text,
      segments: transcript.segments.map(({ isEstimated, ...segment }, i) => ({ segment: i + 1, ...segment,
        word_times: isEstimated ? "estimated" : "model" })),
      receipt: result?.receipt ?? null,
    };
  }
}
