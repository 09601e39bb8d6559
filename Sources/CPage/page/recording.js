// One recording, from Start to its receipt: its sound, what is kept, the session and its words.
import { fail, openMicrophone } from "./capture.js";
import { openFile } from "./file.js";
import { measure } from "./levels.js";
import { connectSession } from "./link.js";
import { Session, compare } from "./session.js";
import { createStore, hold } from "./store.js";
import { Transcript } from "./transcript.js";
import { header } from "./wav.js";

// Bytes of chunks that are also held in memory.
const memoryLimit = 64 << 20;
// Chunks that wait for an answer at most: of a microphone, of a file.
const [microphoneWindow, fileWindow] = [200, 60];
// Milliseconds without a connection until that is told, and between two savings.
const [awayAfter, saveEvery] = [700, 1000];
// Seconds that wait for their answer, from which on it is behind.
const behindLimit = 1;

const chunkOf = (bytes) => ({ size: bytes.length, frames: bytes.length / 2, levels: measure(bytes) });

export class Recording {
	session = null;
	transcript = new Transcript();
	link = null;
	// Where every chunk is kept; null if only in memory.
	store = null;
	microphone = null;
	source = null;
	label = "";
	changes = {};
	begun = Date.now();
	lost = 0;
	// Of the receipt: rows, and whether all agree. Without one: why.
	result = null;
	failure = null;
	notice = null;
	why = null;
	heardAt = performance.now();
	window = microphoneWindow;
	#heard = 0;
	#freed = 0;
	#writes = Promise.resolve();
	#isFull = false;
	#isHashing = false;
	#isFeeding = false;
	#isStopping = false;
	#savedAt = 0;
	#release = null;

	// `options` are for `start`.
	constructor(changed, options, keeps) {
		Object.assign(this, { changed, options, keeps });
	}

	get state() {
		if (this.result || this.failure) return "done";
		if (!this.session) return "asking";
		if (this.session.stopped) return "finishing";
		if (this.isAway) return "away";
		return !this.source && this.session.behind > behindLimit ? "catching" : "recording";
	}

	get isAway() { return Boolean(this.link?.awaySince) && performance.now() - this.link.awaySince > awayAfter; }

