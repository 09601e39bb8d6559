// What a recording keeps on this device until it is forgotten: every chunk, the session's name, what is settled.
// A Web Lock says which tab has it.

/** Recordings left behind are forgotten after this many milliseconds. */
const keptFor = 24 * 3600 * 1000;

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = request.onabort = () => reject(request.error);
});

async function database() {
  const request = indexedDB.open("audio-service", 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("recordings", { keyPath: "id" });
    request.result.createObjectStore("chunks");
  };
  return done(request);
}

/** A lock until the returned function is called, or the tab ends. Null if another tab has it and `waits` is false. */
export function hold(name, { waits = false } = {}) {
  return new Promise((resolve) => {
    navigator.locks.request(`audio-service.${name}`, { ifAvailable: !waits }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(release));
    });
  });
}

export class Store {
  #db;
  #release;
  #queue = [];
  #current = Promise.resolve();
  #next = null;
  /** Chunks for which the device has no room. */
  #unkept = new Map();

  constructor(db, id, release) {
    this.#db = db;
    this.id = id;
    this.#release = release;
  }

  /** For a new recording. Null where a browser keeps nothing. */
  static async create() {
    try {
      const db = await database();
      const id = Date.now();
      return new Store(db, id, await hold(id));
    } catch {
      return null;
    }
  }

  /** The newest recording that no tab has, and how many chunks it has. Older ones are forgotten once a day old. */
  static async find() {
    let newest = null;
    try {
      const db = await database();
      const all = await done(db.transaction("recordings").objectStore("recordings").getAll());
      for (const saved of all.reverse()) {
        const release = await hold(saved.id);
        if (!release) continue;
        const store = new Store(db, saved.id, release);
        const chunks = await done(store.#chunks("readonly").count(store.#range));
        if (chunks === 0 || Date.now() - saved.id > keptFor) await store.forget();
        else if (newest) release();
        else newest = { store, saved, chunks };
      }
    } catch {
      // Nothing is kept.
    }
    return newest;
  }

  get #range() {
    return IDBKeyRange.bound([this.id, 0], [this.id, Infinity]);
  }

  #chunks(mode) {
    return this.#db.transaction("chunks", mode, { durability: "relaxed" }).objectStore("chunks");
  }

  get isFull() {
    return this.#unkept.size > 0;
  }

  /** Kept when the promise resolves. What comes while a transaction is under way goes into the next one. */
  put(number, bytes) {
    this.#queue.push([number, bytes]);
    this.#next ??= this.#current.then(() => {
      this.#current = this.#next;
      this.#next = null;
      return this.#write(this.#queue.splice(0));
    });
    return this.#next;
  }

  async #write(batch) {
    try {
      const chunks = this.#chunks("readwrite");
      const requests = batch.map(([number, bytes]) => done(chunks.put(bytes, [this.id, number])));
      await Promise.all(requests);
    } catch {
      for (const [number, bytes] of batch) this.#unkept.set(number, bytes);
    }
  }

  async get(number) {
    return this.#unkept.get(number) ?? done(this.#chunks("readonly").get([this.id, number]));
  }

  save(values) {
    const transaction = this.#db.transaction("recordings", "readwrite", { durability: "relaxed" });
    return done(transaction.objectStore("recordings").put({ ...values, id: this.id }));
  }

  /** Every chunk, a hundred at a time. */
  async *parts() {
    for (let from = 1; ; from += 100) {
      const range = IDBKeyRange.bound([this.id, from], [this.id, from + 99]);
      const chunks = await done(this.#chunks("readonly").getAll(range));
      if (!chunks.length) break;
      yield* chunks;
    }
    yield* this.#unkept.values();
  }

  /** No longer needed by the session. Kept for playing and downloads. */
  settle() {}

  async forget() {
    const transaction = this.#db.transaction(["recordings", "chunks"], "readwrite");
    transaction.objectStore("chunks").delete(this.#range);
    await done(transaction.objectStore("recordings").delete(this.id));
    this.#release();
  }
}

/** The same without a place to keep: in memory, and with `keeps` false only what the session needs. */
export class MemoryStore {
  isFull = true;
  #chunks = new Map();
  #settled = 0;
  #keeps;

  constructor({ keeps = true } = {}) {
    this.#keeps = keeps;
  }

  async put(number, bytes) {
    this.#chunks.set(number, bytes);
  }

  async get(number) {
    return this.#chunks.get(number);
  }

  async save() {}

  async *parts() {
    if (this.#keeps) yield* this.#chunks.values();
  }

  settle(through) {
    if (!this.#keeps) while (this.#settled < through) this.#chunks.delete(++this.#settled);
  }

  async forget() {
    this.#chunks.clear();
    this.#settled = 0;
  }
}
