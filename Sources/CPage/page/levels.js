// The measurements of the contract: the same sums as the server's.

// ITU-T G.711 to 16-bit linear, without the sign.
function fromMulaw(byte) {
	const code = ~byte;
	return (((code & 15) << 3) + 132 << (code >> 4 & 7)) - 132;
}
function fromAlaw(byte) {
	const code = byte ^ 0x55;
	const exponent = code >> 4 & 7;
	return ((code & 15) << 4) + (exponent ? 264 : 8) << Math.max(0, exponent - 1);
}

// Of each encoding: bytes of a sample, how it is read, full scale, and from where on it is clipped.
const encodings = {
	u8: [1, (view, at) => view.getUint8(at) - 128, 2 ** 7, 127],
	s16le: [2, (view, at) => view.getInt16(at, true), 2 ** 15, 2 ** 15 - 1],
	s24le: [3, (view, at) => view.getUint16(at, true) + view.getInt8(at + 2) * 65536, 2 ** 23, 2 ** 23 - 1],
	s32le: [4, (view, at) => view.getInt32(at, true), 2 ** 31, 2 ** 31 - 1],
	f32le: [4, (view, at) => view.getFloat32(at, true), 1, 1],
	mulaw: [1, (view, at) => fromMulaw(view.getUint8(at)), 2 ** 15, 32124],
	alaw: [1, (view, at) => fromAlaw(view.getUint8(at)), 2 ** 15, 32256],
};

export const sampleBytes = (encoding) => encodings[encoding]?.[0];

export const silence = { samples: 0, squares: 0, peak: 0, clipped: 0 };

export function measure(bytes, encoding = "s16le") {
	const [size, read, scale, limit] = encodings[encoding];
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const levels = { ...silence, samples: Math.floor(bytes.length / size) };
	for (let i = 0; i < levels.samples; i++) {
		const value = Math.abs(read(view, i * size));
		if (!(value < limit)) levels.clipped++;
		const x = Number.isFinite(value) ? value / scale : 0;
		levels.squares += x * x;
		if (x > levels.peak) levels.peak = x;
	}
	return levels;
}

export const sum = (a, b) => ({
	samples: a.samples + b.samples,
	squares: a.squares + b.squares,
	peak: Math.max(a.peak, b.peak),
	clipped: a.clipped + b.clipped,
});

export const rms = ({ samples, squares }) => (samples ? Math.sqrt(squares / samples) : 0);

// Relative to full scale; -Infinity for digital silence.
export const decibels = (amplitude) => 20 * Math.log10(amplitude);
