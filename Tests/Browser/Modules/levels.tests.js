import { decibels, measure, rms, sampleBytes, silence, sum } from "/page/levels.js";
import { Random, equal, isTrue, near, seed, test } from "/page/checks.js";

const random = new Random(seed);
const bytesOf = (count, write) => {
  const view = new DataView(new ArrayBuffer(count));
  write(view);
  return new Uint8Array(view.buffer);
};
const s16 = (...values) =>
  bytesOf(values.length * 2, (view) => values.forEach((x, i) => view.setInt16(i * 2, x, true)));
const f32 = (...values) =>
  bytesOf(values.length * 4, (view) => values.forEach((x, i) => view.setFloat32(i * 4, x, true)));

/** A sample of each encoding as it is written, and what it is worth. */
const writers = {
  u8: (x) => [Uint8Array.of(x + 128), x / 128],
  s16le: (x) => [s16(x * 256), x / 128],
  s24le: (x) => [Uint8Array.of(3, 5, x & 0xff), (x * 65536 + 5 * 256 + 3) / 2 ** 23],
  s32le: (x) => [bytesOf(4, (view) => view.setInt32(0, x * 2 ** 24 + 7, true)), (x * 2 ** 24 + 7) / 2 ** 31],
  f32le: (x) => [f32(x / 128), x / 128],
};

test("the samples of every encoding are worth what the contract says", () => {
  for (const [encoding, write] of Object.entries(writers)) {
    for (let x = -127; x < 127; x++) {
      const [bytes, value] = write(x);
      equal(bytes.length, sampleBytes(encoding), encoding);
      const levels = measure(bytes, encoding);
      near(levels.peak, Math.abs(value), 1e-12, `${encoding} ${x}`);
      near(rms(levels), Math.abs(value), 1e-12, `${encoding} ${x}`);
      equal(levels.samples, 1, encoding);
    }
  }
});

test("G.711 is decoded as ITU-T has it", () => {
  const peak = (byte, encoding) => measure(Uint8Array.of(byte), encoding).peak * 32768;
  const mulaw = [[0xff, 0], [0x7f, 0], [0x00, 32124], [0x80, 32124], [0xf0, 120], [0x8f, 16764], [0xfe, 8]];
  for (const [byte, value] of mulaw)
    equal(peak(byte, "mulaw"), value, `mulaw ${byte}`);
  for (const [byte, value] of [[0xd5, 8], [0x55, 8], [0xaa, 32256], [0x2a, 32256], [0xd4, 24], [0xc5, 264]])
    equal(peak(byte, "alaw"), value, `alaw ${byte}`);
  for (const encoding of ["mulaw", "alaw"]) {
    const [largest, invert] = encoding === "mulaw" ? [32124, 0xff] : [32256, 0x55];
    let before = -1;
    for (let code = 0; code < 128; code++) {
      const value = peak(code ^ invert, encoding);
      equal(peak((code ^ invert) ^ 0x80, encoding), value, "the other sign");
      isTrue(value > before, `${encoding} ${code} is not above the one before`);
      before = value;
    }
    equal(before, largest, encoding);
  }
});

test("a sample at either end of the scale is clipped, its neighbor is not", () => {
  const count = (bytes, encoding) => measure(bytes, encoding).clipped;
  equal([32767, -32767, -32768, 32766, -32766, 0].map((x) => count(s16(x), "s16le")), [1, 1, 1, 0, 0, 0]);
  equal([0, 1, 2, 128, 254, 255].map((x) => count(Uint8Array.of(x), "u8")), [1, 1, 0, 0, 0, 1]);
  equal([1, -1, 1.5, NaN, Infinity, 0.99999, -0.99999].map((x) => count(f32(x), "f32le")), [1, 1, 1, 1, 1, 0, 0]);
  const s24 = (x) => Uint8Array.of(x & 255, (x >> 8) & 255, (x >> 16) & 255);
  equal([8388607, -8388607, -8388608, 8388606].map((x) => count(s24(x), "s24le")), [1, 1, 1, 0]);
  const s32 = (x) => bytesOf(4, (view) => view.setInt32(0, x, true));
  equal([2147483647, -2147483647, -2147483648, 2147483646].map((x) => count(s32(x), "s32le")), [1, 1, 1, 0]);
  equal([0x00, 0x80, 0x01, 0xff].map((x) => count(Uint8Array.of(x), "mulaw")), [1, 1, 0, 0]);
  equal([0xaa, 0x2a, 0xab, 0xd5].map((x) => count(Uint8Array.of(x), "alaw")), [1, 1, 0, 0]);
});

test("what is no number measures as nothing", () => {
  const levels = measure(f32(NaN, Infinity, -Infinity, 0.5), "f32le");
  equal([levels.samples, levels.peak, levels.clipped], [4, 0.5, 3]);
  near(rms(levels), 0.25, 1e-12);
});

test("the levels of parts add up to those of the whole", () => {
  for (const encoding of ["u8", "s16le", "s24le", "s32le", "mulaw", "alaw"]) {
    const size = sampleBytes(encoding);
    const bytes = random.bytes(size * 500);
    const split = size * random.whole(0, 500);
    const whole = measure(bytes, encoding);
    const parts = sum(measure(bytes.subarray(0, split), encoding), measure(bytes.subarray(split), encoding));
    equal([parts.samples, parts.peak, parts.clipped], [whole.samples, whole.peak, whole.clipped], encoding);
    near(rms(parts), rms(whole), 1e-9, encoding);
  }
});

test("bytes that begin anywhere in a buffer are measured, and those after the last whole sample are not", () => {
  const bytes = Uint8Array.of(9, 9, 9, 0, 64, 0, 192, 77);
  const levels = measure(bytes.subarray(3), "s16le");
  equal([levels.samples, levels.peak], [2, 0.5]);
});

test("silence has no level", () => {
  equal(rms(silence), 0);
  equal(decibels(rms(measure(s16(0, 0, 0)))), -Infinity);
  near(decibels(0.5), -6.0206, 1e-4);
  equal(measure(new Uint8Array(0)), silence);
});
