"""The service with a worker of its own, over a Unix socket, beside the same with one at a broker: in alternating turns.

A server, its worker and the broker share one core, and the generator has another. At 3,500 live streams, which the three together
do not do on one core, all share both.
"""
import asyncio
import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from statistics import median
from typing import Callable

from websockets.asyncio.client import connect

from candidates import SERVICE, NotMeasured, Running, free_port
from load import load
from table import columns

BROKER = ".deps/broker/bin/nats-server"
WORKER = ".build/release/audio-worker"
KILLS = 20
# From so many streams on nothing has a core of its own.
ALL_CORES = 3000


class AtBroker(Running):
    """A server, a broker and a machine of workers."""

    def __init__(self, cores, workers=1):
        port = free_port()
        url = f"nats://127.0.0.1:{port}"
        quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                     preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.store = tempfile.TemporaryDirectory()
        self.broker = subprocess.Popen(
            [BROKER, "--addr", "127.0.0.1", "--port", str(port), "--jetstream", "--store_dir", self.store.name], **quiet)
        self.machine = subprocess.Popen(
            [WORKER, "--broker", url, "--machine", "bench", "--workers", str(workers), "--capacity", "10000"], **quiet)
        self.wanted = workers
        try:
            super().__init__([SERVICE, "--broker", url, "--machine", "bench", "--workers", "0"], cores, has_tls=False)
        except NotMeasured:
            self.end_rest()
            raise

    def is_healthy(self):
        """Healthy, with as many workers as wanted."""
        return super().is_healthy() and sum(
            worker["ready"] for worker in stats(self.port)["workers"] if worker.get("machine")) == self.wanted

    def workers(self):
        with open(f"/proc/{self.machine.pid}/task/{self.machine.pid}/children") as children:
            return [int(child) for child in children.read().split()]

    @property
    def pids(self):
        """The server's own comes first, then the broker's."""
        return [self.process.pid, self.broker.pid, self.machine.pid, *self.workers()]

    def end_rest(self):
        for process in (self.machine, self.broker):
            process.send_signal(signal.SIGTERM)
            process.wait()
        self.store.cleanup()

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        self.end_rest()


class Alone(Running):
    """A server with workers of its own."""

    def __init__(self, cores, workers=1):
        super().__init__([SERVICE, "--workers", str(workers)], cores, has_tls=False)

    workers = Running.children


