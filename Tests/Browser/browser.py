"""Runs the page's cases in a real browser against the real server.

    python browser.py --list                          the names of all cases, each behind its group
    python browser.py --programs DIR                  the quick ones; DIR has audio-server and audio-worker
    python browser.py --programs DIR --group long   another group: long, firefox, axe
    python browser.py --programs DIR --only "reload"  those whose name contains it
    python browser.py --programs DIR --page FOLDER  with the page as the folder has it, not the one in the program

In the list, groups of cases that need the engine speech end with "-speech"; where it is not installed they are not run.

Prints "ok - NAME" or "not ok - NAME: REASON" for each, and at the end on standard error how long each took. Exits 1 if
any is not.
"""
import argparse
import asyncio
import os
import sys

from cases import CASES
import accessibility, listening, modules, recorder, recording, sending  # noqa: F401 they add their cases
import staying, trouble, using, visitors  # noqa: F401
from service import HAS_SPEECH
from world import World

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from passing import passes  # noqa: E402 once it can be found

AT_ONCE = 4  # most of a case is waiting for sound to pass


async def takes_turn(turns, name, case):
    async with turns:
        return await passes(name, case, 180, longest=1500)


async def run(programs, page, selected, at_once):
    turns = asyncio.Semaphore(at_once)
    async with World(programs, page) as world:
        results = await asyncio.gather(*(takes_turn(turns, name, function(world)) for name, _, _, function in selected))
    for _, seconds, name in sorted(results, key=lambda result: -result[1]):
        print(f"{seconds:6.1f} s  {name}", file=sys.stderr)
    return all(is_ok for is_ok, _, _ in results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--programs")
    parser.add_argument("--page")
    parser.add_argument("--group", default="quick")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(f"{group}{'-speech' * speech}\t{name}" for name, group, speech, _ in CASES))
        return 0
    if not arguments.programs:
        parser.error("--programs is needed")
    groups = arguments.group.split(",")
    selected = [entry for entry in CASES if entry[1] in groups and arguments.only in entry[0]
                and (HAS_SPEECH or not entry[2])]
    # All tabs of Firefox hear the same sound server.
    at_once = 1 if groups == ["firefox"] else AT_ONCE
    return 0 if selected and asyncio.run(run(arguments.programs, arguments.page, selected, at_once)) else 1


sys.exit(main())
