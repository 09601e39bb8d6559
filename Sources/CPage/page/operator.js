// The operator's screen: asks the server once a second, every ten while nobody looks, and shows how the service is.
import { History, cpuOf, health, latency, places, runs, scaleTop } from "./operator-figures.js";
import texts from "./operator-texts.js";
import { ask, findToken, setToken } from "./server.js";
import { $, dress, figure, make, prepare, root, say, set, table } from "./ui.js";

const answers = new History();
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
const percent = (value) => figure(value * 100, 0, "percent");
const megabytes = (value) => figure(value / 1e6, 0, "megabyte");

// A figure as a text; – for none.
const write = (value, as = String) => (value ?? null) === null ? "–" : as(value);
const writers = { chunkRate: tenths, behind: span, delay: span, refusalRate: tenths, cpu: percent };

const tables = { latency: ["lastMinute", "p50", "p95", "p99", "count"],
	workers: ["worker", "pid", "status", "streams", "backlog", "cpu", "memory", "heartbeat"],
	sessions: ["client_id", "token", "peer", "age", "engine", "format", "chunks_per_second", "dbfs", "peak", "clipped",
		"waiting", "backlog", "missingSince", "worker"] };
const sortable = ["age", "chunks_per_second", "dbfs", "waiting", "backlog", "missingSince"];

// Where rows can be sorted by a column, its head is a button.
function fill(id, rows) {
	const focused = $(id).contains(document.activeElement) && document.activeElement.name;
	const heads = tables[id].map((name) => id !== "sessions" || !sortable.includes(name) ? say(name)
		: make("button", { name, onclick: () => poll(sort = name) }, say(name)));
	$(id).replaceChildren(...table(heads, rows));
	$(id).parentElement.ariaLabel = say(id);
	for (const one of $(id).querySelectorAll("button")) {
		one.parentElement.ariaSort = one.name === sort ? "descending" : "none";
		if (one.name === focused) one.focus();
	}
}

// A line of figures, the newest at the right.
function draw(canvas, values) {
	const { context, width, height, line, accent } = prepare(canvas, "line", "accent");
	const top = scaleTop(values);
	const x = (place) => width - 2 - ((values.length - 1 - place) / (places - 1)) * (width - 4);
	const y = (value) => height - 2 - (value / top) * (height - 6);
	context.fillStyle = line;
	context.fillRect(0, height - 1, width, 1);
	context.fillStyle = context.strokeStyle = accent;
	context.lineWidth = 1.75;
	for (const run of runs(values)) {
		context.globalAlpha = 1;
		context.beginPath();
		for (const [place, value] of run) context.lineTo(x(place), y(value));
		context.stroke();
		context.lineTo(x(run.at(-1)[0]), height);
		context.lineTo(x(run[0][0]), height);
		context.globalAlpha = 0.15;
		context.fill();
	}
}

function show() {
	const { latest: now, minuteAgo, previous } = answers;
	const word = root.dataset.health = health(ready, answers);
	set($("health"), say(word));
	set($("why"), word.endsWith("ed") ? say(`${word}Why`) : ready.reason ?? "");
	for (const [name, values] of Object.entries(answers.lines)) {
		const [head, value, canvas, most] = $(`line-${name}`).children;
		set(head, say(name));
		set(value, write(values.at(-1), writers[name]));
		set(most, say("most", { value: write(Math.max(0, ...values), writers[name]) }));
		draw(canvas, values);
	}
	if (!now) return;
	const up = say("up", { time: span(now.figures.uptime_seconds) });
	set($("about"), [now.version, ...now.engines.map(({ model }) => model), up].filter(Boolean).join(" · "));
	fill("latency", ["ack", "answer", "final"].map((name) => {
		const [p50, p95, p99, count] = latency(now, minuteAgo, name);
		return [say(`${name}Latency`), ...[p50, p95, p99].map((value) => write(value, span)), figure(count)];
	}));
	const cpu = cpuOf(now, previous);
	fill("workers", now.workers.map((one, place) => [`${place + 1}`, write(one.pid), one.ready ? "✓" : "–",
		write(one.streams), write(one.backlog_seconds, span), write(cpu[place], percent),
		write(one.resident_bytes, megabytes), write(one.heartbeat_seconds, span)]));
	const refusals = Object.entries({ ...now.refusals, ...now.resume_refusals }).filter(([, count]) => count)
		.map(([name, count]) => `${name.replaceAll("_", " ")} ${count}`);
	set($("refusals"), refusals.join(" · ") || say("noRefusals"));
	$("hidden").hidden = sessions.status === 200;
	fill("sessions", (sessions.body?.streams ?? []).map((one) => [write(one.client_id), write(one.token), write(one.peer),
		write(one.age, span), write(one.engine), `${one.encoding} ${one.sample_rate / 1000} kHz × ${one.channels}`,
		write(one.chunks_per_second, tenths), write(one.dbfs, tenths), write(one.peak, (peak) => figure(peak, 3)),
		write(one.clipped), write(one.waiting), write(one.backlog, span), write(one.away, span), write(one.worker)]));
}

async function poll() {
	clearTimeout(timer);
	const list = `streams?sort=${sort === "missingSince" ? "away" : sort}`;
	const [stats, state, its] = await Promise.all(["stats", "ready", list].map(ask));
	clearTimeout(timer);
	$("token").hidden = ![401, 403].includes(stats.status);
	if (!$("token").hidden) return;
	[ready, sessions] = [state.body, its];
	answers.add(stats.status === 200 ? stats.body : null);
	show();
	timer = setTimeout(poll, document.hidden ? 10000 : 1000);
}

$("token").onsubmit = (event) => {
	event.preventDefault();
	setToken(event.target.token.value);
	poll();
};
addEventListener("resize", show);
addEventListener("visibilitychange", () => document.hidden || poll());
$("lines").append(...Object.keys(answers.lines).map((name) => make("article", { id: `line-${name}`, className: "card" },
	make("h2"), make("b"), make("canvas", { ariaHidden: "true" }), make("span"))));
findToken();
await dress(() => answers.answers.length && show(), texts);
poll();
