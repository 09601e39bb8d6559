// A file as chunks: a WAV as it is, with its own hash; others as the browser decodes them.
import { fail } from "./capture.js";
import { measure, sampleBytes } from "./levels.js";
import { header, parse } from "./wav.js";

// Decoding needs twenty times the memory: about an hour, by size.
const [longestFlac, longest] = [300 << 20, 100 << 20];
const decodedRate = 16000;
const chunkBytes = 32 << 10;

async function decode(file) {
	if (file.size > (/\.flac$/i.test(file.name) ? longestFlac : longest)) fail("long");
	const context = new OfflineAudioContext(1, 1, decodedRate);
	const sound = await context.decodeAudioData(await file.arrayBuffer()).catch(() => fail("unknown"));
	const channels = Array.from({ length: sound.numberOfChannels }, (_, i) => sound.getChannelData(i));
	return new Blob([Int16Array.from(channels[0], (_, i) => {
		const x = channels.reduce((total, channel) => total + channel[i], 0) / channels.length;
		return Math.max(-32768, Math.min(32767, Math.round(x * 32768)));
	})]);
}

export class FileSource {
	#at = 0;

	// Opens a file. The cause of an error is the key of its text.
	static async open(file) {
		if (!file.size) fail("empty");
		const wave = parse(new Uint8Array(await file.slice(0, 1 << 20).arrayBuffer()));
		const format = { sample_rate: decodedRate, channels: 1, encoding: "s16le" };
		return wave ? new FileSource(file, wave, true)
			: new FileSource(await decode(file), { format, offset: 0, length: Infinity }, false);
	}

	// Bytes outside of the samples are sent, not measured. `isWhole`: they are the file's own.
	constructor(blob, { format, offset, length }, isWhole) {
		const frame = format.channels * sampleBytes(format.encoding);
		Object.assign(this, { blob, size: blob.size, format, frame, offset, end: offset + length, isWhole });
	}

	async read({ at, size }) {
		return new Uint8Array(await this.blob.slice(at, at + size).arrayBuffer());
	}

	async next() {
		const { frame, offset, end, format } = this;
		const at = this.#at;
		this.#at += (at ? 0 : offset) + Math.floor(chunkBytes / frame) * frame;
		const bytes = await this.read({ at, size: this.#at - at });
		if (!bytes.length) return null;
		const samples = bytes.subarray(Math.max(0, offset - at), Math.max(0, end - at));
		const frames = Math.floor(samples.length / frame);
		return { bytes, size: bytes.length, frames, levels: measure(samples.subarray(0, frames * frame), format.encoding) };
	}

	get wav() { return this.isWhole ? this.blob : new Blob([header(decodedRate, this.size), this.blob]); }
}