def stats(port):
    done = subprocess.run(["curl", "-s", f"http://127.0.0.1:{port}/api/audio/stats"], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Figure:
    what: str
    unit: str
    digits: int
    of: Callable
    # The figure of the run at the broker alone.
    is_broker_s: bool = False


def broker_us(run):
    return run.found["processes"][1]["cpu_seconds"] / max(1, run.found["measured"]) * 1e6


def closed(what):
    return [
        Figure(f"closed loop, 50 × 16 in flight, 3200 B{what}", "chunks/s", 0, lambda run: run.per_second),
        Figure(f"CPU of a chunk, all{what}", "µs", 2, lambda run: run.cpu_us_per_chunk),
        Figure(f"of it the broker's{what}", "µs", 2, broker_us, True),
    ]


def live(count, what=""):
    return [
        Figure(f"{count:,} live streams{what}: p50", "ms", 2, lambda run: run.p50_us / 1000),
        Figure(f"{count:,} live streams{what}: p99", "ms", 2, lambda run: run.p99_us / 1000),
        Figure(f"{count:,} live streams{what}: CPU of a chunk, all", "µs", 1, lambda run: run.cpu_us_per_chunk),
        Figure(f"of it the broker's{what}", "µs", 1, broker_us, True),
    ]


# Sessions have a second copy at their worker.
LOADS = [
    ("closed", dict(connections=50, in_flight=16, bytes=3200, seconds=3), closed("")),
    ("closed", dict(connections=50, in_flight=16, bytes=3200, seconds=3, start=True), closed(", sessions")),
    ("paced", dict(connections=500, warm_up=2, seconds=5), live(500)),
    ("paced", dict(connections=500, warm_up=2, seconds=5, start=True), live(500, " with sessions")),
    ("paced", dict(connections=3500, warm_up=3, seconds=5), live(3500)),
]


class Stream:
    """A chunk each 5 ms."""

    def __init__(self, url):
        self.url, self.sent, self.owed, self.moved = url, 0, None, asyncio.Event()

    async def run(self):
        async with connect(self.url, proxy=None, max_size=None, compression=None) as socket:
            reader = asyncio.create_task(self.read(socket))
            try:
                while not reader.done():
                    self.sent += 1
                    await socket.send(bytes(160))
                    await asyncio.sleep(0.005)
            finally:
                reader.cancel()

    async def read(self, socket):
        async for text in socket:
            message = json.loads(text)
            if "transcription" in message and self.owed is not None and message["seq"] > self.owed:
                self.owed = None
                self.moved.set()

    async def answered_again(self):
        """The time at which a chunk is answered that is sent from now on."""
        self.owed = self.sent
        self.moved.clear()
        await asyncio.wait_for(self.moved.wait(), 20)
        return time.monotonic()


async def pauses(running, count):
    """Milliseconds from the death of one of two workers until all streams are answered again, for so many deaths."""
    found = []
    streams = [Stream(running.url) for _ in range(8)]
    tasks = [asyncio.create_task(stream.run()) for stream in streams]
    await asyncio.sleep(1)
    for number in range(count):
        while len(running.workers()) < 2:
            await asyncio.sleep(0.05)
        # Streams spread to it.
        await asyncio.sleep(2.5)
        began = time.monotonic()
        os.kill(running.workers()[number % 2], signal.SIGKILL)
        found.append((max(await asyncio.gather(*(stream.answered_again() for stream in streams))) - began) * 1000)
    for task in tasks:
        task.cancel()
    return found


def compare(turns, cores, is_quick, say):
    """Prints the table; whether every chunk was answered rightly."""
    found, marks = {}, {}
    kinds = {"alone": Alone, "broker": AtBroker}
    for turn in range(turns):
        say(f"turn {turn + 1} of {turns} …")
        for mode, flags, figures in LOADS:
            flags = flags | ({"seconds": 1} if is_quick else {})
            served, driven = ({cores[0]}, {cores[1]}) if flags["connections"] < ALL_CORES else (set(cores), set(cores))
            # The first in one turn is the second in the next.
            for name in list(kinds) if turn % 2 == 0 else list(kinds)[::-1]:
                with kinds[name](served) as running:
                    run = load(running, driven, mode, **flags)
                if not run.is_clean:
                    say(f"  {name}, {mode}, {flags}: {run.faults}")
                for figure in figures:
                    if name == "broker" or not figure.is_broker_s:
                        key = mode, flags["connections"], figure.what
                        found.setdefault((*key, name), []).append(figure.of(run))
                        marks[key] = "".join(sorted(set(marks.get(key, "") + run.mark)))
    rows = [["", "Unix socket", "broker", "ratio", "least – most"]]
    for mode, flags, figures in LOADS:
        for figure in figures:
            key = mode, flags["connections"], figure.what
            rows.append(cells(figure, found.get((*key, "alone"), []), found[(*key, "broker")], marks[key]))
    for name, kind in kinds.items():
        say(f"workers that die, {name} …")
        with kind(set(cores), workers=2) as running:
            times = sorted(asyncio.run(pauses(running, 3 if is_quick else KILLS)))
        found[name] = f"{median(times):.0f} ms, {times[-1]:.0f} ms"
    rows.append(["a worker is killed: until all streams are answered again, p50, longest", found["alone"], found["broker"], "", ""])
    print(columns(rows))
    print(f"medians of {turns} turns, and of each turn's ratio; !: something was lost or wrong; *: the generator had no more to give")
    return not any("!" in mark for mark in marks.values())


def cells(figure, alone, broker, mark):
    def text(numbers):
        return f"{median(numbers):,.{figure.digits}f} {figure.unit}{mark}" if numbers else ""

    # Ratios of one turn, not of the medians: what disturbs a turn disturbs both.
    ratios = [there / here for here, there in zip(alone, broker) if here]
    return [figure.what, text(alone), text(broker), f"{median(ratios):.2f}" if ratios else "",
            f"{min(ratios):.2f} – {max(ratios):.2f}" if ratios else ""]
