"""Clients stream what is known through HAProxy and servers while the parts of a cluster, each on a host of its own, are killed,
stopped, unplugged, deafened, started anew and given a bad network: workers, brokers, servers, the balancer. At the end every chunk
must have been answered once, and with what the undisturbed service says of it.

    python cluster.py --programs .build/release --brokers 3 --faults 500
    python cluster.py --programs .build/release --overlapping --faults 1000
    python cluster.py --programs .build/release --engine speech --faults 50
    python cluster.py --programs .build/release --scale

One fault at a time, the next when the cluster is whole again and every client answered; with --overlapping one each 0.2 to 1 s,
whatever is still broken. Prints a ledger; exits 1 if anything is lost, doubled or different, and 77 where there can be no network
namespaces. With one fault at a time no chunk may be answered with an error, and no session begun anew but those whose server and
worker are killed at once (--may-begin-anew permits that). With overlapping ones a chunk may be with two workers in turn that are
killed, and a session's server and worker may be lost at once.
"""
import argparse
import asyncio
import random
import shutil
import signal
import sys
import tempfile
import time

import network
import scale
from breaker import Breaker
from clients import NoiseClient, SpeechClient
from machines import Cluster
from steady import ClusterLedger, SteadyClient, SteadySpeaker, quantiles

TARDY_S = 60  # without an answer after a fault is over


async def until_well(cluster, clients, ledger, name):
    """Until every client is answered what it has sent by now, which takes the returned time, and all parts are there."""
    owed = [(client.stream, len(client.stream.chunks)) for client in clients if client.stream]
    began = time.monotonic()
    while any(stream.answered < count and stream.receipt is None for stream, count in owed):
        if time.monotonic() - began > TARDY_S:
            ledger.wrong.append(f"{TARDY_S} s after \"{name}\" a client is not answered")
            return TARDY_S
        await asyncio.sleep(0.02)
    pause = time.monotonic() - began
    while lack := await asyncio.to_thread(cluster.lack):
        if time.monotonic() - began > TARDY_S:
            ledger.wrong.append(f"{TARDY_S} s after \"{name}\" {lack}")
            break
        await asyncio.sleep(0.1)
    return pause


async def disturb(breaker, cluster, options, end):
    tasks, ledger = set(), breaker.ledger
    for number in range(options.faults):
        if time.monotonic() > end:
            break
        if options.overlapping:
            tasks.add(asyncio.create_task(breaker.fault()))
            await asyncio.sleep(breaker.dice.uniform(0.2, 1))
        else:
            name = await breaker.fault()
            pause = await until_well(cluster, breaker.clients, ledger, name)
            breaker.pauses.setdefault(name, []).append(pause)
            # All have heard of it before the next.
            await asyncio.sleep(0.5)
        if number % 50 == 49:
            print(f"{number + 1} faults, {ledger.answered:,} chunks answered, {ledger.begun_anew} begun anew", flush=True)
    if tasks:
        await asyncio.wait(tasks)


async def clients_of(cluster, options, dice, ledger):
    if options.engine == "speech":
        await SpeechClient.learn(cluster.url, options.recording)
        print(f"undisturbed: {SpeechClient.words} words", flush=True)
        return [SteadySpeaker(cluster.url, options.recording, ledger, dice.uniform(0, 5)) for _ in range(options.clients)]
    clients = [SteadyClient(cluster.url, random.Random(dice.random()), ledger) for _ in range(options.clients)]
    await NoiseClient.learn(cluster.url, clients)
    return clients


async def torture(cluster, options):
    dice = random.Random(options.seed)
    ledger = ClusterLedger(not options.overlapping, options.may_begin_anew)
    clients = await clients_of(cluster, options, dice, ledger)
    end = time.monotonic() + options.minutes * 60
    stop = asyncio.Event()
    tasks = [asyncio.create_task(client.run(stop)) for client in clients]
    await asyncio.sleep(2)
    breaker = Breaker(cluster, clients, options.kinds, dice, ledger)
    await disturb(breaker, cluster, options, end)
    stop.set()
    done, late = await asyncio.wait(tasks, timeout=2 * TARDY_S)
    for task in late:
        task.cancel()
    ledger.unfinished = len(late)
    for task in done:
        if task.exception():
            ledger.wrong.append(repr(task.exception()))
    print(ledger.text())
    for name, pauses in sorted(breaker.pauses.items()):
        print(f"answered again after \"{name}\" was over: {quantiles(pauses)}")
    if not options.overlapping:
        for line in ledger.times():
            print(line)
    return ledger.is_clean


async def run(options):
    # So that it ends its parts, too.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    net = network.Network()
    folder = tempfile.mkdtemp(prefix="audio-torture-")
    try:
        is_clean = await run_in(net, options, folder)
    finally:
        net.remove()
    if is_clean:
        shutil.rmtree(folder)
    else:
        print(f"the cluster's log is {folder}/log")
    return 0 if is_clean else 1


async def run_in(net, options, folder):
    if options.scale:
        cluster = scale.cluster(net, options, folder)
    else:
        workers = 1 if options.engine == "speech" else 2
        cluster = Cluster(net, options, folder, gateways=options.gateways, workers=workers)
    net.host("client").enter()
    try:
        await cluster.start()
        return await (scale.run if options.scale else torture)(cluster, options)
    finally:
        await cluster.end()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True, help="the folder of audio-server, audio-worker and audio-client")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--faults", type=int, default=1 << 30, help="so many at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, help="by default 24, of the engine speech 4; with --scale 1,000")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="1 without TLS, 3 with it")
    parser.add_argument("--gateways", type=int, choices=(2, 3), default=2)
    parser.add_argument("--loops", type=int, default=1, help="of each server")
    parser.add_argument("--kinds", default=",".join(Breaker.kinds), help="the faults, by default %(default)s")
    parser.add_argument("--engine", choices=("mock", "speech"), default="mock")
    parser.add_argument("--recording", default="Assets/speech.wav", help="for the engine speech")
    parser.add_argument("--overlapping", action="store_true")
    parser.add_argument("--may-begin-anew", action="store_true", help="with one fault at a time, too")
    parser.add_argument("--scale", action="store_true", help="machines of workers are added and removed under live streams")
    given = parser.parse_args()
    given.clients = given.clients or (1000 if given.scale else 4 if given.engine == "speech" else 24)
    if unknown := set(given.kinds.split(",")) - set(Breaker.kinds):
        parser.error(f"--kinds: expected some of {', '.join(Breaker.kinds)}, got {', '.join(sorted(unknown))}")
    if reason := network.obstacle() or (given.scale and scale.obstacle(given)):
        print(f"skipped: {reason}")
        sys.exit(77)
    given.kinds = given.kinds.split(",")
    obstacles = {} if given.scale else Breaker.obstacles(given.kinds, given.brokers, network.lack())
    for kind, reason in obstacles.items():
        print(f"left out: {kind}: {reason}", flush=True)
        given.kinds.remove(kind)
    if not given.kinds:
        sys.exit(77)
    try:
        sys.exit(asyncio.run(run(given)))
    except asyncio.CancelledError:
        sys.exit("ended by SIGTERM")
