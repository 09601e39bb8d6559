// SHA-256 in pieces. The platform's takes all bytes at once, and is not there at all on plain http.

const primes = [];
for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
const fraction = (x) => Math.floor((x % 1) * 2 ** 32);
const constants = Uint32Array.from(primes, (p) => fraction(Math.cbrt(p)));
const initial = Uint32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p)));
const schedule = new Int32Array(64);

/** Adds one block of 64 bytes to the state. */
function compress(state, bytes, at) {
  const w = schedule;
  for (let i = 0; i < 16; i++, at += 4) {
    w[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const sums = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < 8; i++) state[i] += sums[i];
}

export class Sha256 {
  #state = initial.slice();
  #tail = new Uint8Array(64);
  #length = 0;

  /** A hash that goes on where another was saved. */
  static restore({ state, tail, length }) {
    const hash = new Sha256();
    hash.#state.set(state);
    hash.#tail.set(tail);
    hash.#length = length;
    return hash;
  }

  /** Plain values, for `restore`. */
  save() {
    return { state: this.#state.slice(), tail: this.#tail.slice(), length: this.#length };
  }

  update(bytes) {
    let at = 0;
    const held = this.#length % 64;
    this.#length += bytes.length;
    if (held) {
      at = Math.min(64 - held, bytes.length);
      this.#tail.set(bytes.subarray(0, at), held);
      if (held + at < 64) return this;
      compress(this.#state, this.#tail, 0);
    }
    for (; at + 64 <= bytes.length; at += 64) compress(this.#state, bytes, at);
    this.#tail.set(bytes.subarray(at));
    return this;
  }

  /** Of all bytes so far, in lower-case hexadecimal. More may follow. */
  digest() {
    const held = this.#length % 64;
    const end = new Uint8Array(held < 56 ? 64 : 128);
    end.set(this.#tail.subarray(0, held));
    end[held] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(this.#length / 2 ** 29));
    view.setUint32(end.length - 4, this.#length * 8);
    const state = this.#state.slice();
    for (let at = 0; at < end.length; at += 64) compress(state, end, at);
    return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
  }
}
