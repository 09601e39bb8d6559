"""Machines of workers are added to a cluster and removed under many live streams, whose sessions have copies at the workers: none may
notice, and a minute later the shares of the workers must be even."""
import asyncio
import json
import os
import time

from machines import Cluster

CHECKED_S = 5  # HAProxy has found all servers ready by then: else the first to be ready has all streams
MACHINES = 4
ADDED = 2
FEWEST_S = 20  # before the first change
SPREAD_S = 60  # after a change
SAMPLED_S = 10  # of them, the last
LARGEST_DIFFERENCE = 0.2  # of the largest share
LOAD = "LoadBenchmark"


def obstacle(options):
    """The reason why there can be no load, or None."""
    program = f"{options.programs}/{LOAD}"
    return None if os.access(program, os.X_OK) else f"no {program}: swift build -c release makes it"


def cluster(net, options, folder):
    """With one worker each, a machine's streams are a worker's."""
    made = Cluster(net, options, folder, machines=MACHINES + ADDED, workers=1, flags=["--capacity", str(options.clients)])
    made.idle = set(made.worker_machines[MACHINES:])
    return made


async def run(cluster, options):
    await asyncio.sleep(CHECKED_S)
    load = await asyncio.create_subprocess_exec(
        f"{options.programs}/{LOAD}", "--mode", "paced", "--start", "--connections", str(options.clients), "--bytes", "3200",
        "--period-ms", "100", "--seconds", str(FEWEST_S + 2 * SPREAD_S + 30), "--url", f"{cluster.url}?engine={options.engine}",
        stdout=asyncio.subprocess.PIPE)
    await asyncio.sleep(FEWEST_S)
    print(f"{options.clients:,} live streams on {MACHINES} workers: {words(await shares(cluster))}", flush=True)

    added = cluster.worker_machines[MACHINES:]
    for machine in added:
        cluster.idle.discard(machine)
        await machine.start()
    is_even = await even(cluster, f"{ADDED} added")

    removed = cluster.worker_machines[:ADDED]
    began = time.monotonic()
    for machine in removed:
        cluster.idle.add(machine)
        await machine.end()
    print(f"{ADDED} others had SIGTERM and were gone in {time.monotonic() - began:.1f} s", flush=True)
    is_even &= await even(cluster, f"{ADDED} removed")

    output, _ = await load.communicate()
    if not output:
        print(f"{LOAD} ended with {load.returncode}")
        return False
    report = json.loads(output)
    times = report["transcription_us"]
    print(f"{report['sent']:,} chunks sent, {report['completed']:,} answered, p50 {times['p50'] / 1000:.1f} ms, "
          f"p99 {times['p99'] / 1000:.1f} ms, longest {times['max'] / 1000:.1f} ms; faults: {faults(report)}")
    is_clean = is_even and report["clean"]
    print("clean" if is_clean else "NOT CLEAN")
    return is_clean


def faults(report):
    return ", ".join(f"{kind} {count:,}" for kind, count in report["faults"].items() if count) or "none"


async def even(cluster, change):
    """A while after a change: whether the shares are, each second of the last ten."""
    await asyncio.sleep(SPREAD_S - SAMPLED_S)
    samples = []
    for _ in range(SAMPLED_S):
        samples.append(await shares(cluster))
        await asyncio.sleep(1)
    worst = max(samples, key=difference)
    print(f"{SPREAD_S} s later, {change}: {words(samples[-1])}: they differ by {difference(samples[-1]):.0%}, "
          f"in the last {SAMPLED_S} s by {difference(worst):.0%} at most", flush=True)
    expected = len(cluster.worker_machines) - len(cluster.idle)
    return difference(worst) <= LARGEST_DIFFERENCE and all(len(sample) == expected for sample in samples)


def difference(counts):
    """Between the most and the fewest streams, as a part of the most. Where there is no stream it is all."""
    most = max(counts.values(), default=0)
    return (most - min(counts.values())) / most if most else 1


async def shares(cluster):
    """Streams by machine, of all servers."""
    counts = {}
    for server in cluster.servers:
        for worker in await asyncio.to_thread(cluster.workers_of, server):
            counts[worker["machine"]] = counts.get(worker["machine"], 0) + worker["streams"]
    return counts


def words(counts):
    return ", ".join(f"{machine} {count}" for machine, count in sorted(counts.items())) or "no worker is known"
