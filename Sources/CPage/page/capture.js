// The microphone as it is, without a frame lost, or how many were.

// Milliseconds: a context without a sound output never runs, and headsets take their time.
const contextPatience = 3000;
const devicePatience = 10000;
// Milliseconds of sound that are on their way to the page, and seconds that they may take.
const underWay = 250;
const patience = 5;

// An error whose cause is the key of its text.
export const fail = (cause) => { throw Error(cause, { cause }); };
const reasons = { NotAllowedError: "refused", SecurityError: "refused", NotReadableError: "taken",
	AbortError: "taken" };

const address = new URL("frames.js", import.meta.url).pathname;
const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => address });

export const canCapture = () => isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

export async function microphones() {
	const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
	return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId);
}

export async function mayAlready() {
	const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
	return permission?.state === "granted";
}

function readTrack(track) {
	const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 });
	const worker = new Worker(policy?.createScriptURL("") ?? address);
	worker.postMessage(readable, [readable]);
	return worker;
}

async function runWorklet(context, stream) {
	await context.audioWorklet.addModule(address).catch(() => fail("broken"));
	const node = new AudioWorkletNode(context, "frames");
	context.createMediaStreamSource(stream).connect(node).connect(context.destination);
	context.resume();
	return node.port;
}

export class Microphone {
	#track;
	#owner;
	#context = null;
	#port = null;
	#ended = Promise.withResolvers();
	#first = null;
	#comparedAt = 0;
	#gaps = [];

	// `wishes`: the browser may change level, noise, echo. `owner` has heard(bytes, rate), ended() and muted(is).
	static async open(deviceId, { level, noise, echo }, owner) {
		if (!canCapture()) fail("insecure");
		const audio = { echoCancellation: echo, noiseSuppression: noise, autoGainControl: level,
			channelCount: { ideal: 1 }, ...(deviceId && { deviceId: { exact: deviceId } }) };
		const stream = await navigator.mediaDevices.getUserMedia({ audio })
			.catch(({ name }) => fail(reasons[name] ?? "missing"));
		const microphone = new Microphone(stream.getAudioTracks()[0], owner);
		try {
			await microphone.#begin(stream);
			return microphone;
		} catch (error) {
			microphone.#release();
			throw error;
		}
	}

	constructor(track, owner) {
		this.#track = track;
		this.#owner = owner;
		this.label = track.label;
		// What the browser does to the sound, whatever it was asked.
		const is = track.getSettings();
		this.changes = { level: is.autoGainControl, noise: is.noiseSuppression, echo: is.echoCancellation };
		track.onended = () => owner.ended();
		track.onmute = () => owner.muted(true);
		track.onunmute = () => owner.muted(false);
	}

	async #begin(stream) {
		const hasFrames = "MediaStreamTrackProcessor" in globalThis;
		if (!hasFrames) this.#context = new AudioContext({ latencyHint: "playback" });
		const port = this.#port = hasFrames ? readTrack(this.#track) : await runWorklet(this.#context, stream);
		await new Promise((started, failed) => {
			const refuse = (cause) => failed(Error(cause, { cause }));
			port.onerror = () => refuse("broken");
			port.onmessage = ({ data: { bytes, rate, frames, isLast } }) => {
				if (bytes.length) {
					this.#note(frames * 1000 / rate);
					started();
					this.#owner.heard(bytes, rate);
				}
				if (!isLast) return;
				this.#ended.resolve();
				this.#owner.ended();
			};
			setTimeout(refuse, hasFrames ? devicePatience : contextPatience, hasFrames ? "nothing" : "output");
		});
	}

	// Once a second: what the device has given, or else the time that passed, and what came of it.
	#note(received) {
		const now = performance.now();
		const given = this.#track.stats?.deliveredFramesDuration ?? now;
		this.#first ??= given - received;
		if (now - this.#comparedAt < 1000) return;
		this.#comparedAt = now;
		this.#gaps = [given - this.#first - received - underWay, ...this.#gaps].slice(0, patience);
	}

	// Seconds that the device gave and the page never saw. What is only late comes soon.
	get lost() { return this.#gaps.length < patience ? 0 : Math.max(0, Math.min(...this.#gaps)) / 1000; }

	// Ends it. What was recorded until now is heard before.
	async stop() {
		this.#port.postMessage("stop");
		await Promise.race([this.#ended.promise, new Promise((resolve) => setTimeout(resolve, 1000))]);
		this.#release();
	}

	#release() {
		this.#track.onended = null;
		this.#track.stop();
		this.#context?.close();
		this.#port?.terminate?.();
	}
}
