"""One form of the service beside another, in alternating turns: another checkout's, or one with a journal."""
import os
from contextlib import nullcontext
from dataclasses import dataclass
from statistics import median
from typing import Callable

from candidates import SERVICE, Candidate, NotMeasured
from load import load
from table import columns

IDLE, LIVE, STREAMS = 1000, 2000, 1000


@dataclass(frozen=True)
class Case:
    name: str
    what: str
    unit: str
    digits: int
    mode: str
    flags: dict
    figure: Callable
    has_tls: bool = False


CASES = [
    Case("closed-3200", "closed loop, 50 × 16 in flight, 3200 B", "chunks/s", 0, "closed",
         dict(connections=50, in_flight=16, bytes=3200, seconds=2), lambda run: run.per_second),
    Case("closed-640", "closed loop, 50 × 16 in flight, 640 B", "chunks/s", 0, "closed",
         dict(connections=50, in_flight=16, bytes=640, seconds=2), lambda run: run.per_second),
    Case("alone", "one connection, one in flight: p50", "µs", 1, "closed", dict(seconds=2), lambda run: run.p50_us),
    Case("cpu", f"CPU of a live stream, {STREAMS:,} of them", "% of a core", 4, "paced",
         dict(connections=STREAMS, warm_up=1, seconds=3), lambda run: run.cpu / STREAMS * 100),
    Case("idle", f"memory of an idle connection, {IDLE:,} of them", "KB", 1, "idle",
         dict(connections=IDLE, seconds=1), lambda run: (run.kilobytes(1) - run.kilobytes(0)) / IDLE),
    Case("live", f"memory of a live stream, {LIVE:,} of them", "KB", 1, "paced",
         dict(connections=LIVE, seconds=3), lambda run: (run.kilobytes(2) - run.kilobytes(0)) / LIVE),
    Case("wss-closed-3200", "wss: closed loop, 50 × 16 in flight, 3200 B", "chunks/s", 0, "closed",
         dict(connections=50, in_flight=16, bytes=3200, seconds=2), lambda run: run.per_second, has_tls=True),
    Case("wss-cpu", f"wss: CPU of a live stream, {STREAMS:,} of them", "% of a core", 4, "paced",
         dict(connections=STREAMS, warm_up=1, seconds=3), lambda run: run.cpu / STREAMS * 100, has_tls=True),
    Case("wss-idle", f"wss: memory of an idle connection, {IDLE:,} of them", "KB", 1, "idle",
         dict(connections=IDLE, seconds=1), lambda run: (run.kilobytes(1) - run.kilobytes(0)) / IDLE, has_tls=True),
]


# With sessions that can be resumed, as only those are in a journal.
JOURNAL_CASES = [
    Case("journal-cpu", "CPU of a chunk, 3,500 live streams", "µs", 1, "paced",
         dict(connections=3500, warm_up=2, seconds=5, start=True), lambda run: run.cpu_us_per_chunk),
    Case("journal-closed", "closed loop, 50 × 16 in flight, 3200 B", "chunks/s", 0, "closed",
         dict(connections=50, in_flight=16, bytes=3200, seconds=3, start=True), lambda run: run.per_second),
]


def with_journal(folder, sync):
    """The service without a journal and with one in this folder, in that order."""
    return (Candidate("before", (SERVICE,)),
            Candidate("now", (SERVICE, "--journal", folder, "--journal-sync", sync)))


def versions(folder):
    """The other checkout's service and this one's, in that order. Both are driven by this checkout's generator."""
    old = Candidate("before", (os.path.join(os.path.abspath(folder), SERVICE),))
    if not old.is_there:
        raise NotMeasured(f'--beside: expected a checkout with {SERVICE}, got "{folder}": run swift build -c release there')
    return old, Candidate("now", (SERVICE,))


@dataclass
class Series:
    """What the turns of one case have found."""
    case: Case
    before: list
    now: list
    mark: str = ""

    @property
    def cells(self):
        def text(numbers):
            return f"{median(numbers):,.{self.case.digits}f} {self.case.unit}{self.mark}"

        if not self.now:
            return [self.case.what, "–", "–", "–", "–"]
        # Of one turn, not of the medians: what disturbs a turn disturbs both.
        ratios = [now / before for before, now in zip(self.before, self.now) if before]
        if not ratios:
            return [self.case.what, text(self.before), text(self.now), "–", "–"]
        return [self.case.what, text(self.before), text(self.now), f"{median(ratios):.3f}",
                f"{min(ratios):.3f} – {max(ratios):.3f}"]


HEADS = ["case", "before", "now", "now/before", "least – most"]


def beside(pair, cases, turns, cores, is_quick, say):
    """Prints the table; whether every chunk was answered rightly."""
    series = [Series(case, [], []) for case in cases]
    try:
        for turn in range(turns):
            say(f"turn {turn + 1} of {turns} …")
            for one in series:
                # Whoever is first in one turn is second in the next.
                found = {}
                for candidate in pair if turn % 2 == 0 else pair[::-1]:
                    flags = one.case.flags | ({"seconds": 1} if is_quick else {})
                    with candidate.over_tls() if one.case.has_tls else nullcontext(candidate) as measured:
                        with measured.start({cores[0]}) as running:
                            run = load(running, {cores[1]}, one.case.mode, **flags)
                    if not run.is_clean:
                        say(f"  {candidate.name}, {one.case.name}: {run.faults}")
                    one.mark = "".join(sorted(set(one.mark + run.mark)))
                    found[candidate.name] = one.case.figure(run)
                one.before.append(found["before"])
                one.now.append(found["now"])
    except KeyboardInterrupt:
        say("interrupted; what there is:")
    print(columns([HEADS] + [one.cells for one in series]))
    print(f"medians of {turns} turns, and of each turn's ratio; !: something was lost or wrong; *: the generator had no more to give")
    return not any("!" in one.mark for one in series)
