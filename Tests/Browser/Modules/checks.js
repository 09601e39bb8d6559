// Tests by name, and what they expect.

export const tests = [];
export const test = (name, run) => tests.push({ name, run });

const text = (value) => JSON.stringify(value, (_, one) =>
  typeof one === "number" && !Number.isFinite(one) ? String(one) : one === undefined ? "undefined" : one);

export function equal(actual, wanted, what = "it") {
  if (text(actual) !== text(wanted)) throw Error(`${what} is ${text(actual)}, expected ${text(wanted)}`);
}

export function near(actual, wanted, tolerance, what = "it") {
  if (!(Math.abs(actual - wanted) <= tolerance)) throw Error(`${what} is ${actual}, expected ${wanted}`);
}

export function isTrue(condition, what) {
  if (!condition) throw Error(what);
}

/** Numbers that a seed repeats: mulberry32. `?seed=` in the address repeats a failure. */
export class Random {
  constructor(seed) { this.state = seed >>> 0; }
  next() {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  /** From `low` to `high`, both included. */
  whole(low, high) { return low + Math.floor(this.next() * (high - low + 1)); }
  one(list) { return list[this.whole(0, list.length - 1)]; }
  bytes(count) { return Uint8Array.from({ length: count }, () => this.whole(0, 255)); }
}

export const seed = Number(new URLSearchParams(location.search).get("seed")) || Math.floor(Math.random() * 2 ** 32);
