"""Clients stream what is known through two servers while the workers and brokers of a cluster, each on a host of its own, are
killed, stopped, unplugged, deafened and started anew; at the end every chunk must have been answered once, and with what the
undisturbed service says of it.

    python cluster.py --programs .build/release --brokers 3 --faults 500
    python cluster.py --programs .build/release --overlapping --faults 1000

One fault at a time, the next when every client has been answered again; with --overlapping one each 0.2 to 1 s, whatever is still
broken. Prints a ledger; exits 1 if anything is lost, doubled or different, and 77 where there can be no network namespaces. With
one fault at a time no chunk may be answered with an error, and no session begun anew: no server is ended here. With overlapping
ones a chunk may be with two workers in turn that are killed, and a session without a connection for too long.
"""
import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time

import network
from clients import CHUNK_S, NoiseClient, NoiseStream
from ledger import Ledger
from machines import Cluster, send

TARDY_S = 60  # without an answer after a fault is over


class ClusterLedger(Ledger):
    is_strict = True

    @property
    def is_clean(self):
        if self.is_strict and self.begun_anew:
            return False
        if not self.is_strict:
            self.wrong = [what for what in self.wrong if "crashed two workers" not in what]
        failed, self.failed = self.failed, self.failed if self.is_strict else 0
        try:
            return super().is_clean
        finally:
            self.failed = failed


class SteadyClient(NoiseClient):
    """Sends until it is stopped."""

    async def run(self, stop):
        while not stop.is_set():
            self.stream = NoiseStream(self.url, self.ledger)
            sender = asyncio.create_task(self.stream.run())
            until = time.monotonic() + self.dice.uniform(20, 90)
            while time.monotonic() < until and not stop.is_set():
                self.stream.add(self.dice.choice(self.stock))
                await asyncio.sleep(CHUNK_S)
            self.stream.closed = True
            self.stream.moved.set()
            await sender


class Breaker:
    """Causes faults of every kind in turn, shuffled by the seed."""

    def __init__(self, cluster, dice, ledger):
        self.cluster, self.dice, self.ledger = cluster, dice, ledger
        self.deck = []
        self.pauses = {}

    def deal(self):
        if not self.deck:
            self.deck = [
                self.kill_worker, self.stop_worker, self.kill_machine, self.stop_machine, self.unplug_machine, self.deafen_machine,
                self.leave_machine, self.kill_broker, self.stop_broker, self.unplug_broker, self.end_broker, self.deafen_server,
                self.stop_server, self.unplug_server]
            self.dice.shuffle(self.deck)
        return self.deck.pop()

    async def fault(self):
        """One fault, until it is over; its name."""
        kind = self.deal()
        name = kind.__name__.replace("_", " ")
        self.ledger.faults[name] = self.ledger.faults.get(name, 0) + 1
        await kind()
        return name

    async def rest(self, longest=3):
        await asyncio.sleep(self.dice.uniform(0.2, longest))

    def machine(self):
        return self.dice.choice(self.cluster.worker_machines)

    def broker(self):
        return self.dice.choice(self.cluster.brokers)

    def server(self):
        return self.dice.choice(self.cluster.servers)

    def worker(self):
        workers = [pid for machine in self.cluster.worker_machines for pid in machine.pids()[1:]]
        return self.dice.choice(workers) if workers else None

    async def kill_worker(self):
        if pid := self.worker():
            send(pid, signal.SIGKILL)

    async def stop_worker(self):
        if pid := self.worker():
            send(pid, signal.SIGSTOP)
            await self.rest()
            send(pid, signal.SIGCONT)

    async def stop(self, part):
        pids = part.pids()
        for pid in pids:
            send(pid, signal.SIGSTOP)
        await self.rest()
        for pid in pids:
            send(pid, signal.SIGCONT)

    async def kill(self, part, number=signal.SIGKILL):
        await part.end(number)
        await self.rest(1)
        await part.start()

    async def unplug(self, part):
        part.host.unplug()
        await self.rest()
        part.host.plug()

    async def deafen(self, part):
        others = [broker.host for broker in self.cluster.brokers]
        for other in others:
            part.host.deafen(other)
        await self.rest()
        for other in others:
            part.host.hear(other)

    async def kill_machine(self):
        await self.kill(self.machine())

    async def leave_machine(self):
        await self.kill(self.machine(), signal.SIGTERM)

    async def stop_machine(self):
        await self.stop(self.machine())

    async def unplug_machine(self):
        await self.unplug(self.machine())

    async def deafen_machine(self):
        await self.deafen(self.machine())

    async def kill_broker(self):
        await self.kill(self.broker())

    async def end_broker(self):
        await self.kill(self.broker(), signal.SIGTERM)

    async def stop_broker(self):
        await self.stop(self.broker())

    async def unplug_broker(self):
        await self.unplug(self.broker())

    async def deafen_server(self):
        await self.deafen(self.server())

    async def stop_server(self):
        await self.stop(self.server())

    async def unplug_server(self):
        await self.unplug(self.server())


