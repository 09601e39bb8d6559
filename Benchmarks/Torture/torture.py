"""Two hundred clients stream what is known while workers are killed and stopped, connections cut and stalled, and the server started
anew; at the end every chunk must have been answered once, and with what the undisturbed service says of it.

    python torture.py --server audio-server --minutes 10 --seed 1

Prints a ledger; exits 1 if anything is lost, doubled or different. The same seed causes the same faults in the same order, at times
that depend on the machine.
"""
import argparse
import asyncio
import random
import sys
import time

from clients import NoiseClient, SpeechClient
from faults import Faults
from ledger import Ledger
from proxy import Proxy
from service import Service


async def run(options):
    dice = random.Random(options.seed)
    ledger = Ledger()
    service = Service(options.server, options.workers, speech=options.speech > 0, journal=options.journal)
    await service.start()
    proxy = Proxy(service)
    await proxy.start()
    direct = f"ws://127.0.0.1:{service.port}/api/audio/ws"
    url = f"ws://127.0.0.1:{proxy.port}/api/audio/ws"

    clients = [NoiseClient(url, random.Random(dice.random()), ledger) for _ in range(options.clients - options.speech)]
    clients += [SpeechClient(url, options.recording, ledger) for _ in range(options.speech)]
    await NoiseClient.learn(direct, clients)
    if options.speech:
        await SpeechClient.learn(direct, options.recording)
    print(f"undisturbed: {NoiseClient.learned} different chunks measured, {SpeechClient.words} words recognised", flush=True)

    end = time.monotonic() + options.minutes * 60
    faults = Faults(service, proxy, clients, dice, ledger)
    tasks = [asyncio.create_task(client.run(end)) for client in clients]
    await faults.cause(end, options.cuts, options.restarts)
    done, late = await asyncio.wait(tasks, timeout=180)
    for task in late:
        task.cancel()
    ledger.unfinished = len(late)
    for task in done:
        if task.exception():
            ledger.wrong.append(repr(task.exception()))
    await proxy.stop()
    status = await service.stop()
    if status != 0:
        ledger.wrong.append(f"the server ended with {status}")
    print(ledger.text())
    return 0 if ledger.is_clean else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="the program")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--speech", type=int, default=4, help="so many of them speak; 0 without the engine")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--cuts", type=int, default=200, help="connections cut or stalled in all")
    parser.add_argument("--restarts", type=int, default=2, help="times the server is started anew")
    parser.add_argument("--journal", metavar="DIR", help="sessions go on over a server's end")
    parser.add_argument("--recording", default="Assets/speech.wav")
    sys.exit(asyncio.run(run(parser.parse_args())))
