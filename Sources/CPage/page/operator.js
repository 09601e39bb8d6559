// The operator's screen: how the service is, asked once a second, or every ten while nobody looks.
import { cpuOf, health, latency, linesOf, minuteAgo, places, previous, runs, scaleTop } from "./operator-figures.js";
import { ask, watchToken } from "./server.js";
import { $, all, dress, figure, make, prepare, root, say, set, table } from "./ui.js";

const answers = [];
const reasons = { degraded: "workerAway", overloaded: "tooMuch" };
let sort = "age";
let ready = {};
let sessions = {};
let timer = 0;

const units = [[172800, "day"], [7200, "hour"], [120, "minute"], [1, "second"], [0, "millisecond", 0.001]];
function span(seconds) {
	const [least, unit, size = least === 1 ? 1 : least / 2] = units.find(([least]) => seconds >= least) ?? units.at(-1);
	return figure(seconds / size, size <= 1 && seconds && seconds < 10 * size ? 1 : 0, unit);
}
const tenths = (value) => figure(value, value && value < 100 ? 1 : 0);

const writers = { behind: span, delay: span, backlog: span, heartbeat: span, age: span, missingSince: span, p50: span,
	p95: span, p99: span, chunkRate: tenths, refusalRate: tenths, chunks_per_second: tenths, dbfs: tenths,
	cpu: (value) => figure(value * 100, 0, "percent"), memory: (value) => figure(value / 1e6, 0, "megabyte"),
	peak: (value) => figure(value, 3), ready: (is) => is ? "✓" : "–" };
const write = (name, value) => (value ?? null) === null ? "–" : writers[name]?.(value) ?? `${value}`;

const columns = { latency: ["lastMinute", "p50", "p95", "p99", "count"],
	workers: ["worker", "machine", "pid", "ready", "streams", "backlog", "cpu", "memory", "heartbeat"],
	sessions: ["client_id", "token", "peer", "age", "engine", "format", "chunks_per_second", "dbfs", "peak", "clipped",
		"waiting", "backlog", "missingSince", "worker"] };
const sortable = ["age", "chunks_per_second", "dbfs", "waiting", "backlog", "missingSince"];

function fill(id, rows) {
	const focused = $[id].contains(document.activeElement) && document.activeElement.name;
	const heads = columns[id].map((name) => id !== "sessions" || !sortable.includes(name) ? say(name)
		: make("button", { name, onclick: () => poll(sort = name) }, say(name)));
	$[id].replaceChildren(...table(heads, rows.map((row) => columns[id].map((name) => write(name, row[name])))));
	$[id].parentElement.ariaLabel = say(id);
	for (const one of all(`#${id} button`)) {
		one.parentElement.ariaSort = one.name === sort ? "descending" : "none";
		if (one.name === focused) one.focus();
	}
}

function draw(canvas, values) {
	const { context, width, height, line, accent } = prepare(canvas);
	const top = scaleTop(values);
	const x = (place) => width - 2 - ((values.length - 1 - place) / (places - 1)) * (width - 4);
	context.fillStyle = line;
	context.fillRect(0, height - 1, width, 1);
	context.fillStyle = context.strokeStyle = accent;
	context.lineWidth = 1.75;
	for (const run of runs(values)) {
		context.globalAlpha = 1;
		context.beginPath();
		for (const [place, value] of run) context.lineTo(x(place), height - 2 - (value / top) * (height - 6));
		context.stroke();
		context.lineTo(x(run.at(-1)[0]), height);
		context.lineTo(x(run[0][0]), height);
		context.globalAlpha = 0.15;
		context.fill();
	}
}

function show() {
	const now = answers.at(-1);
	const word = root.dataset.health = health(ready, answers);
	set($.health, say(word));
	set($.why, reasons[word] ? say(reasons[word]) : ready.reason ?? "");
	for (const [name, values] of linesOf(answers)) {
		const [head, value, canvas, most] = $[`line-${name}`].children;
		set(head, say(name));
		set(value, write(name, values.at(-1)));
		set(most, say("most", { value: write(name, Math.max(...values)) }));
		draw(canvas, values);
	}
	if (!now) return;
	const up = say("up", { time: span(now.figures.uptime_seconds) });
	set($.about, [now.version, ...now.engines.map(({ model }) => model), up].filter(Boolean).join(" · "));
	fill("latency", ["ack", "answer", "final"].map((name) =>
		({ lastMinute: say(`${name}Latency`), ...latency(now, minuteAgo(answers), name) })));
	const cpu = cpuOf(now, previous(answers));
	fill("workers", now.workers.map((one, place) => ({ ...one, cpu: cpu[place], backlog: one.backlog_seconds,
		memory: one.resident_bytes, heartbeat: one.heartbeat_seconds })));
	const refusals = Object.entries({ ...now.refusals, ...now.resume_refusals }).filter(([, count]) => count)
		.map(([name, count]) => `${name.replaceAll("_", " ")} ${count}`);
	set($.refusals, refusals.join(" · ") || say("noRefusals"));
	$.hidden.hidden = sessions.status === 200;
	fill("sessions", (sessions.body?.streams ?? []).map((one) => ({ ...one, missingSince: one.away,
		format: `${one.encoding} ${one.sample_rate / 1000} kHz × ${one.channels}` })));
}

async function poll() {
	clearTimeout(timer);
	const list = `streams?sort=${sort === "missingSince" ? "away" : sort}`;
	const [stats, state, its] = await Promise.all(["stats", "ready", list].map(ask));
	clearTimeout(timer);
	$.token.hidden = ![401, 403].includes(stats.status);
	if (!$.token.hidden) return;
	[ready, sessions] = [state.body, its];
	if (answers.push(stats.status === 200 ? stats.body : null) > places) answers.shift();
	show();
	timer = setTimeout(poll, document.hidden ? 10000 : 1000);
}

$.lines.append(...linesOf([]).map(([name]) => make("article", { id: `line-${name}`, className: "card" },
	make("h2"), make("b"), make("canvas", { ariaHidden: "true" }), make("span"))));
const showAgain = () => answers.length && show();
dress(showAgain);
watchToken(poll);
addEventListener("resize", showAgain);
addEventListener("visibilitychange", () => document.hidden || poll());
