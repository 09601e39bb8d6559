"""The cases: each measures what is there of the candidates and fills rows of the table.

Unless a case says otherwise a server and its worker share one core, and the generator has another.
"""
import subprocess
from statistics import median

from load import load
from table import Row, Value

LEVELS = ".build/release/LevelsBenchmark"
# A live stream must be answered within this time.
IN_TIME_US = 20_000
# They hold thousands of streams.
FAST = ("service", "limit")


class Bench:
    def __init__(self, candidates, cores, is_quick, say):
        self.candidates = candidates
        self.cores = cores
        self.is_quick = is_quick
        self.say = say
        self.rows = []

    def row(self, *what, **more):
        """A row of the table to fill; it is shown even if the run is interrupted."""
        self.rows.append(Row(*what, **more))
        return self.rows[-1]

    @property
    def served(self):
        return {self.cores[0]}

    @property
    def driven(self):
        return {self.cores[1]}

    @property
    def all_cores(self):
        return set(self.cores)

    def run(self, candidate, mode, served=None, driven=None, workers=1, loops=1, **flags):
        """One load on a fresh server."""
        served, driven = served or self.served, driven or self.driven
        if self.is_quick:
            flags["seconds"] = 1
        with candidate.start(served, workers, loops) as running:
            found = load(running, driven, mode, **flags)
        if not found.is_clean:
            self.say(f"  {candidate.name}, {mode}, {flags}: {found.faults}")
        return found

    def medians(self, row, figure, **flags):
        """Several runs of each candidate, in turns, so that disturbances affect all; the median of each."""
        runs = {candidate.name: [] for candidate in self.candidates}
        for _ in range(1 if self.is_quick else 3):
            for candidate in self.candidates:
                runs[candidate.name].append(self.run(candidate, "closed", seconds=2, **flags))
        for name, found in runs.items():
            mark = "".join(sorted(set("".join(run.mark for run in found))))
            row.values[name] = Value(median(figure(run) for run in found), mark)


def closed_3200(bench):
    row = bench.row("closed loop, 50 × 16 in flight, 3200 B", "chunks/s", target=200_000, times=40, of_limit=0.85)
    bench.medians(row, lambda run: run.per_second, connections=50, in_flight=16, bytes=3200)


def closed_640(bench):
    row = bench.row("closed loop, 50 × 16 in flight, 640 B", "chunks/s", target=300_000, times=60, of_limit=0.85)
    bench.medians(row, lambda run: run.per_second, connections=50, in_flight=16, bytes=640)


def alone(bench):
    row = bench.row(
        "one connection, one in flight: p50", "µs", 1, is_less_better=True, target=90, times=2.4, of_limit=1)
    bench.medians(row, lambda run: run.p50_us)


def capacity(bench, candidate, served, driven):
    """The largest number of live streams that are answered in time, by bisection."""
    step, most = {
        "service": (250, 10_000), "limit": (250, 10_000), "baseline": (50, 800), "tuned": (100, 1600),
    }[candidate.name]
    if bench.is_quick:
        step *= 4
    good, bad = 0, most // step

    def holds(streams):
        # A near miss may be due to the machine: try again.
        for _ in range(2):
            found = bench.run(
                candidate, "paced", served, driven, connections=streams, period_ms=100, warm_up=1, seconds=3)
            bench.say(f"  {candidate.name}: {streams} streams, p99 {found.p99_us / 1000:.1f} ms")
            if found.is_clean and found.p99_us < IN_TIME_US:
                return True
            if not found.is_clean or found.p99_us > 3 * IN_TIME_US:
                return False
        return False

    while bad - good > 1:
        middle = (good + bad) // 2
        if holds(middle * step):
            good = middle
        else:
            bad = middle
    return Value(good * step)


def streams(bench):
    row = bench.row("live streams on one core, p99 < 20 ms", target=5000, of_limit=1)
    for candidate in bench.candidates:
        row.values[candidate.name] = capacity(bench, candidate, bench.served, bench.driven)


