"""Runs the wire contract (docs/protocol.md) against a server that is up, with an implementation that is not ours.

    python contract.py --list                         the names of all cases
    python contract.py --url ws://127.0.0.1:8000      every case of the service
    python contract.py --url … --pid 123              the cases that end the server: SIGTERM goes to that process
    python contract.py --url … --attack --token T     the cases that misbehave, each wss:// too with --ca FILE
    python contract.py --url … --only "ping"          those whose name contains it

Prints "ok - NAME" or "not ok - NAME: REASON" for each, and exits 1 if any is not.
"""
import argparse
import asyncio
import sys
import traceback
from urllib.parse import urlsplit

from cases import CASES
import attacks, attacks_http  # noqa: E401,F401 each adds its cases
import basics, controls, documents, endings, errors, formats, order, reports, resuming  # noqa: E401,F401 they add cases
import wave_headers  # noqa: F401
from peer import PATH, PATIENCE_S


class Server:
    def __init__(self, url, pid, token, ca):
        parts = urlsplit(url)
        self.host, self.port, self.pid, self.token, self.ca = parts.hostname, parts.port, pid, token, ca
        self.url = f"{parts.scheme}://{parts.hostname}:{parts.port}{PATH}"


async def run(server, selected):
    failed = 0
    for name, _, function in selected:
        try:
            await asyncio.wait_for(function(server), 4 * PATIENCE_S)
            print(f"ok - {name}", flush=True)
        except Exception as error:  # whatever went wrong is this case's result
            failed += 1
            where = traceback.extract_tb(error.__traceback__)[-1]
            reason = " ".join(f"{type(error).__name__}: {error}".split())[:600]
            print(f"not ok - {name}: {reason} ({where.filename.rsplit('/', 1)[-1]}:{where.lineno})", flush=True)
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--url")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--attack", action="store_true")
    parser.add_argument("--token")
    parser.add_argument("--ca")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    group = "ending" if arguments.pid else "attack" if arguments.attack else "service"
    if arguments.list:
        print("\n".join(f"{group}\t{name}" for name, group, _ in CASES))
        return 0
    if not arguments.url:
        parser.error("--url is needed")
    selected = [entry for entry in CASES if entry[1] == group and arguments.only in entry[0]]
    server = Server(arguments.url, arguments.pid, arguments.token, arguments.ca)
    return 1 if asyncio.run(run(server, selected)) or not selected else 0


sys.exit(main())
