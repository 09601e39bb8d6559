// The operator's screen: asks the server once a second, every ten while nobody looks, and shows how the service is.
import { History, cpuOfWorkers, health, latency, lines, places } from "./operator-figures.js";
import "./operator-texts.js";
import { draw } from "./plot.js";
import { ask, findToken, setToken } from "./server.js";
import { showTheme } from "./settings.js";
import { chooseLanguage, figure, fill, say } from "./texts.js";
import { make } from "./words.js";

const $ = (id) => document.getElementById(id);
const answers = new History();
let language;
let sort = "age";
let ready = {};
let sessions = {};
let timer = 0;

const set = (element, text) => element.textContent !== text && (element.textContent = text);
const unit = (value, name, digits = value < 10 ? 1 : 0) =>
  value.toLocaleString(language, { style: "unit", unit: name, maximumFractionDigits: digits });
/** The value in the largest of the units that it has one of. */
const scaled = (sizes) => (value) => {
  const [size, name, digits] = sizes.find(([size]) => value >= size) ?? sizes.at(-1);
  return unit(value / size, name, digits);
};
const bytes = scaled([[1e9, "gigabyte"], [1e6, "megabyte"], [1e3, "kilobyte", 0]]);
const span = scaled([[172800, "day", 0], [7200, "hour", 0], [120, "minute", 0], [1, "second"], [1e-3, "millisecond"]]);
const tenths = (value) => figure(value, value && value < 100 ? 1 : 0);
const percent = (value) => value.toLocaleString(language, { style: "percent" });
const writers = { byteRate: bytes, held: bytes, memory: bytes, behind: span, delay: span, backlog: span,
  heartbeat: span, age: span, gone: span, p50: span, p95: span, p99: span, chunkRate: tenths, refusalRate: tenths,
  chunks_per_second: tenths, dbfs: tenths, peak: (value) => figure(value, 3), cpu: percent,
  status: (value) => say(value ? "isReady" : "isUnready") };
const write = (name, value) => (value === null ? "–" : writers[name]?.(value) ?? `${value}`);

/** Rows by those columns. Where some can be sorted by, their heads have buttons. */
function table(id, columns, rows, sortable = []) {
  const old = $(id);
  const focused = old.contains(document.activeElement) && document.activeElement.name;
  const head = columns.map((name) => {
    const text = { textContent: say(name) };
    if (!sortable.includes(name)) return make("th", { scope: "col", ...text });
    const onclick = () => {
      sort = name;
      poll();
    };
    return make("th", { scope: "col", ariaSort: sort === name ? "descending" : "none" },
      make("button", { type: "button", name, onclick, ...text }));
  });
  const cell = (value, place) => make(place ? "td" : "th", { scope: "row", textContent: value });
  const body = rows.map((row) => make("tr", {}, ...columns.map((name, place) => cell(write(name, row[name]), place))));
  old.replaceChildren(make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
  old.parentElement.ariaLabel = say(id);
  if (focused) old.querySelector(`[name=${focused}]`)?.focus();
}

function show() {
  const now = answers.latest;
  const word = health(ready, answers);
  document.documentElement.dataset.health = word;
  set($("health"), say(word));
  set($("why"), (word === "unready" && ready.reason) || say(`${word}Why`));
  for (const [name, values] of Object.entries(answers.lines)) {
    const [head, value, canvas, most] = $(`line-${name}`).children;
    set(head, say(name));
    set(value, write(name, values.at(-1) ?? null));
    set(most, say("most", { value: write(name, Math.max(...values)) }));
    draw(canvas, values, places);
  }
  if (!now) return;
  const { figures, version, engines, workers, refusals, resume_refusals } = now;
  const models = engines.map(({ model }) => model);
  const up = say("up", { time: span(figures.uptime_seconds) });
  set($("about"), [version, ...models, up].filter(Boolean).join(" · "));
  const minute = answers.before(60);
  const latencies = ["ack", "answer", "final"].map((name) => ({ name: say(`${name}Time`), ...latency(now, minute, name) }));
  table("latency", ["name", "p50", "p95", "p99", "count"], latencies);
  const cpu = cpuOfWorkers(now, answers.previous);
  table("workers", ["worker", "pid", "status", "streams", "backlog", "cpu", "memory", "heartbeat"],
    workers.map((one, place) => ({ ...one, worker: place + 1, status: one.ready, cpu: cpu[place],
      backlog: one.backlog_seconds, memory: one.resident_bytes, heartbeat: one.heartbeat_seconds })));
  const reasons = Object.entries({ ...refusals, ...resume_refusals }).filter(([, count]) => count);
  set($("refusals"), reasons.map(([name, count]) => `${name.replaceAll("_", " ")} ${count}`).join(" · ") || say("none"));
  const { status, body: { total, streams = [] } } = sessions;
  set($("shown"), status === 200 ? say("shown", { count: streams.length, total }) : say("hidden"));
  table("sessions", ["client_id", "token", "peer", "age", "engine", "format", "chunks_per_second", "dbfs", "peak",
    "clipped", "waiting", "backlog", "gone", "worker"], streams.map((one) => ({ ...one, gone: one.away,
    format: `${one.encoding} ${one.sample_rate / 1000} kHz × ${one.channels}` })),
  ["age", "chunks_per_second", "dbfs", "waiting", "backlog", "gone"]);
}

async function poll() {
  clearTimeout(timer);
  const list = `streams?sort=${sort === "gone" ? "away" : sort}`;
  const [stats, state, its] = await Promise.all(["stats", "ready", list].map(ask));
  $("token").hidden = ![401, 403].includes(stats.status);
  if (!$("token").hidden) return;
  [ready, sessions] = [state.body, its];
  answers.add(stats.status === 200 ? stats.body : null);
  show();
  clearTimeout(timer);
  timer = setTimeout(poll, document.hidden ? 10000 : 1000);
}

function speakIn() {
  $("page-language").value = language = chooseLanguage();
  fill();
  showTheme();
  document.title = `${say("operator")} · Audio Service`;
}

$("token").onsubmit = (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  setToken(form.get("token"), { keep: form.has("keep") });
  poll();
};
$("page-language").onchange = ({ target }) => {
  localStorage.setItem("language", target.value);
  speakIn();
  show();
};
$("theme").onclick = () => {
  showTheme(1);
  show();
};
addEventListener("resize", show);
addEventListener("visibilitychange", () => document.hidden || poll());
$("lines").append(...Object.keys(lines).map((name) => make("article", { id: `line-${name}`, className: "card" },
  make("h2"), make("b"), make("canvas", { ariaHidden: "true" }), make("span"))));
findToken();
speakIn();
poll();
