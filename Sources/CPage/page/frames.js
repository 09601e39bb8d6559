// The microphone's frames to chunks of a tenth of a second, in a worker that reads the track or in a worklet, where a
// busy page does not disturb them. A message ends it.

class Chunker {
	#frames = 0;
	#filled = 0;
	#samples;
	#port;

	constructor(rate, port) {
		this.rate = rate;
		this.#port = port;
		this.#samples = new Int16Array(Math.round(rate / 10));
	}

	take(channels) {
		const length = channels[0]?.length ?? 0;
		for (let i = 0; i < length; i++) {
			let x = 0;
			for (const channel of channels) x += channel[i];
			x = Math.round((x / channels.length) * 32768);
			this.#samples[this.#filled++] = Math.max(-32768, Math.min(32767, x));
			this.#frames++;
			if (this.#filled === this.#samples.length) this.give();
		}
	}

	give(isLast = false) {
		const bytes = new Uint8Array(this.#samples.slice(0, this.#filled).buffer);
		this.#filled = 0;
		this.#port.postMessage({ bytes, rate: this.rate, frames: this.#frames, isLast }, [bytes.buffer]);
	}
}

async function readTrack(readable) {
	const reader = readable.getReader();
	onmessage = () => reader.cancel();
	let chunker = null;
	for (;;) {
		const { value } = await reader.read().catch(() => ({}));
		chunker ??= value && new Chunker(value.sampleRate, globalThis);
		// Another rate is another microphone.
		if (value?.sampleRate !== chunker?.rate || !value) return chunker?.give(true);
		const channels = Array.from({ length: value.numberOfChannels }, (_, planeIndex) => {
			const samples = new Float32Array(value.numberOfFrames);
			value.copyTo(samples, { planeIndex, format: "f32-planar" });
			return samples;
		});
		value.close();
		chunker.take(channels);
	}
}

if (globalThis.registerProcessor) {
	registerProcessor("frames", class extends AudioWorkletProcessor {
		#chunker = new Chunker(sampleRate, this.port);
		#isOver = false;

		constructor() {
			super();
			this.port.onmessage = () => {
				this.#isOver = true;
				this.#chunker.give(true);
			};
		}

		process([channels]) {
			if (!this.#isOver) this.#chunker.take(channels);
			return !this.#isOver;
		}
	});
} else {
	onmessage = ({ data }) => readTrack(data);
}
