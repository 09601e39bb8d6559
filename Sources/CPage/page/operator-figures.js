// What the operator's screen shows, out of the server's answers. Pure: no clock, network or document.

// Places of a line: five minutes at an answer a second.
export const places = 300;

// How much it grew in a second; null where that is not known.
function growth(read, now, before) {
	const passed = now.figures.uptime_seconds - before?.figures.uptime_seconds;
	const more = passed > 0 ? read(now) - read(before) : -1;
	return more >= 0 ? more / passed : null;
}
const rate = (name, now, before) => growth(({ figures }) => figures[name], now, before);

// Processors that the worker of each place keeps busy.
export const cpuOf = (now, before) => now.workers.map(({ pid }) =>
	growth(({ workers }) => workers.find((one) => one.pid === pid)?.cpu_seconds ?? NaN, now, before));

const lines = {
	clients: ({ figures }) => figures.clients,
	chunkRate: (now, before) => rate("chunks_total", now, before),
	behind: ({ workers }) => workers.reduce((all, { backlog_seconds }) => all + backlog_seconds, 0),
	delay: ({ figures }) => figures.final_delay_seconds,
	refusalRate(now, before) {
		const refusals = rate("refusals_total", now, before);
		return refusals && refusals * 60;
	},
	cpu(now, before) {
		const own = rate("cpu_seconds_total", now, before);
		return own === null ? null : cpuOf(now, before).reduce((all, one) => all + one, own);
	},
};

// An answer that did not come is null, and a gap in every line.
export const previous = (answers, place = answers.length - 1) => answers.slice(0, place).findLast(Boolean);

export const linesOf = (answers) => Object.entries(lines).map(([name, read]) =>
	[name, answers.map((now, place) => now && read(now, previous(answers, place)))]);

// Of the same run of the server.
export function minuteAgo(answers) {
	const now = answers.at(-1)?.figures.uptime_seconds;
	return answers.findLast((one) => one?.figures.uptime_seconds <= now - 60);
}

const total = (counts) => counts.reduce((all, count) => all + count, 0);

// Below which value that share of the measurements lies, as if they lay evenly in a bucket. Null for none.
export function quantile(bounds, counts, share) {
	let left = share * total(counts);
	if (!left) return null;
	for (const [place, bound] of bounds.entries()) {
		const low = bounds[place - 1] ?? 0;
		if (left <= counts[place]) return low + ((bound - low) * left) / counts[place];
		left -= counts[place];
	}
	return bounds.at(-1);
}

// Of the measurements since `before`, or of all if there were none.
export function latency(now, before, name) {
	const { bounds, [name]: { counts: all } } = now.latencies;
	const latest = all.map((count, place) => count - (before?.latencies[name].counts[place] ?? 0));
	const counts = total(latest) ? latest : all;
	const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(bounds, counts, share));
	return { p50, p95, p99, count: total(counts) };
}

// The worst thing, as one word. `ready` is what /api/audio/ready said.
export function health(ready, answers) {
	const now = answers.at(-1);
	if (!now) return "unanswered";
	if (ready.status !== "ready") return "unready";
	const { figures } = minuteAgo(answers) ?? answers.find(Boolean);
	const grew = (name) => now.figures[name] > figures[name];
	if (grew("speech_refusals_total") || grew("messages_dropped_total")) return "overloaded";
	return grew("workers_lost_total") || now.workers.some((worker) => !worker.ready) ? "degraded" : "well";
}

// The top of a scale: 1, 2 or 5 times a power of ten.
export function scaleTop(values) {
	const most = Math.max(1, ...values);
	const power = 10 ** Math.floor(Math.log10(most));
	return power * [1, 2, 5, 10].find((step) => step * power >= most);
}

// The parts of a line without a gap, each a list of [place, figure].
export function runs(values) {
	const found = [];
	values.forEach((value, place) => {
		if (value === null) return;
		if ((values[place - 1] ?? null) === null) found.push([]);
		found.at(-1).push([place, value]);
	});
	return found;
}
