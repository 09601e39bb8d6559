// The header of a WAV file: written for downloads, read so that the page can measure what it sends as it is.
import { sampleBytes } from "./levels.js";

/** A header of 44 bytes for PCM samples. */
export function header({ sample_rate, channels, encoding }, dataBytes) {
  const size = sampleBytes[encoding];
  const view = new DataView(new ArrayBuffer(44));
  const text = (at, word) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, Math.min(dataBytes + 36, 2 ** 32 - 1), true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, encoding === "f32le" ? 3 : 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sample_rate, true);
  view.setUint32(28, sample_rate * channels * size, true);
  view.setUint16(32, channels * size, true);
  view.setUint16(34, 8 * size, true);
  text(36, "data");
  view.setUint32(40, Math.min(dataBytes, 2 ** 32 - 1), true);
  return new Uint8Array(view.buffer);
}

const encodings = { "1/8": "u8", "1/16": "s16le", "1/24": "s24le", "1/32": "s32le", "3/32": "f32le", "6/8": "alaw",
  "7/8": "mulaw" };

/** Recorders that do not know the length yet write these. */
const saysNothing = (length) =>
  length === 0 || (length >= 0x7fffef00 && length <= 0x80000100) || length >= 0xffffef00;

/**
 * The format, where the samples begin, and how many bytes of them there are (Infinity: to the end of the file).
 * Null for what is no WAV file, or one that has to be decoded.
 */
export function parse(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || !["RIFF", "RF64", "BW64"].includes(word(0)) || word(8) !== "WAVE") return null;
  let format = null;
  let long = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = word(at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === "ds64" && body + 16 <= bytes.length) long = Number(view.getBigUint64(body + 8, true));
    if (name === "fmt " && length >= 16 && body + 16 <= bytes.length) {
      const extensible = view.getUint16(body, true) === 0xfffe && length >= 26;
      const kind = view.getUint16(extensible ? body + 24 : body, true);
      const bits = view.getUint16(body + 14, true);
      const channels = view.getUint16(body + 2, true);
      const encoding = encodings[`${kind}/${bits}`];
      const frame = channels * sampleBytes[encoding];
      if (!encoding || !channels || view.getUint16(body + 12, true) !== frame) return null;
      format = { sample_rate: view.getUint32(body + 4, true), channels, encoding };
    }
    if (name === "data") {
      if (!format) return null;
      const stated = length === 0xffffffff && long ? long : length;
      return { format, offset: body, length: saysNothing(length) && stated === length ? Infinity : stated };
    }
    at = body + length + (length & 1);
  }
  return null;
}
