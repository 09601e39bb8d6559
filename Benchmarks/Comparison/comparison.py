"""How fast the service is on this machine, beside its limit and beside the design it replaces: one table.

    make bench ARGS="--quick"
    make bench ARGS="--only closed-3200,streams"
    make bench ARGS="--beside ../before"
    make bench ARGS="--journal os"
    make bench ARGS="--broker"

The limit (Benchmarks/Limit) does the same for a chunk in plain C, and nothing else. Takes about ten minutes; other
work on the machine disturbs it. With --beside, the version in another checkout, built there for release, is measured
instead of both: in turns with this one, seven of them, about five minutes.
With --journal the service is measured without a journal and with one; with --broker with a worker of its own and with
one that it meets at a broker. Exits 1 if a chunk of the service was lost
or answered wrongly, or if a case could not be measured.
"""
import argparse
import os
import platform
import resource
import sys
import tempfile
import time

import at_broker
import beside
from candidates import NotMeasured, candidates
from cases import CASES, Bench
from table import table

BESIDE = [case.name for case in beside.CASES]


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine():
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {models[0] if models else platform.machine()}, Linux {platform.release()}"


def run(options):
    begin = time.monotonic()
    # Thousands of connections need as many descriptors as allowed, for servers and generator.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        say("bench: two cores are needed: one for what is measured, one for what measures")
        return 1
    if options.broker:
        try:
            is_clean = at_broker.compare(options.turns, cores, options.quick, say)
        except NotMeasured as reason:
            say(f"bench: {reason}")
            return 1
        print(machine())
        say(f"{time.monotonic() - begin:.0f} s")
        return 0 if is_clean else 1
    if options.beside or options.journal:
        try:
            with tempfile.TemporaryDirectory(dir=".build") as folder:
                if options.journal:
                    pair, cases = beside.with_journal(folder, options.journal), beside.JOURNAL_CASES
                else:
                    pair = beside.versions(options.beside)
                    cases = [case for case in beside.CASES if case.name in (options.only or BESIDE)]
                is_clean = beside.beside(pair, cases, options.turns, cores, options.quick, say)
        except NotMeasured as reason:
            say(f"bench: {reason}")
            return 1
        print(machine())
        say(f"{time.monotonic() - begin:.0f} s")
        return 0 if is_clean else 1
    everyone = candidates()
    there = [candidate for candidate in everyone if candidate.is_there]
    bench = Bench(there, cores[:2], options.quick, say)
    failed = False
    try:
        for name in options.only or CASES:
            say(f"{name} …")
            try:
                CASES[name](bench)
            except NotMeasured as reason:
                say(f"  {name} is left: {reason}")
                failed = True
    except KeyboardInterrupt:
        say("interrupted; what there is:")
    print(machine())
    print(table(bench.rows))
    print("of limit: the service's figure divided by the limit's; ratio: how many times better the service is; "
          "!: something was lost or wrong; *: the generator had no more to give")
    for candidate in everyone:
        if candidate not in there:
            print(f"{candidate.name}: not measured, {candidate.command[0]} is missing ({candidate.origin})")
    say(f"{time.monotonic() - begin:.0f} s")
    wrong = any("!" in row.values["service"].mark for row in bench.rows if "service" in row.values)
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="coarser and shorter, about two minutes")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), metavar="CASE,…",
        help=f"these alone: {', '.join(CASES)}; with --beside: {', '.join(BESIDE)}")
    parser.add_argument("--beside", metavar="DIR", help="measure the release build in this checkout, in turns with this one")
    parser.add_argument("--journal", choices=["none", "os", "always"],
                        help="measure without a journal and with one that is written so, in turns")
    parser.add_argument("--broker", action="store_true", help="measure with a worker of its own and with one at a broker, in turns")
    parser.add_argument("--turns", type=int, default=7, metavar="N", help="turns with --beside, --journal and --broker (7)")
    given = parser.parse_args()
    known = BESIDE if given.beside else list(CASES)
    for case in given.only or []:
        if case not in known:
            parser.error(f"--only: expected some of {', '.join(known)}, got {case}")
    sys.exit(run(given))
