// What the operator's screen shows, worked out of the server's answers. Pure: no clock, no network, no document.

/** How many places a line has: five minutes at an answer a second. */
export const places = 300;

/** What is counted in `name`, for each `seconds`, from two answers one after the other; null where it is not known. */
const rate = (name, seconds = 1) => ({ figures }, before) => {
  const passed = figures.uptime_seconds - before?.figures.uptime_seconds;
  const more = figures[name] - before?.figures[name];
  return passed > 0 && more >= 0 ? (more / passed) * seconds : null;
};
const sum = (rows, name) => rows.reduce((all, row) => all + (row[name] ?? 0), 0);
/** Processors that each worker keeps busy; null where it is not known. */
export const cpuOfWorkers = (now, before) => now.workers.map(({ pid, cpu_seconds }) => {
  const old = before?.workers.find((one) => one.pid === pid);
  const passed = now.figures.uptime_seconds - before?.figures.uptime_seconds;
  return passed > 0 && old && cpu_seconds >= old.cpu_seconds ? (cpu_seconds - old.cpu_seconds) / passed : null;
});
/** Of the server and its workers. */
const cpu = (now, before) => {
  const own = rate("cpu_seconds_total")(now, before);
  return own === null ? null : cpuOfWorkers(now, before).reduce((all, one) => all + one, own);
};

/** The lines, in their order. */
export const lines = {
  clients: ({ figures }) => figures.clients, chunkRate: rate("chunks_total"), byteRate: rate("bytes_total"),
  behind: ({ workers }) => sum(workers, "backlog_seconds"), delay: ({ figures }) => figures.final_delay_seconds,
  held: ({ figures }) => figures.held_bytes, refusalRate: rate("refusals_total", 60), cpu,
};

/** The answers so far. `add` is given null for one that did not come: a gap in every line. */
export class History {
  answers = [];
  lines = Object.fromEntries(Object.keys(lines).map((name) => [name, []]));

  add(answer) {
    const before = this.answers.findLast(Boolean);
    const keep = (list, one) => list.push(one) > places && list.shift();
    keep(this.answers, answer);
    for (const name in lines) keep(this.lines[name], (answer && lines[name](answer, before)) ?? null);
  }

  get latest() {
    return this.answers.at(-1) ?? null;
  }

  /** The answer before the latest. */
  get previous() {
    return this.answers.findLast((one, place) => one && place < this.answers.length - 1);
  }

  /** The newest answer at least that old, of the same run of the server. */
  before(seconds) {
    const now = this.latest?.figures.uptime_seconds;
    return this.answers.findLast((one) => one?.figures.uptime_seconds <= now - seconds) ?? null;
  }
}

/** Below which value that share of the measurements lies; in a bucket they are taken to lie evenly. Null for none. */
export function quantile(bounds, counts, share) {
  let left = share * counts.reduce((all, count) => all + count, 0);
  if (!left) return null;
  for (const [place, bound] of bounds.entries()) {
    const low = bounds[place - 1] ?? 0;
    if (left <= counts[place]) return low + ((bound - low) * left) / counts[place];
    left -= counts[place];
  }
  return bounds.at(-1);
}

/** A row of the latencies: of the measurements since `before`, or of all if there were none. */
export function latency(now, before, name) {
  const { bounds, [name]: { counts: all } } = now.latencies;
  const old = before?.latencies[name].counts ?? [];
  const latest = all.map((count, place) => count - (old[place] ?? 0));
  const counts = latest.some((count) => count > 0) ? latest : all;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(bounds, counts, share));
  return { p50, p95, p99, count: counts.reduce((sum, count) => sum + count, 0) };
}

/** One word for how the service is: the worst thing. `ready` is what /api/audio/ready said. */
export function health(ready, history) {
  const now = history.latest;
  if (!now) return "silent";
  if (ready.status !== "ready") return "unready";
  const minute = history.before(60) ?? history.answers.find(Boolean);
  const grew = (name) => now.figures[name] > minute.figures[name];
  if (grew("speech_refusals_total") || grew("messages_dropped_total")) return "overloaded";
  return grew("workers_lost_total") || now.workers.some((worker) => !worker.ready) ? "degraded" : "well";
}
