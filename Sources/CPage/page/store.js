// What a recording keeps on this device until it is forgotten. A Web Lock says which tab has it.

// Recordings left behind are forgotten after this many milliseconds.
const keptFor = 24 * 3600 * 1000;
const pageSize = 100;

const done = (request) => new Promise((resolve, reject) => {
	request.onsuccess = () => resolve(request.result);
	request.onerror = request.onabort = () => reject(request.error);
});

function database() {
	const request = indexedDB.open("audio-service", 1);
	request.onupgradeneeded = () => {
		request.result.createObjectStore("recordings", { keyPath: "id" });
		request.result.createObjectStore("chunks");
	};
	return done(request);
}

// A lock until the returned function is called. Null if another tab has it and `waits` is false.
export const hold = (name, waits = false) => new Promise((resolve) =>
	navigator.locks.request(`audio-service.${name}`, { ifAvailable: !waits },
		(lock) => lock ? new Promise((release) => resolve(release)) : resolve(null)));

export class Store {
	#db;
	#release;
	#queue = [];
	#next = null;
	#last = Promise.resolve();

	constructor(db, id, release) {
		this.#db = db;
		this.id = id;
		this.#release = release;
	}

	static async create() {
		try {
			const id = Date.now();
			return new Store(await database(), id, await hold(id));
		} catch {
			return null;
		}
	}

	// The newest recording that no tab has, and its count of chunks. Old ones are forgotten.
	static async find() {
		let newest = null;
		try {
			const db = await database();
			const all = await done(db.transaction("recordings").objectStore("recordings").getAll());
			for (const saved of all.reverse()) {
				const release = await hold(saved.id);
				if (!release) continue;
				const store = new Store(db, saved.id, release);
				const count = await done(store.#table("chunks").count(store.#range()));
				if (!count || Date.now() - saved.id > keptFor) await store.forget();
				else if (newest) release();
				else newest = { store, saved, count };
			}
		} catch {
		}
		return newest;
	}

	#range(from = 0, to = Infinity) {
		return IDBKeyRange.bound([this.id, from], [this.id, to]);
	}

	#table(name, mode) {
		return this.#db.transaction(name, mode, { durability: "relaxed" }).objectStore(name);
	}

	// What comes while chunks are being written is written after them, together.
	put(number, bytes) {
		this.#queue.push([bytes, [this.id, number]]);
		this.#next ??= this.#last = this.#last.catch(() => {}).then(() => {
			this.#next = null;
			const table = this.#table("chunks", "readwrite");
			return Promise.all(this.#queue.splice(0).map((one) => done(table.put(...one))));
		});
		return this.#last;
	}

	get(number) {
		return done(this.#table("chunks").get([this.id, number]));
	}

	async *parts() {
		for (let from = 1, parts = [0]; parts.length; from += pageSize) {
			parts = await done(this.#table("chunks").getAll(this.#range(from, from + pageSize - 1)));
			yield* parts;
		}
	}

	save(values) {
		return done(this.#table("recordings", "readwrite").put({ ...values, id: this.id }));
	}

	async forget() {
		await done(this.#table("chunks", "readwrite").delete(this.#range()));
		await done(this.#table("recordings", "readwrite").delete(this.id));
		this.#release();
	}
}
