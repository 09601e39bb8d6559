// The header of a WAV file: written for downloads, read to measure what is sent as it is.
import { sampleBytes } from "./levels.js";

// RIFF, WAVE, fmt and data, each with what follows it: 16-bit samples of one channel.
export const header = (rate, bytes) => new Uint32Array([0x46464952, Math.min(bytes + 36, 2 ** 32 - 1), 0x45564157,
	0x20746d66, 16, 0x10001, rate, rate * 2, 0x100002, 0x61746164, Math.min(bytes, 2 ** 32 - 1)]);

const encodings = { "1/8": "u8", "1/16": "s16le", "1/24": "s24le", "1/32": "s32le", "3/32": "f32le", "6/8": "alaw",
	"7/8": "mulaw" };

// Recorders that do not know the length yet write these.
const saysNothing = (length) =>
	length === 0 || (length >= 0x7fffef00 && length <= 0x80000100) || length >= 0xffffef00;

// The format, where the samples begin, and how many bytes of them there are (Infinity: to the end of the file).
// Null for what is no WAV file, or one that has to be decoded.
export function parse(bytes) {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const word = (at) => String.fromCharCode(...bytes.subarray(at, at + 4));
	if (!["RIFF", "RF64", "BW64"].includes(word(0)) || word(8) !== "WAVE") return null;
	let format = null;
	let long = 0;
	for (let at = 12, length; at + 8 <= bytes.length; at += 8 + length + (length & 1)) {
		const name = word(at);
		const body = at + 8;
		length = view.getUint32(at + 4, true);
		if (name === "ds64" && body + 16 <= bytes.length) long = Number(view.getBigUint64(body + 8, true));
		if (name === "fmt " && length >= 16 && body + 16 <= bytes.length) {
			const short = (place) => view.getUint16(body + place, true);
			const kind = short(0) === 0xfffe && length >= 26 ? short(24) : short(0);
			const channels = short(2);
			const encoding = encodings[`${kind}/${short(14)}`];
			if (!encoding || !channels || short(12) !== channels * sampleBytes(encoding)) return null;
			format = { sample_rate: view.getUint32(body + 4, true), channels, encoding };
		}
		if (name === "data") {
			const stated = saysNothing(length) ? Infinity : length;
			return format && { format, offset: body, length: length === 0xffffffff && long ? long : stated };
		}
	}
	return null;
}
