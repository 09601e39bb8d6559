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

function store(db, id, release) {
	const table = (name, mode) => db.transaction(name, mode, { durability: "relaxed" }).objectStore(name);
	const range = (from = 0, to = Infinity) => IDBKeyRange.bound([id, from], [id, to]);
	const queue = [];
	let next = null;
	let last = Promise.resolve();
	return {
		// What comes while chunks are being written is written after them, together.
		put(number, bytes) {
			queue.push([bytes, [id, number]]);
			next ??= last = last.catch(() => {}).then(() => {
				next = null;
				const chunks = table("chunks", "readwrite");
				return Promise.all(queue.splice(0).map((one) => done(chunks.put(...one))));
			});
			return last;
		},
		get: (number) => done(table("chunks").get([id, number])),
		count: () => done(table("chunks").count(range())),
		async *parts() {
			for (let from = 1, parts = [0]; parts.length; from += pageSize) {
				parts = await done(table("chunks").getAll(range(from, from + pageSize - 1)));
				yield* parts;
			}
		},
		save: (values) => done(table("recordings", "readwrite").put({ ...values, id })),
		async forget() {
			await done(table("chunks", "readwrite").delete(range()));
			await done(table("recordings", "readwrite").delete(id));
			release();
		},
	};
}

// A new one; null where the browser keeps nothing.
export async function createStore() {
	try {
		const id = Date.now();
		return store(await database(), id, await hold(id));
	} catch {
		return null;
	}
}

// The newest recording that no tab has: its store, what it was, and its count of chunks. Old ones are forgotten.
export async function findStore() {
	let newest = null;
	try {
		const db = await database();
		const all = await done(db.transaction("recordings").objectStore("recordings").getAll());
		for (const saved of all.reverse()) {
			const release = await hold(saved.id);
			if (!release) continue;
			const kept = store(db, saved.id, release);
			const count = await kept.count();
			if (!count || Date.now() - saved.id > keptFor) await kept.forget();
			else if (newest) release();
			else newest = { store: kept, saved, count };
		}
	} catch {
	}
	return newest;
}
