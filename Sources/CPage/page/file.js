// A file as chunks: a WAV as it is, so that the receipt's hash is the file's own; others as the browser decodes them.
import { startWorker } from "./start-worker.js";
import { header, parse } from "./wav.js";

/** Decoding needs twenty times the memory of what it decodes: about an hour, by size. */
const longest = { flac: 300 << 20, other: 100 << 20 };
/** Of decoded files: what recognizers take. */
const decodedRate = 16000;

export class FileError extends Error {
  /** empty, long or unknown */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

async function decode(file) {
  if (file.size > longest[/\.flac$/i.test(file.name) ? "flac" : "other"]) throw new FileError("long");
  let sound;
  try {
    const context = new OfflineAudioContext(1, 1, decodedRate);
    sound = await context.decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new FileError("unknown");
  }
  const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
  const samples = Int16Array.from(channels[0], (_, i) => {
    const x = channels.reduce((total, channel) => total + channel[i], 0) / channels.length;
    return Math.max(-32768, Math.min(32767, Math.round(x * 32768)));
  });
  return new Blob([samples]);
}

export class FileSource {
  sha256 = null;
  isEnded = false;
  #worker = startWorker();
  #waiting = [];
  #turn = 0;

  /** Opens a file, or throws a FileError. */
  static async open(file) {
    if (!file.size) throw new FileError("empty");
    const wave = parse(new Uint8Array(await file.slice(0, 1 << 20).arrayBuffer()));
    if (wave) return new FileSource(file, file, wave, true);
    const format = { sample_rate: decodedRate, channels: 1, encoding: "s16le" };
    return new FileSource(file, await decode(file), { format, offset: 0, length: Infinity }, false);
  }

  constructor(file, blob, { format, offset, length }, isWhole) {
    this.file = file;
    this.format = format;
    /** The chunks are the file's own bytes. */
    this.isWhole = isWhole;
    this.size = blob.size;
    this.blob = blob;
    this.#worker.onmessage = ({ data }) => this.#waiting.shift()?.(data);
    this.#ask({ job: "file", blob, offset, length, format });
  }

  #ask(message) {
    this.#worker.postMessage(message);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next chunk: bytes, frames, levels. Null after the last. */
  async next() {
    if (this.isEnded) return null;
    const turn = this.#turn;
    const chunk = await this.#ask("next");
    if (chunk.isLast && turn === this.#turn) await this.end();
    return chunk;
  }

  /** No more is read: the hash is of what was. */
  async end() {
    this.isEnded = true;
    this.sha256 = (await this.#ask("end")).sha256;
  }

  /** Begins again. */
  rewind() {
    this.#turn++;
    this.isEnded = false;
    this.sha256 = null;
    this.#worker.postMessage("rewind");
  }

  close() {
    this.#worker.terminate();
  }

  /** As a WAV file. */
  get wav() {
    return this.isWhole ? this.file : new Blob([header(this.format, this.blob.size), this.blob]);
  }
}
