"""Machines of workers are added to a cluster and removed under many live streams: none may notice, and a minute later the shares
of the workers must be even."""
import asyncio
import json
import time

from machines import Cluster

MACHINES = 4
ADDED = 2
FEWEST_S = 20  # before the first change
SPREAD_S = 60  # after a change
LARGEST_DIFFERENCE = 0.2  # of the largest share


def cluster(net, options, folder):
    """With one worker each, a machine's streams are a worker's."""
    made = Cluster(net, options, folder, machines=MACHINES + ADDED, workers=1, flags=["--capacity", str(options.clients)])
    made.idle = set(made.worker_machines[MACHINES:])
    return made


async def run(cluster, options):
    chunks = 10 * (FEWEST_S + 2 * SPREAD_S + 30)
    load = await asyncio.create_subprocess_exec(
        f"{options.programs}/audio-client", "simulate", "--clients", str(options.clients), "--messages", str(chunks),
        "--rate-ms", "100", "--chunk-bytes", "3200", "--engine", options.engine, "--output", "json", "--url", cluster.url,
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
    report = json.loads(output)
    print(" ".join(f"{key}={value}" for key, value in report.items()))
    is_clean = is_even and report["complete"] and not report["failed"] and load.returncode == 0
    print("clean" if is_clean else "NOT CLEAN")
    return is_clean


async def even(cluster, change):
    """A while after a change: whether the shares are."""
    await asyncio.sleep(SPREAD_S)
    found = await shares(cluster)
    counts = found.values()
    difference = (max(counts) - min(counts)) / max(counts)
    print(f"{SPREAD_S} s later, {change}: {words(found)}: they differ by {difference:.0%}", flush=True)
    expected = len(cluster.worker_machines) - len(cluster.idle)
    return difference <= LARGEST_DIFFERENCE and len(found) == expected


async def shares(cluster):
    """Streams by machine, of all servers."""
    counts = {}
    for server in cluster.servers:
        for worker in await asyncio.to_thread(cluster.workers_of, server):
            counts[worker["machine"]] = counts.get(worker["machine"], 0) + worker["streams"]
    return counts


def words(counts):
    return ", ".join(f"{machine} {count}" for machine, count in sorted(counts.items()))
