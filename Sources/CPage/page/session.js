// What a session decides: what to send, what a reply means, whether to resume or begin anew after a break; and the
// page's own account. Pure: bytes, sockets and timers are elsewhere.
import { rms, silence, sum } from "./levels.js";
import { Sha256 } from "./sha256.js";

// Chunks of the table, and of the medians.
const recentCount = 100;
const nothing = { number: 0, frames: 0, open: false };

export class Session {
	name = null;
	// closed, starting, resuming, open
	phase = "closed";
	// All of the recording, each with the bytes and frames before it.
	chunks = [];
	bytes = 0;
	frames = 0;
	// The chunks of sessions before: seq 1 is number base + 1.
	base = 0;
	next = 1;
	hashed = 0;
	acknowledged = 0;
	answered = 0;
	// What no later session needs.
	settled = nothing;
	stopped = false;
	receipt = null;
	reconnected = 0;
	resent = 0;
	#hash = new Sha256();
	#isAnew = false;
	#stopSent = false;

	// `whole`: a lost session begins with the first chunk, so that the receipt is of all of a file.
	constructor(settings, whole = false) {
		Object.assign(this, { settings, whole });
	}

	get count() { return this.chunks.length; }

	get seconds() { return this.frames / this.settings.sample_rate; }

	add(chunk) {
		this.chunks.push(Object.assign(chunk, { number: this.count + 1, at: this.bytes, before: this.frames }));
		this.bytes += chunk.size;
		this.frames += chunk.frames;
	}

	hash(bytes) {
		this.#hash.update(bytes);
		this.hashed++;
	}

	#secondsBefore(number) {
		return (this.chunks[number - 1]?.before ?? this.frames) / this.settings.sample_rate;
	}

	get shift() { return this.#secondsBefore(this.base + 1); }

	get behind() { return this.seconds - this.#secondsBefore(this.answered + 1); }

	// The first chunk whose bytes may be needed again.
	get firstKept() { return Math.min(this.settled.number, this.answered, this.hashed) + 1; }

	get keptBytes() { return this.bytes - (this.chunks[this.firstKept - 1]?.at ?? this.bytes); }

	// The chunk to send now, if there is one and fewer than `window` have no answer.
	toSend(window) {
		const may = this.phase === "open" && this.next <= this.count && this.next - 1 - this.answered < window;
		return may ? this.next : null;
	}

	sent(number, now) {
		this.chunks[number - 1].sentAt = now;
		this.next = number + 1;
	}

	// Everything is sent: `stop` is to be sent now, once a connection.
	takeStop() {
		if (this.phase !== "open" || !this.stopped || this.next <= this.count || this.#stopSent) return false;
		return (this.#stopSent = true);
	}

	// The message to begin a connection with, after this final segment.
	opened(segment) {
		this.#stopSent = false;
		this.phase = this.name ? "resuming" : "starting";
		if (this.name) return { type: "start", resume: this.name, answered: this.answered - this.base, segment };
		const { frames, open } = this.settled;
		return { type: "start", ...this.settings, updates: true, words: true,
			...(this.base && { settled_frames: frames, settled_open: open }) };
	}

	closed() {
		this.phase = "closed";
	}

	// The server does not keep the session: what is not settled goes to another one.
	lost() {
		if (this.whole) this.settled = nothing;
		this.#isAnew = true;
		this.name = null;
		this.base = this.hashed = this.acknowledged = this.settled.number;
		this.resent += this.answered - this.base;
		this.#hash = new Sha256();
		this.#goBack(this.base);
	}

	#goBack(number) {
		this.answered = Math.min(this.answered, number);
		this.next = number + 1;
		for (const chunk of this.chunks.slice(number)) chunk.sentAt = chunk.acknowledgedAt = chunk.answeredAt = undefined;
	}

	// Takes a message of the server, and returns what it is: started, resumed, lost, refused, contradiction, acknowledged,
	// answered, failure, unknown, or its type.
	received(reply, now) {
		const { type, error, code, seq } = reply;
		if (typeof reply.settled === "number") this.#settle(reply);
		if (type === "started") return this.#started(reply);
		if (type === "summary") this.receipt = reply;
		if (type) return type;
		const number = this.base + seq;
		const chunk = this.chunks[number - 1];
		if (reply.chunk_size !== undefined) {
			if (chunk) chunk.acknowledgedAt ??= now;
			this.acknowledged = Math.max(this.acknowledged, number);
			return "acknowledged";
		}
		if (seq && (reply.rms !== undefined || error)) {
			if (chunk && number > this.answered) {
				chunk.answeredAt = now;
				this.answered = number;
			}
			return "answered";
		}
		if (!error) return "unknown";
		if (code || this.phase === "open") return "failure";
		if (this.phase === "starting") return "refused";
		this.lost();
		return "lost";
	}

	#started({ session, seq, sample_rate, channels, encoding }) {
		const isResumed = this.phase === "resuming";
		const last = this.base + seq;
		if (isResumed && !(last >= this.settled.number && last <= this.count)) {
			this.lost();
			return "contradiction";
		}
		this.phase = "open";
		this.name = session;
		if (isResumed || this.#isAnew) this.reconnected++;
		if (!isResumed) {
			Object.assign(this.settings, { sample_rate, channels, encoding });
			return "started";
		}
		this.resent += Math.max(0, this.answered - last);
		this.acknowledged = last;
		this.#goBack(last);
		return "resumed";
	}

	#settle({ settled, settled_frames = 0, settled_open = false }) {
		const number = this.base + settled;
		if (number < this.settled.number || number > this.count) return;
		this.settled = { number, frames: settled_frames, open: settled_open };
	}

	// Of this session's chunks, as a receipt has them.
	get figures() {
		const chunks = this.chunks.slice(this.base);
		const levels = chunks.reduce((all, one) => sum(all, one.levels), silence);
		return { chunks: chunks.length, bytes: this.bytes - (chunks[0]?.at ?? this.bytes), sha256: this.#hash.digest(),
			answered: this.answered - this.base, rms: rms(levels), peak: levels.peak, clipped: levels.clipped };
	}

	get recent() { return this.chunks.slice(0, this.next - 1).slice(-recentCount); }

	// The median of the latest until `acknowledgedAt` or `answeredAt`.
	latency(key) {
		const times = this.recent.filter((chunk) => chunk[key]).map((chunk) => chunk[key] - chunk.sentAt);
		return times.sort((a, b) => a - b)[times.length >> 1];
	}

	save() {
		const { chunks, bytes, frames, phase, ...saved } = this;
		return saved;
	}

	static restore(saved, chunks) {
		const session = Object.assign(new Session(saved.settings), saved, { hashed: saved.base });
		for (const chunk of chunks) session.add(chunk);
		session.answered = session.acknowledged = Math.min(saved.answered, session.count);
		session.next = session.answered + 1;
		return session;
	}
}

// Floating-point sums may differ in their last digits: the contract says 1e-6.
const isNear = (a, b) => a === b || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));

// The page's figures beside the server's receipt.
export function compare(page, receipt) {
	const server = { ...receipt, answered: receipt.processed + receipt.dropped };
	return Object.keys(page).map((name) => ({ name, page: page[name], server: server[name],
		agrees: (name === "rms" || name === "peak" ? isNear : Object.is)(page[name], server[name]) }));
}