	// A page that goes now takes with it what should be kept.
	get isFragile() {
		return this.state !== "done" && (this.source !== null || this.keeps && (this.microphone !== null || this.#isFull));
	}

	get progress() {
		const { chunks, next, bytes } = this.session;
		return this.source && (chunks[next - 1]?.at ?? bytes) / this.source.size;
	}

	async startMicrophone(device, wishes) {
		// Two tabs would hear the same.
		if (this.keeps && !(this.#release = await hold("recording"))) fail("elsewhere");
		try {
			this.store = this.keeps ? await createStore() : null;
			this.microphone = await openMicrophone(device, wishes, this);
		} catch (error) {
			this.#release?.();
			this.store?.forget();
			throw error;
		}
		const { label, changes } = this.microphone;
		Object.assign(this, { label, changes });
		this.changed();
	}

	async startFile(file) {
		this.source = await openFile(file);
		this.label = file.name;
		this.window = fileWindow;
		this.#begin(this.source.format);
		this.#feed();
	}

	#begin(format) {
		this.session = new Session({ ...format, ...this.options }, Boolean(this.source));
		this.link = connectSession(this.session, this);
		this.#save();
	}

	static async restore(changed, { store, saved: { session, transcript, ...rest } }) {
		const recording = Object.assign(new Recording(changed, {}, true), rest, { store });
		Object.assign(recording.transcript, transcript);
		const chunks = [];
		for await (const bytes of store.parts()) chunks.push({ ...chunkOf(bytes), isStored: true });
		recording.session = Session.restore(session, chunks);
		return recording;
	}

	finish() {
		this.session.stopped = true;
		this.link = connectSession(this.session, this);
		this.#hash();
	}

	// Of the microphone: a chunk. It is stored before it is sent, and in order.
	heard(bytes, rate) {
		if (!this.session) this.#begin({ sample_rate: rate, channels: 1, encoding: "s16le" });
		if (this.session.stopped) return;
		const chunk = { bytes, ...chunkOf(bytes) };
		const put = !this.#isFull && this.store?.put(++this.#heard, bytes).then(() => true, () => false);
		this.#writes = this.#writes.then(() => put).then((isStored) => {
			chunk.isStored = isStored;
			// What cannot be stored stays in memory, and so does all that follows.
			if (this.keeps && !isStored && !this.#isFull) this.#tell("unstored");
			this.#isFull ||= !isStored;
			this.#add(chunk);
		});
		this.heardAt = performance.now();
		this.changed();
	}

	#add(chunk) {
		if (chunk.isStored && this.session.keptBytes > memoryLimit) chunk.bytes = null;
		this.session.add(chunk);
		this.#hash();
		this.link.pump();
	}

	// Of a file: as many chunks as may wait.
	async #feed() {
		if (this.#isFeeding) return;
		this.#isFeeding = true;
		const { session, source } = this;
		while (!session.stopped && session.count - session.answered < this.window) {
			const chunk = await source.next();
			if (session.stopped) break;
			if (chunk) this.#add(chunk);
			else await this.stop();
		}
		this.#isFeeding = false;
	}

	ended() {
		if (!this.session || this.session.stopped || this.#isStopping) return;
		this.#tell("gone", { name: this.label });
		this.stop();
	}

	muted(is) {
		this.#tell(is && "muted");
	}

	#tell(key, values) {
		this.notice = key && { key, values };
		this.changed();
	}

	// No more is recorded, or read of a file. What there is, is sent.
	async stop() {
		if (this.#isStopping) return;
		this.#isStopping = true;
		await this.#closeMicrophone();
		await this.#writes;
		this.session.stopped = true;
		this.#save();
		this.link.pump();
		this.changed();
	}

	async #closeMicrophone() {
		await this.microphone?.stop();
		this.lost = this.microphone?.lost ?? this.lost;
		this.microphone = null;
	}

	bytesOf(number) {
		const chunk = this.session.chunks[number - 1];
		return chunk.bytes ?? (this.source ? this.source.read(chunk) : this.store.get(number));
	}

	async #hash() {
		if (this.#isHashing) return;
		this.#isHashing = true;
		const { session } = this;
		for (let number; (number = session.hashed + 1) <= session.count;) {
			const bytes = await this.bytesOf(number);
			// It may have begun anew.
			if (session.hashed + 1 === number) session.hash(bytes);
		}
		this.#isHashing = false;
		if (!session.receipt || this.result) return;
		const rows = compare(session.figures, session.receipt);
		this.#over({ rows, agrees: rows.every((row) => row.agrees) });
	}

	told(kind, reply) {
		const { session, transcript } = this;
		const isOpen = kind === "started" || kind === "resumed";
		if (kind === "started") transcript.begin(session.shift);
		if (isOpen) this.why = null;
		if ((kind === "away" || kind === "refused") && reply.error) this.why = reply;
		if (reply.transcription !== undefined) transcript.take(reply);
		if (kind === "answered") this.#letGo();
		if (isOpen || reply.final) this.#save();
		if (kind === "notice") this.#tell("says", reply);
		if (kind === "summary") this.#hash();
		if (kind === "ended") this.#fail(reply.error);
		this.changed();
	}

	#letGo() {
		for (; this.#freed < this.session.firstKept - 1; this.#freed++) {
			const chunk = this.session.chunks[this.#freed];
			if (chunk.isStored || !this.keeps) chunk.bytes = null;
		}
		if (this.source) this.#feed();
		if (performance.now() - this.#savedAt > saveEvery) this.#save();
	}

	async #fail(error) {
		this.failure = error;
		this.session.stopped = true;
		await this.#closeMicrophone();
		this.#over();
	}

	// What is shown as done can be found again.
	async #over(result = null) {
		await this.#save(result);
		this.result = result;
		this.#release?.();
		this.changed();
	}

	#save(result = this.result) {
		this.#savedAt = performance.now();
		const { begun, label, changes, lost, session, transcript } = this;
		return this.store?.save({ begun, label, changes, lost, result, transcript: { ...transcript },
			session: session.save() }).catch(() => {});
	}

	async wav() {
		if (this.source) return this.source.wav;
		await this.#writes;
		const { chunks, bytes, settings } = this.session;
		const parts = [header(settings.sample_rate, bytes), ...chunks.map((chunk) => chunk.bytes)];
		// What is not in memory is stored.
		let place = 1;
		if (this.store) for await (const part of this.store.parts()) parts[place++] ??= part;
		return new Blob(parts, { type: "audio/wav" });
	}

	async forget() {
		this.link?.end();
		await this.microphone?.stop();
		this.#release?.();
		await this.store?.forget();
	}

	get json() {
		const { transcript, source, result, label, begun, lost, changes } = this;
		const { settings, count, bytes, seconds, answered, resent, receipt } = this.session;
		return {
			[source ? "file" : "device"]: label, ...settings, begun: new Date(begun).toISOString(),
			complete: Boolean(result?.agrees), chunks: count, bytes, duration: seconds, answered, resent, lost, changes,
			text: transcript.text,
			segments: transcript.segments.map(({ isEstimated, ...segment }, i) => ({ segment: i + 1, ...segment,
				word_times: isEstimated ? "estimated" : "model" })),
			receipt,
		};
	}
}
