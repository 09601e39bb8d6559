// The microphone as it is, without a frame lost, or how many were.

// Milliseconds: a context without a sound output never runs, and headsets take their time.
const [contextPatience, devicePatience] = [3000, 10000];
// Milliseconds of sound that are on their way to the page, and seconds that they may take.
const [underWay, patience] = [250, 5];

const failure = (cause) => Error(cause, { cause });
// The cause of an error is the key of its text.
export const fail = (cause) => { throw failure(cause); };
const reasons = { NotAllowedError: "refused", SecurityError: "refused", NotReadableError: "taken",
	AbortError: "taken" };

const address = new URL("frames.js", import.meta.url).pathname;
const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => address });

export const canCapture = () => isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

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

// `wishes`: the browser may change level, noise, echo. `owner` has heard(bytes, rate), ended() and muted(is).
export async function openMicrophone(deviceId, { level, noise, echo }, owner) {
	if (!canCapture()) fail("insecure");
	const audio = { echoCancellation: echo, noiseSuppression: noise, autoGainControl: level,
		channelCount: { ideal: 1 }, ...(deviceId && { deviceId: { exact: deviceId } }) };
	const stream = await navigator.mediaDevices.getUserMedia({ audio })
		.catch(({ name }) => fail(reasons[name] ?? "missing"));
	const [track] = stream.getAudioTracks();
	const hasFrames = "MediaStreamTrackProcessor" in globalThis;
	const context = hasFrames ? null : new AudioContext({ latencyHint: "playback" });
	const ended = Promise.withResolvers();
	let port = null;
	let first = null;
	let comparedAt = 0;
	let gaps = [];
	track.onended = () => owner.ended();
	track.onmute = () => owner.muted(true);
	track.onunmute = () => owner.muted(false);
	try {
		port = hasFrames ? readTrack(track) : await runWorklet(context, stream);
		await new Promise((started, failed) => {
			port.onerror = () => failed(failure("broken"));
			port.onmessage = ({ data: { bytes, rate, frames, isLast } }) => {
				if (bytes.length) {
					compare(frames * 1000 / rate);
					started();
					owner.heard(bytes, rate);
				}
				if (!isLast) return;
				ended.resolve();
				owner.ended();
			};
			const [wait, cause] = hasFrames ? [devicePatience, "nothing"] : [contextPatience, "output"];
			setTimeout(() => failed(failure(cause)), wait);
		});
	} catch (error) {
		release();
		throw error;
	}
	// What the browser does to the sound, whatever it was asked.
	const is = track.getSettings();
	return {
		label: track.label,
		changes: { level: is.autoGainControl, noise: is.noiseSuppression, echo: is.echoCancellation },

		// Seconds that the device gave and the page never saw. What is only late comes soon.
		get lost() { return gaps.length < patience ? 0 : Math.max(0, Math.min(...gaps)) / 1000; },

		// What was recorded until now is heard before.
		async stop() {
			port.postMessage("stop");
			await Promise.race([ended.promise, new Promise((resolve) => setTimeout(resolve, 1000))]);
			release();
		},
	};

	// Once a second: what the device has given, or else the time that passed, and what came of it.
	function compare(received) {
		const now = performance.now();
		const given = track.stats?.deliveredFramesDuration ?? now;
		first ??= given - received;
		if (now - comparedAt < 1000) return;
		comparedAt = now;
		gaps = [given - first - received - underWay, ...gaps].slice(0, patience);
	}

	function release() {
		track.onended = null;
		track.stop();
		context?.close();
		port?.terminate?.();
	}
}
