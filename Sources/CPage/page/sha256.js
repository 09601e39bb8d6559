// SHA-256 in pieces. The platform's takes all bytes at once, and is missing on plain http.

const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (x) => Math.floor((x % 1) * 2 ** 32);
const constants = Int32Array.from(primes, (p) => fraction(Math.cbrt(p)));
const schedule = new Int32Array(64);
const turn = (x, by) => (x >>> by) | (x << (32 - by));

function compress(state, view, at) {
	const w = schedule;
	let [a, b, c, d, e, f, g, h] = state;
	for (let i = 0; i < 64; i++) {
		const x = w[i - 15];
		const y = w[i - 2];
		w[i] = i < 16 ? view.getInt32(at + 4 * i) : w[i - 16] + w[i - 7]
			+ (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
		const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
		const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
		h = g;
		g = f;
		f = e;
		e = (d + one) | 0;
		d = c;
		c = b;
		b = a;
		a = (one + two) | 0;
	}
	[a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
}

export class Sha256 {
	#state = Uint32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));
	#tail = new Uint8Array(64);
	#view = new DataView(this.#tail.buffer);
	#length = 0;

	update(bytes) {
		for (let at = 0; at < bytes.length;) {
			const held = this.#length % 64;
			const part = bytes.subarray(at, at + 64 - held);
			this.#tail.set(part, held);
			this.#length += part.length;
			at += part.length;
			if (this.#length % 64 === 0) compress(this.#state, this.#view, 0);
		}
		return this;
	}

	// Of all bytes so far, in hexadecimal. More may follow.
	digest() {
		const held = this.#length % 64;
		const end = new Uint8Array(held < 56 ? 64 : 128);
		const view = new DataView(end.buffer);
		end.set(this.#tail.subarray(0, held));
		end[held] = 0x80;
		view.setBigUint64(end.length - 8, BigInt(this.#length) * 8n);
		const state = this.#state.slice();
		for (let at = 0; at < end.length; at += 64) compress(state, view, at);
		return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
	}
}
