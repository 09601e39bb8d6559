import {
  cpuOf, health, latency, linesOf, minuteAgo, previous, quantile, runs, scaleTop,
} from "/page/operator-figures.js";
import { equal, near, test } from "/page/checks.js";

const worker = { pid: 1, ready: true, streams: 0, queued_bytes: 10, backlog_seconds: 0.5, cpu_seconds: 1 };
const answer = (uptime, figures = {}, workers = [worker]) => ({
  figures: {
    uptime_seconds: uptime, clients: 1, chunks_total: 0, bytes_total: 0, refusals_total: 0, speech_refusals_total: 0,
    messages_dropped_total: 0, workers_lost_total: 0, final_delay_seconds: 0, held_bytes: 0, cpu_seconds_total: 0,
    ...figures,
  },
  workers,
});
const lines = (...answers) => Object.fromEntries(linesOf(answers));

test("rates are between two answers, whatever time passed", () => {
  const counts = [[10, 100], [12, 120], [12.5, 130]];
  const answers = counts.map(([uptime, chunks_total]) => answer(uptime, { chunks_total }));
  const { chunkRate, clients, behind } = lines(...answers);
  equal(chunkRate, [null, 10, 20]);
  equal(clients, [1, 1, 1]);
  equal(behind, [0.5, 0.5, 0.5]);
});

test("CPU is that of the server and of all workers, in processors", () => {
  const at = (uptime, own, ...workers) => answer(uptime, { cpu_seconds_total: own },
    workers.map((cpu_seconds, pid) => ({ ...worker, pid, cpu_seconds })));
  equal(lines(at(1, 1, 5, 5), at(3, 2, 6, 7)).cpu, [null, 2]);
  equal(lines(at(1, 1, null), at(3, 2, null)).cpu, [null, 0.5], "a worker that is starting");
  equal(previous([at(1, 1, 5), at(3, 2, 6), null, at(4, 2, 6)]).figures.uptime_seconds, 3);
  const begun = { ...at(3, 2, 1), workers: [{ ...worker, pid: 9, cpu_seconds: 1 }] };
  equal(cpuOf(begun, at(1, 1, 5)), [null], "a worker that is another process now");
  equal(cpuOf(at(3, 2, 6, 5), at(1, 1, 5, 5)), [0.5, 0]);
});

test("a missing answer is a gap in every line, and the next rate is over all the time", () => {
  const { chunkRate, clients } = lines(answer(10, { chunks_total: 0 }), null, answer(14, { chunks_total: 400 }));
  equal([chunkRate, clients], [[null, null, 100], [1, null, 1]]);
});

test("a server that began anew has no rate against the old one", () => {
  equal(lines(answer(100, { chunks_total: 900 }), answer(2, { chunks_total: 5 })).chunkRate, [null, null]);
});

test("a minute ago is the newest answer that is so old, of the same run of the server", () => {
  const answers = Array.from({ length: 100 }, (_, second) => answer(second));
  equal(minuteAgo(answers).figures.uptime_seconds, 39);
  equal(minuteAgo([answer(1), answer(2)]), undefined);
  equal(minuteAgo([answer(900), answer(2)]), undefined);
});

test("percentiles come from the buckets, with even spread inside of one", () => {
  const bounds = [1, 2, 4];
  equal(quantile(bounds, [0, 0, 0, 0], 0.5), null);
  near(quantile(bounds, [10, 0, 0, 0], 0.5), 0.5, 1e-9);
  near(quantile(bounds, [0, 10, 0, 0], 0.5), 1.5, 1e-9);
  near(quantile(bounds, [50, 45, 5, 0], 0.95), 2, 1e-9);
  near(quantile(bounds, [0, 0, 0, 3], 0.5), 4, 1e-9);
});

test("a latency is of what came since, or of all if nothing did", () => {
  const at = (...counts) => ({ latencies: { bounds: [1, 2, 4], ack: { counts } } });
  const now = at(10, 10, 0, 0);
  near(latency(now, at(10, 0, 0, 0), "ack").p50, 1.5, 1e-9);
  equal(latency(now, at(10, 0, 0, 0), "ack").count, 10);
  equal(latency(now, now, "ack").count, 20);
  equal(latency(now, null, "ack").count, 20);
  equal(latency(at(0, 0, 0, 0), null, "ack"), { p50: null, p95: null, p99: null, count: 0 });
});

test("the worst thing is the word", () => {
  const ready = { status: "ready" };
  const word = (state, ...answers) => health(state, answers);
  equal(word(ready, answer(1)), "well");
  equal(word(ready, answer(1), null), "unanswered");
  equal(word({ status: "unready", reason: "no worker" }, answer(1)), "unready");
  equal(word({}, answer(1)), "unready");
  equal(word(ready, answer(1), answer(2, {}, [worker, { ...worker, ready: false }])), "degraded");
  equal(word(ready, answer(1), answer(2, { workers_lost_total: 1 })), "degraded");
  const refusing = (uptime) => answer(uptime, { speech_refusals_total: 3 });
  equal(word(ready, answer(1), refusing(2)), "overloaded");
  equal(word(ready, answer(1), refusing(2), refusing(70)), "well", "a minute later");
  equal(word(ready, refusing(9)), "well", "what was before this page is no news");
});

test("a line's scale ends at 1, 2 or 5 times a power of ten", () => {
  equal([[], [0], [0.3, null], [1], [1.1], [3], [5.1], [10], [11], [900], [1e6]].map(scaleTop),
    [1, 1, 1, 1, 2, 5, 10, 10, 20, 1000, 1e6]);
});

test("a gap parts a line", () => {
  equal(runs([1, 2, null, null, 3, null]), [[[0, 1], [1, 2]], [[4, 3]]]);
  equal([runs([]), runs([null])], [[], []]);
});
