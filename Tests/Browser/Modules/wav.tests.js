import { header, parse } from "/page/wav.js";
import { Random, equal, isTrue, seed, test } from "/page/checks.js";

const random = new Random(seed);
const ascii = (text) => [...text].map((c) => c.charCodeAt(0));
const u16 = (x) => [x & 255, x >> 8];
const u32 = (x) => [x & 255, (x >>> 8) & 255, (x >>> 16) & 255, x >>> 24];
const chunk = (name, body, length = body.length) =>
  [...ascii(name), ...u32(length), ...body, ...(body.length & 1 ? [0] : [])];
const format = (kind, channels, rate, bits) => {
  const frame = (channels * bits) / 8;
  return [...u16(kind), ...u16(channels), ...u32(rate), ...u32(rate * frame), ...u16(frame), ...u16(bits)];
};
const riff = (...chunks) => Uint8Array.from([...ascii("RIFF"), ...u32(0), ...ascii("WAVE"), ...chunks.flat()]);

test("what is written can be read, and is that of every WAV file", () => {
  for (const sample_rate of [8000, 44100, 384000]) {
    const bytes = new Uint8Array(header(sample_rate, 600).buffer);
    equal(parse(bytes), { format: { sample_rate, channels: 1, encoding: "s16le" }, offset: 44, length: 600 });
  }
  const bytes = new Uint8Array(header(16000, 6).buffer);
  equal([...bytes], [...riff(chunk("fmt ", format(1, 1, 16000, 16)), [...ascii("data"), ...u32(6)])].with(4, 42));
});

test("a header too long for 32 bits does not turn over", () => {
  const { length } = parse(new Uint8Array(header(48000, 2 ** 33).buffer));
  equal(length, Infinity);
});

test("chunks before the samples are passed over, also those of odd length", () => {
  const bytes = riff(chunk("LIST", [1, 2, 3]), chunk("fmt ", format(1, 2, 48000, 24)), chunk("fact", [0, 0, 0, 0]),
    chunk("data", [0, 0, 0, 0, 0, 0]));
  equal(parse(bytes),
    { format: { sample_rate: 48000, channels: 2, encoding: "s24le" }, offset: bytes.length - 6, length: 6 });
});

test("the extensible form and G.711 are read", () => {
  const guid = (kind) => [...u16(kind), 0, 0, 0, 0, 16, 0, 128, 0, 0, 170, 0, 56, 155, 113];
  const extensible = (kind, bits) =>
    [...format(0xfffe, 1, 16000, bits), ...u16(22), ...u16(bits), ...u32(4), ...guid(kind)];
  const read = (body) => parse(riff(chunk("fmt ", body), chunk("data", [0, 0, 0, 0])))?.format.encoding;
  equal([read(extensible(1, 16)), read(extensible(3, 32)), read(extensible(1, 32))], ["s16le", "f32le", "s32le"]);
  equal([read(format(6, 1, 8000, 8)), read(format(7, 1, 8000, 8))], ["alaw", "mulaw"]);
});

test("lengths of recorders that do not know it yet say nothing", () => {
  const length = (stated) => parse(riff(chunk("fmt ", format(1, 1, 8000, 16)), chunk("data", [0, 0], stated))).length;
  for (const stated of [0, 0x7fffef00, 0x80000000, 0x80000100, 0xffffef00, 0xffffffff])
    equal(length(stated), Infinity, stated);
  for (const stated of [2, 0x7fffeeff, 0x80000101, 0xffffeeff]) equal(length(stated), stated, stated);
});

test("what is no WAV file, or one that has to be decoded, is told apart", () => {
  const wrong = {
    nothing: new Uint8Array(0), text: Uint8Array.from(ascii("hello, this is no sound at all, only letters")),
    ogg: Uint8Array.from(ascii("OggS".padEnd(60))),
    adpcm: riff(chunk("fmt ", format(2, 1, 8000, 4)), chunk("data", [0])),
    "no format": riff(chunk("data", [0, 0])), "no samples": riff(chunk("fmt ", format(1, 1, 8000, 16))),
    "no channels": riff(chunk("fmt ", format(1, 0, 8000, 16)), chunk("data", [0, 0])),
    avi: Uint8Array.from([...ascii("RIFF"), 0, 0, 0, 0, ...ascii("AVI LIST"), 0, 0, 0, 0]),
  };
  for (const [name, bytes] of Object.entries(wrong)) equal(parse(bytes), null, name);
});

test("a header that was cut or scrambled is never an exception", () => {
  const whole =
    riff(chunk("LIST", [1, 2, 3]), chunk("fmt ", format(1, 2, 48000, 24)), chunk("data", [0, 0, 0, 0, 0, 0]));
  for (let length = 0; length < whole.length; length++) parse(whole.subarray(0, length));
  for (let round = 0; round < 3000; round++) {
    const bytes = whole.slice();
    for (let times = random.whole(1, 6); times > 0; times--)
      bytes[random.whole(12, bytes.length - 1)] = random.whole(0, 255);
    const found = parse(bytes);
    isTrue(!found || found.offset <= bytes.length + 8, "samples begin outside of the file");
  }
});