def streams_everywhere(bench):
    row = bench.row(f"live streams, {len(bench.all_cores)} cores with the generator", target=4200, times=10.7)
    for candidate in bench.candidates:
        row.values[candidate.name] = capacity(bench, candidate, bench.all_cores, bench.all_cores)


def memory(bench):
    rest = bench.row("memory idle, server and worker", "MB", 1, is_less_better=True, target=30, times=2.9)
    idle = bench.row("memory of an idle connection", "KB", 1, is_less_better=True, target=3)
    live = bench.row("memory of a live stream", "KB", 1, is_less_better=True, target=5)
    for candidate in bench.candidates:
        held = bench.run(candidate, "idle", connections=1000, seconds=1)
        rest.values[candidate.name] = Value(held.kilobytes(0) / 1024)
        idle.values[candidate.name] = Value((held.kilobytes(1) - held.kilobytes(0)) / 1000, held.mark)
        count = 2000 if candidate.name in FAST else 200
        loaded = bench.run(candidate, "paced", connections=count, seconds=3)
        live.values[candidate.name] = Value((loaded.kilobytes(2) - loaded.kilobytes(0)) / count, loaded.mark)


def start(bench):
    row = bench.row("start to first healthy answer", "ms", 1, is_less_better=True, target=100, times=3.1)
    for candidate in bench.candidates:
        times = []
        for _ in range(2 if bench.is_quick else 5):
            with candidate.start(bench.all_cores) as running:
                times.append(running.start_seconds * 1000)
        row.values[candidate.name] = Value(median(times))


def cpu_per_stream(bench):
    """The CPU use of a live stream must not grow with their number: it falls, as more of them share a wakeup."""
    shares = []
    for count in (100, 1000, 3500):
        row = bench.row(
            f"CPU of a live stream, {count} of them", "% of a core", 4, is_less_better=True,
            of_limit=0.8 if count == 3500 else None)
        for candidate in bench.candidates:
            if count > 100 and candidate.name not in FAST:
                continue
            found = bench.run(candidate, "paced", connections=count, warm_up=1, seconds=3)
            row.values[candidate.name] = Value(found.cpu / count * 100, found.mark)
        shares.append(row.values["service"].number)
    growth = bench.row("the most with 1,000 or 3,500, beside 100", "", 2, is_less_better=True, target=1)
    growth.values["service"] = Value(max(shares[1:]) / shares[0])


def chunk_sizes(bench):
    """Tiny chunks in chunks per second, large ones in bytes."""
    for name, size, connections, in_flight in (
            ("20 B", 20, 50, 16), ("64 KB", 64 << 10, 8, 8), ("1 MB", 1 << 20, 4, 4)):
        unit, scale = ("chunks/s", 1) if size < 1000 else ("MB/s", size / 1e6)
        row = bench.row(f"closed loop, {connections} × {in_flight} in flight, {name}", unit)
        for candidate in bench.candidates:
            found = bench.run(
                candidate, "closed", connections=connections, in_flight=in_flight, bytes=size, seconds=2)
            row.values[candidate.name] = Value(found.per_second * scale, found.mark)


def loop_alone(bench):
    """The serial part: CPU of the server process for a chunk, with its workers on another core."""
    row = bench.row("CPU of the server's process for a chunk, 3200 B", "µs", 2, is_less_better=True)
    for candidate in bench.candidates:
        with candidate.start(bench.served) as running:
            running.move_workers(bench.driven)
            found = load(running, bench.driven, "closed", connections=50, in_flight=16, seconds=2)
        row.values[candidate.name] = Value(found.server_us_per_chunk, found.mark)


