// The microphone's frames to chunks of a tenth of a second, in a worker that reads the track or in a worklet, where a
// busy page does not disturb them. A message ends it.

function chunker(rate, port) {
	const samples = new Int16Array(Math.round(rate / 10));
	let filled = 0;
	let frames = 0;

	function give(isLast = false) {
		const bytes = new Uint8Array(samples.slice(0, filled).buffer);
		filled = 0;
		port.postMessage({ bytes, rate, frames, isLast }, [bytes.buffer]);
	}

	function take(channels) {
		const length = channels[0]?.length ?? 0;
		for (let i = 0; i < length; i++) {
			let x = 0;
			for (const channel of channels) x += channel[i];
			x = Math.round((x / channels.length) * 32768);
			samples[filled++] = Math.max(-32768, Math.min(32767, x));
			frames++;
			if (filled === samples.length) give();
		}
	}

	return { rate, give, take };
}

async function readTrack(readable) {
	const reader = readable.getReader();
	onmessage = () => reader.cancel();
	let chunks = null;
	for (;;) {
		const { value } = await reader.read().catch(() => ({}));
		chunks ??= value && chunker(value.sampleRate, globalThis);
		// Another rate is another microphone.
		if (value?.sampleRate !== chunks?.rate || !value) return chunks?.give(true);
		const channels = Array.from({ length: value.numberOfChannels }, (_, planeIndex) => {
			const samples = new Float32Array(value.numberOfFrames);
			value.copyTo(samples, { planeIndex, format: "f32-planar" });
			return samples;
		});
		value.close();
		chunks.take(channels);
	}
}

if (globalThis.registerProcessor) {
	registerProcessor("frames", class extends AudioWorkletProcessor {
		#chunks = chunker(sampleRate, this.port);
		#isOver = false;

		constructor() {
			super();
			this.port.onmessage = () => {
				this.#isOver = true;
				this.#chunks.give(true);
			};
		}

		process([channels]) {
			if (!this.#isOver) this.#chunks.take(channels);
			return !this.#isOver;
		}
	});
} else {
	onmessage = ({ data }) => readTrack(data);
}