async def until_answered(clients, ledger, name):
    """Until every client is answered what it has sent by now."""
    owed = [(client.stream, len(client.stream.chunks)) for client in clients if client.stream]
    began = time.monotonic()
    while any(stream.answered < count and stream.receipt is None for stream, count in owed):
        if time.monotonic() - began > TARDY_S:
            ledger.wrong.append(f"{TARDY_S} s after \"{name}\" a client is not answered")
            return TARDY_S
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def disturb(breaker, clients, ledger, options, end):
    tasks = set()
    for number in range(options.faults):
        if time.monotonic() > end:
            break
        if options.overlapping:
            tasks.add(asyncio.create_task(breaker.fault()))
            await asyncio.sleep(breaker.dice.uniform(0.2, 1))
        else:
            name = await breaker.fault()
            pause = await until_answered(clients, ledger, name)
            breaker.pauses.setdefault(name, []).append(pause)
            # All have heard of it before the next.
            await asyncio.sleep(0.5)
        if number % 50 == 49:
            print(f"{number + 1} faults, {ledger.answered:,} chunks answered", flush=True)
    if tasks:
        await asyncio.wait(tasks)


async def run(options):
    dice = random.Random(options.seed)
    ledger = ClusterLedger()
    ledger.is_strict = not options.overlapping
    net = network.Network()
    folder = tempfile.mkdtemp(prefix="audio-torture-")
    cluster = Cluster(net, options.programs, folder, options.brokers, timeout=1)
    net.host("client").enter()
    await cluster.start()
    urls = [f"ws://{server.host.address}:8000/api/audio/ws" for server in cluster.servers]
    clients = [SteadyClient(urls[number % len(urls)], random.Random(dice.random()), ledger) for number in range(options.clients)]
    await NoiseClient.learn(urls[0], clients)
    end = time.monotonic() + options.minutes * 60
    stop = asyncio.Event()
    tasks = [asyncio.create_task(client.run(stop)) for client in clients]
    await asyncio.sleep(2)
    breaker = Breaker(cluster, dice, ledger)
    await disturb(breaker, clients, ledger, options, end)
    stop.set()
    done, late = await asyncio.wait(tasks, timeout=2 * TARDY_S)
    for task in late:
        task.cancel()
    ledger.unfinished = len(late)
    for task in done:
        if task.exception():
            ledger.wrong.append(repr(task.exception()))
    await cluster.end()
    net.remove()
    print(ledger.text())
    for name, pauses in sorted(breaker.pauses.items()):
        pauses.sort()
        print(f"answered again after \"{name}\" was over: p50 {pauses[len(pauses) // 2]:.2f} s, longest {pauses[-1]:.2f} s")
    if not ledger.is_clean:
        print(f"the cluster's log is {folder}/log")
    return 0 if ledger.is_clean else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, help="the folder of audio-server and audio-worker")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--faults", type=int, default=1 << 30, help="so many at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="1 without TLS, 3 with it")
    parser.add_argument("--overlapping", action="store_true")
    given = parser.parse_args()
    if reason := network.obstacle():
        print(f"skipped: {reason}")
        sys.exit(77)
    sys.exit(asyncio.run(run(given)))
