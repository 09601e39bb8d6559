"""Runs the wire contract (docs/protocol.md) against a server that is up, with an implementation that is not ours.

    python contract.py --list                         the names of all cases
    python contract.py --url ws://127.0.0.1:8000      every case of the service
    python contract.py --url … --pid 123              the cases that end the server: SIGTERM goes to that process
    python contract.py --url … --attack --token T     the cases that misbehave, each wss:// too with --ca FILE
    python contract.py --url … --only "ping"          those whose name contains it
    python contract.py --url … --record FILE          and writes each message there (see peer.py)

Prints "ok - NAME" or "not ok - NAME: REASON" for each, and at the end on standard error the five that took longest. Exits 1
if any is not. Attacks run at once; everything else runs case after case.
"""
import argparse
import asyncio
import copy
import sys
from urllib.parse import urlsplit

from cases import CASES
import attacks, attacks_http  # noqa: E401,F401 each adds its cases
import basics, closing, controls, documents, endings, errors, formats, order, reports, resuming, updates  # noqa: E401,F401 they add cases
import wave_headers  # noqa: F401
import peer
from passing import passes
from peer import PATH, PATIENCE_S


class Server:
    def __init__(self, url, pid, token, ca):
        parts = urlsplit(url)
        self.host, self.port, self.pid, self.token, self.ca = parts.hostname, parts.port, pid, token, ca
        self.url = f"{parts.scheme}://{parts.hostname}:{parts.port}{PATH}"
        self.source = "127.0.0.1"

    def seen_from(self, number):
        """The same server for a client with another address of the loopback network."""
        other = copy.copy(self)
        other.source = f"127.0.1.{number + 1}"
        return other


async def run(server, selected, at_once):
    """Whether all cases passed."""
    cases = [passes(name, function(server.seen_from(number) if at_once else server), 4 * PATIENCE_S)
             for number, (name, _, function) in enumerate(selected)]
    results = await asyncio.gather(*cases) if at_once else [await case for case in cases]
    for _, seconds, name in sorted(results, key=lambda result: -result[1])[:5]:
        print(f"{seconds:6.1f} s  {name}", file=sys.stderr)
    return all(is_ok for is_ok, _, _ in results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--url")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--attack", action="store_true")
    parser.add_argument("--token")
    parser.add_argument("--ca")
    parser.add_argument("--only", default="")
    parser.add_argument("--record", type=argparse.FileType("w"))
    arguments = parser.parse_args()
    group = "ending" if arguments.pid else "attack" if arguments.attack else "service"
    if arguments.list:
        print("\n".join(f"{group}\t{name}" for name, group, _ in CASES))
        return 0
    if not arguments.url:
        parser.error("--url is needed")
    selected = [entry for entry in CASES if entry[1] == group and arguments.only in entry[0]]
    peer.RECORD = arguments.record
    server = Server(arguments.url, arguments.pid, arguments.token, arguments.ca)
    return 0 if selected and asyncio.run(run(server, selected, group == "attack")) else 1


sys.exit(main())