def workers(bench):
    """A second loop must not cost more than it brings, even where the generator takes its share of two cores."""
    service = bench.candidates[0]
    target = None
    for count, loops in ((1, 1), (2, 1), (2, 2)):
        found = bench.run(
            service, "closed", bench.all_cores, bench.all_cores, count, loops, connections=50, in_flight=16, seconds=2)
        row = bench.row(
            f"--workers {count} --loops {loops}, {len(bench.all_cores)} cores with the generator, 3200 B", "chunks/s",
            target=target if loops > 1 else None)
        row.values["service"] = Value(found.per_second, found.mark)
        target = found.per_second


def wss(bench):
    """TLS 1.3 beside no TLS, in turns. The ratio is of each turn: what disturbs a turn disturbs both."""
    plain = bench.candidates[0]
    with plain.over_tls() as encrypted:
        closed = dict(connections=50, in_flight=16, bytes=3200, seconds=2)
        both(bench, plain, encrypted, "closed loop, 50 × 16 in flight, 3200 B", "chunks/s", 0, False, 0.75,
             "closed", closed, lambda run: run.per_second)
        paced = dict(connections=2000, warm_up=1, seconds=3)
        both(bench, plain, encrypted, "CPU of a live stream, 2000 of them", "% of a core", 4, True, 1.25,
             "paced", paced, lambda run: run.cpu / 2000 * 100)
        held = bench.run(encrypted, "idle", connections=1000, seconds=1)
        row = bench.row("wss: memory of an idle connection", "KB", 1, is_less_better=True, target=10)
        row.values["service"] = Value((held.kilobytes(1) - held.kilobytes(0)) / 1000, held.mark)
        for what, more in (("new", {}), ("resumed", {"resume": True})):
            runs = [bench.run(encrypted, "handshakes", connections=16, seconds=2, **more) for _ in range(turns(bench))]
            row = bench.row(f"wss: {what} sessions, of each second of CPU", "handshakes")
            row.values["service"] = Value(
                median(run.handshakes_per_cpu_second for run in runs),
                "" if all(run.is_clean for run in runs) else "!")


def turns(bench):
    return 1 if bench.is_quick else 5


def both(bench, plain, encrypted, what, unit, digits, is_less_better, target, mode, flags, figure):
    """A row for each of the two, and one for their ratio."""
    found = {plain: [], encrypted: []}
    for turn in range(turns(bench)):
        for candidate in (plain, encrypted) if turn % 2 == 0 else (encrypted, plain):
            found[candidate].append(bench.run(candidate, mode, **flags))
    for candidate, name in (plain, f"ws: {what}"), (encrypted, f"wss: {what}"):
        row = bench.row(name, unit, digits, is_less_better=is_less_better)
        mark = "".join(sorted(set("".join(run.mark for run in found[candidate]))))
        row.values["service"] = Value(median(map(figure, found[candidate])), mark)
    row = bench.row("wss / ws", "", 2, is_less_better=is_less_better, target=target)
    row.values["service"] = Value(
        median(figure(wss) / figure(ws) for ws, wss in zip(found[plain], found[encrypted])))


def levels(bench):
    """Measuring levels alone, beside a plain loop and beside copying the same bytes."""
    said = subprocess.run([LEVELS], stdout=subprocess.PIPE, text=True, check=True).stdout
    figures = dict(line.split(": ", 1) for line in said.splitlines())
    for name, case, target in (
            ("s16le", "levels of s16le", 4), ("s16le, plain float64 loop", "a plain loop for the same", None),
            ("memcpy", "copying the same", None)):
        row = bench.row(case, "GB/s", 2, target=target)
        row.values["service"] = Value(float(figures[name].split(", ")[1].split()[0]))


CASES = {
    "closed-3200": closed_3200, "closed-640": closed_640, "alone": alone, "streams": streams,
    "streams-everywhere": streams_everywhere, "memory": memory, "start": start, "cpu": cpu_per_stream,
    "sizes": chunk_sizes, "loop": loop_alone, "workers": workers, "wss": wss, "levels": levels,
}
