// A file as chunks: a WAV as it is, with its own hash; others as the browser decodes them.
import { fail } from "./capture.js";
import { measure, sampleBytes } from "./levels.js";
import { header, parse } from "./wav.js";

// Decoding needs twenty times the memory: about an hour, by size.
const [longestFlac, longest] = [300 << 20, 100 << 20];
const decodedRate = 16000;
const chunkBytes = 32 << 10;
const headBytes = 1 << 20;

async function decode(file) {
	if (file.size > (/\.flac$/i.test(file.name) ? longestFlac : longest)) fail("long");
	const context = new OfflineAudioContext(1, 1, decodedRate);
	const sound = await context.decodeAudioData(await file.arrayBuffer()).catch(() => fail("unknown"));
	const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
	const samples = Int16Array.from(channels[0], (_, i) => {
		const x = channels.reduce((total, channel) => total + channel[i], 0) / channels.length;
		return Math.max(-32768, Math.min(32767, Math.round(x * 32768)));
	});
	return new Blob([header(decodedRate, samples.byteLength), samples]);
}

const read = async (blob, at, size) => new Uint8Array(await blob.slice(at, at + size).arrayBuffer());

export async function openFile(file) {
	if (!file.size) fail("empty");
	const own = parse(await read(file, 0, headBytes));
	const wav = own ? file : await decode(file);
	const { format, offset, length } = own ?? parse(await read(wav, 0, headBytes));
	const frame = format.channels * sampleBytes(format.encoding);
	let next = 0;
	return {
		wav, format, size: wav.size,
		// Its bytes are the file's own.
		isWhole: own !== null,
		read: ({ at, size }) => read(wav, at, size),
		// Bytes outside of the samples are sent, not measured.
		async next() {
			const at = next;
			next += (at ? 0 : offset) + Math.floor(chunkBytes / frame) * frame;
			const bytes = await read(wav, at, next - at);
			if (!bytes.length) return null;
			const samples = bytes.subarray(Math.max(0, offset - at), Math.max(0, offset + length - at));
			const frames = Math.floor(samples.length / frame);
			const levels = measure(samples.subarray(0, frames * frame), format.encoding);
			return { bytes, size: bytes.length, frames, levels };
		},
	};
}
