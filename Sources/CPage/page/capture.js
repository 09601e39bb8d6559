// The microphone: which, as it is, without a frame lost, or how many were.
import { startWorker } from "./start-worker.js";

/** A context that does not run by then has no sound output to be clocked by. */
const contextPatience = 3000;
/** Some headsets take their time. */
const devicePatience = 10000;
/** Seconds that are on their way between the device and the page. */
const underWay = 0.25;
/** Seconds that it may take them. */
const patience = 5;

export class CaptureError extends Error {
  /** insecure, refused, missing, taken, output or nothing */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const reasons = { NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing",
  OverconstrainedError: "missing", NotReadableError: "taken", AbortError: "taken" };

export const canCapture = () => isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);

/** Those there are. Without permission they have no names. */
export async function microphones() {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []) ?? [];
  return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId);
}

export async function mayAlready() {
  const permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
  return permission?.state === "granted";
}

export class Microphone {
  rate = 0;
  #track;
  #context = null;
  #port;
  #ended;
  #delivered = 0;
  #startedAt = 0;
  #received = 0;
  #comparedAt = 0;
  #gaps = [];

  /** `wishes`: the browser may change level, noise, echo. `owner` has heard(bytes, rate), ended() and muted(is). */
  static async open(deviceId, wishes, owner) {
    if (!canCapture()) throw new CaptureError("insecure");
    const audio = { echoCancellation: wishes.echo, noiseSuppression: wishes.noise, autoGainControl: wishes.level,
      channelCount: { ideal: 1 } };
    if (deviceId) audio.deviceId = { exact: deviceId };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      throw new CaptureError(reasons[error.name] ?? "missing");
    }
    const microphone = new Microphone(stream.getAudioTracks()[0], owner);
    try {
      await microphone.#begin(stream);
    } catch (error) {
      microphone.#release();
      throw error;
    }
    return microphone;
  }

  constructor(track, owner) {
    this.#track = track;
    this.owner = owner;
    track.onended = () => owner.ended();
    track.onmute = () => owner.muted(true);
    track.onunmute = () => owner.muted(false);
  }

  get label() {
    return this.#track.label;
  }

  /** What the browser does to the sound, whatever it was asked. */
  get changes() {
    const is = this.#track.getSettings();
    return { level: is.autoGainControl, noise: is.noiseSuppression, echo: is.echoCancellation };
  }

  async #begin(stream) {
    const port = globalThis.MediaStreamTrackProcessor ? this.#readTrack() : await this.#runWorklet(stream);
    this.#port = port;
    return new Promise((started, failed) => {
      this.#ended = new Promise((ended) => {
        port.onmessage = ({ data }) => {
          if (data.rate) this.rate = data.rate;
          if (data.rate && !this.#context) started();
          if (data.bytes?.length) {
            this.#note(data.frames);
            started();
            this.owner.heard(data.bytes, this.rate);
          }
          if (data.ended) ended();
          if (data.ended) this.owner.ended();
        };
      });
      if (this.#context) setTimeout(() => failed(new CaptureError("output")), contextPatience);
      else setTimeout(() => failed(new CaptureError("nothing")), devicePatience);
    });
  }

  #readTrack() {
    const { readable } = new MediaStreamTrackProcessor({ track: this.#track, maxBufferSize: 1000 });
    const worker = startWorker();
    worker.postMessage({ job: "track", frames: readable }, [readable]);
    return worker;
  }

  async #runWorklet(stream) {
    const context = new AudioContext({ latencyHint: "playback" });
    this.#context = context;
    await context.audioWorklet.addModule(new URL("capture-worklet.js", import.meta.url).pathname);
    const node = new AudioWorkletNode(context, "capture");
    context.createMediaStreamSource(stream).connect(node).connect(context.destination);
    context.resume();
    return node.port;
  }

  #note(frames) {
    this.#received = frames / this.rate;
    const now = performance.now();
    if (this.#startedAt && now - this.#comparedAt > 1000) {
      this.#compare();
      this.#comparedAt = now;
    }
    if (this.#startedAt) return;
    this.#startedAt = performance.now() / 1000 - this.#received;
    this.#delivered = (this.#track.stats?.deliveredFramesDuration ?? 0) / 1000 - this.#received;
  }

  /** Once a second. What only comes late is there soon after; what is lost stays lost. */
  #compare() {
    const delivered = this.#track.stats?.deliveredFramesDuration;
    const given = delivered === undefined
      ? performance.now() / 1000 - this.#startedAt : delivered / 1000 - this.#delivered;
    this.#gaps = [...this.#gaps.slice(1 - patience), given - this.#received - underWay];
  }

  /** Seconds that the device gave and the page never saw: no receipt can know of them. */
  get lost() {
    return this.#gaps.length < patience ? 0 : Math.max(0, Math.min(...this.#gaps));
  }

  /** Ends it. What was recorded until now is heard before. */
  async stop() {
    this.#port.postMessage("stop");
    await Promise.race([this.#ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
    this.#release();
  }

  #release() {
    this.#track.onended = null;
    this.#track.stop();
    this.#context?.close();
    this.#port?.terminate?.();
  }
}
