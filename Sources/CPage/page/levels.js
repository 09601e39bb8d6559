// The measurements of the contract: the same sums over the same samples as the server's.

/** Bytes of a sample. */
export const sampleBytes = { u8: 1, s16le: 2, s24le: 3, s32le: 4, f32le: 4, mulaw: 1, alaw: 1 };

/** ITU-T G.711 to 16-bit linear. */
const fromMulaw = (byte) => {
  const code = ~byte & 0xff;
  const value = (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132;
  return code & 0x80 ? -value : value;
};
const fromAlaw = (byte) => {
  const code = byte ^ 0x55;
  const exponent = code >> 4 & 7;
  const value = ((code & 15) << 4) + 8;
  const size = exponent ? value + 256 << exponent - 1 : value;
  return code & 0x80 ? size : -size;
};

/** For each encoding how a sample is read, its full scale, and whether it is clipped. */
const readers = {
  u8: [(view, at) => view.getUint8(at) - 128, 2 ** 7, (x) => x <= -127 || x === 127],
  s24le: [(view, at) => view.getUint16(at, true) + view.getInt8(at + 2) * 65536, 2 ** 23, ends(2 ** 23 - 1)],
  s32le: [(view, at) => view.getInt32(at, true), 2 ** 31, ends(2 ** 31 - 1)],
  f32le: [(view, at) => view.getFloat32(at, true), 1, (x) => !(Math.abs(x) < 1)],
  mulaw: [(view, at) => fromMulaw(view.getUint8(at)), 2 ** 15, ends(32124)],
  alaw: [(view, at) => fromAlaw(view.getUint8(at)), 2 ** 15, ends(32256)],
};

function ends(largest) {
  return (x) => x >= largest || x <= -largest;
}

export const silence = () => ({ samples: 0, squares: 0, peak: 0, clipped: 0 });

/** The levels of whole samples, all channels together. */
export function measure(bytes, encoding = "s16le") {
  if (encoding === "s16le") return measure16(bytes);
  const [read, scale, isClipped] = readers[encoding];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = sampleBytes[encoding];
  const levels = silence();
  levels.samples = Math.floor(bytes.length / size);
  for (let i = 0; i < levels.samples; i++) {
    const value = read(view, i * size);
    if (isClipped(value)) levels.clipped++;
    const x = Number.isFinite(value) ? value / scale : 0;
    levels.squares += x * x;
    levels.peak = Math.max(levels.peak, Math.abs(x));
  }
  return levels;
}

function measure16(bytes) {
  const levels = silence();
  levels.samples = bytes.length >> 1;
  let peak = 0;
  let squares = 0;
  for (let i = 0; i < levels.samples; i++) {
    const x = ((bytes[2 * i] | (bytes[2 * i + 1] << 8)) << 16) >> 16;
    const size = x < 0 ? -x : x;
    squares += x * x;
    if (size > peak) peak = size;
    if (size >= 32767) levels.clipped++;
  }
  levels.squares = squares / 2 ** 30;
  levels.peak = peak / 2 ** 15;
  return levels;
}

export const sum = (a, b) => ({
  samples: a.samples + b.samples,
  squares: a.squares + b.squares,
  peak: Math.max(a.peak, b.peak),
  clipped: a.clipped + b.clipped,
});

export const rms = ({ samples, squares }) => (samples ? Math.sqrt(squares / samples) : 0);

/** Relative to full scale; -Infinity for digital silence. */
export const decibels = (amplitude) => 20 * Math.log10(amplitude);
