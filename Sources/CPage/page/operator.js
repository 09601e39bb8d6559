// The operator's screen: asks the server once a second, every ten while nobody looks, and shows how the service is.
import { cpuOf, health, History, latency, lines, places } from "./operator-figures.js";
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
const tenths = (value) => figure(value, value && value < 100 ? 1 : 0);
const percent = (value) => value.toLocaleString(language, { style: "percent" });
const units = [[172800, "day"], [7200, "hour"], [120, "minute"], [1, "second"], [0.001, "millisecond"]];
function span(seconds) {
  const [size, unit] = units.find(([size]) => seconds >= size) ?? units.at(-1);
  const digits = size <= 1 && seconds < 10 * size ? 1 : 0;
  return (seconds / size).toLocaleString(language, { style: "unit", unit, maximumFractionDigits: digits });
}
const writers = { behind: span, delay: span, backlog: span, heartbeat: span, age: span, gone: span, p50: span,
  p95: span, p99: span, chunkRate: tenths, refusalRate: tenths, chunks_per_second: tenths, dbfs: tenths, cpu: percent,
  peak: (value) => figure(value, 3), memory: (value) => `${figure(value / 1e6)} MB`, status: (is) => (is ? "✓" : "–") };
const write = (name, value) => (value ?? null) === null ? "–" : writers[name]?.(value) ?? `${value}`;

/** Rows by those columns, the first of them their heads. Where some can be sorted by, there are buttons. */
function table(id, columns, rows, sortable = []) {
  const focused = $(id).contains(document.activeElement) && document.activeElement.name;
  const head = columns.map((name) => {
    const text = { textContent: say(name) };
    if (!sortable.includes(name)) return make("th", { scope: "col", ...text });
    const onclick = () => poll(sort = name);
    return make("th", { scope: "col", ariaSort: sort === name ? "descending" : "none" },
      make("button", { type: "button", name, onclick, ...text }));
  });
  const body = rows.map((row) => make("tr", {}, ...columns.map((name, place) =>
    make(place ? "td" : "th", { ...(!place && { scope: "row" }), textContent: write(name, row[name]) }))));
  $(id).replaceChildren(make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
  $(id).parentElement.ariaLabel = say(id);
  if (focused) $(id).querySelector(`[name=${focused}]`)?.focus();
}

function show() {
  const { latest: now, minuteAgo, previous } = answers;
  const word = health(ready, answers);
  document.documentElement.dataset.health = word;
  set($("health"), say(word));
  set($("why"), word.endsWith("ed") ? say(`${word}Why`) : ready.reason ?? "");
  for (const [name, values] of Object.entries(answers.lines)) {
    const [head, value, canvas, most] = $(`line-${name}`).children;
    set(head, say(name));
    set(value, write(name, values.at(-1)));
    set(most, say("most", { value: write(name, Math.max(...values)) }));
    draw(canvas, values, places);
  }
  if (!now) return;
  const models = now.engines.map(({ model }) => model);
  const up = say("up", { time: span(now.figures.uptime_seconds) });
  set($("about"), [now.version, ...models, up].filter(Boolean).join(" · "));
  table("latency", ["name", "p50", "p95", "p99", "count"], ["ack", "answer", "final"].map((name) =>
    ({ name: say(name === "answer" ? "reply" : name), ...latency(now, minuteAgo, name) })));
  const cpu = cpuOf(now, previous);
  table("workers", ["worker", "pid", "status", "streams", "backlog", "cpu", "memory", "heartbeat"],
    now.workers.map((one, place) => ({ ...one, worker: place + 1, status: one.ready, cpu: cpu[place],
      backlog: one.backlog_seconds, memory: one.resident_bytes, heartbeat: one.heartbeat_seconds })));
  const refusals = Object.entries({ ...now.refusals, ...now.resume_refusals }).filter(([, count]) => count)
    .map(([name, count]) => `${name.replaceAll("_", " ")} ${count}`);
  set($("refusals"), refusals.join(" · ") || say("none"));
  $("hidden").hidden = sessions.status === 200;
  table("sessions", ["client_id", "token", "peer", "age", "engine", "format", "chunks_per_second", "dbfs", "peak",
    "clipped", "waiting", "backlog", "gone", "worker"], (sessions.body.streams ?? []).map((one) => ({ ...one,
    gone: one.away, format: `${one.encoding} ${one.sample_rate / 1000} kHz × ${one.channels}` })),
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
  set($("hidden"), say("hidden"));
  showTheme();
}

$("token").onsubmit = (event) => {
  event.preventDefault();
  setToken(event.target.token.value);
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
