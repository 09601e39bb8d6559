// A file as chunks: a WAV as it is, so that the receipt's hash is the file's own; others as the browser decodes them.
import { fail } from "./capture.js";
import { measure, sampleBytes } from "./levels.js";
import { header, parse } from "./wav.js";

/** Decoding needs twenty times the memory of what it decodes: about an hour, by size. */
const longest = { flac: 300 << 20, other: 100 << 20 };
/** Of decoded files: what recognizers take. */
const decodedRate = 16000;
/** Bytes of a chunk, about. */
const chunkBytes = 32 << 10;

async function decode(file) {
  if (file.size > longest[/\.flac$/i.test(file.name) ? "flac" : "other"]) fail("long");
  const context = new OfflineAudioContext(1, 1, decodedRate);
  const sound = await context.decodeAudioData(await file.arrayBuffer()).catch(() => fail("unknown"));
  const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
  return new Blob([Int16Array.from(channels[0], (_, i) => {
    const x = channels.reduce((total, channel) => total + channel[i], 0) / channels.length;
    return Math.max(-32768, Math.min(32767, Math.round(x * 32768)));
  })]);
}

export class FileSource {
  #blob;
  #begin;
  #end;
  #frame;
  #at = 0;

  /** Opens a file. The cause of an error is the key of its text. */
  static async open(file) {
    if (!file.size) fail("empty");
    const wave = parse(new Uint8Array(await file.slice(0, 1 << 20).arrayBuffer()));
    if (wave) return new FileSource(file, file, wave);
    const format = { sample_rate: decodedRate, channels: 1, encoding: "s16le" };
    return new FileSource(file, await decode(file), { format, offset: 0, length: Infinity });
  }

  /** Only the bytes between `offset` and the end of `length` are samples. The others are sent, but not measured. */
  constructor(file, blob, { format, offset, length }) {
    Object.assign(this, { format, size: blob.size });
    this.#blob = blob;
    this.#begin = offset;
    this.#end = offset + length;
    this.#frame = format.channels * sampleBytes(format.encoding);
    /** The chunks are the file's own bytes. */
    this.isWhole = blob === file;
  }

  /** The bytes of a chunk. */
  async read({ at, size }) {
    return new Uint8Array(await this.#blob.slice(at, at + size).arrayBuffer());
  }

  /** The next chunk. Null after the last. */
  async next() {
    const at = this.#at;
    const size = (at ? 0 : this.#begin) + Math.floor(chunkBytes / this.#frame) * this.#frame;
    this.#at += size;
    const bytes = await this.read({ at, size });
    if (!bytes.length) return null;
    const samples = bytes.subarray(Math.max(0, this.#begin - at), Math.max(0, this.#end - at));
    const frames = Math.floor(samples.length / this.#frame);
    const levels = measure(samples.subarray(0, frames * this.#frame), this.format.encoding);
    return { bytes, size: bytes.length, frames, levels };
  }

  /** As a WAV file. */
  get wav() {
    return this.isWhole ? this.#blob : new Blob([header(decodedRate, this.size), this.#blob]);
  }
}
