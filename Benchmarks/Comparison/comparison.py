"""How fast the service is on this machine, beside the design it replaces: one table.

    make bench ARGS="--quick"
    make bench ARGS="--only closed-3200,streams"

Takes some eight minutes; other work on the machine disturbs it. Without the baseline's packages (Scripts/setup --bench) its columns
stay empty. Exits 1 if a chunk of the service was lost or answered wrongly, or if a case could not be measured.
"""
import argparse
import os
import platform
import resource
import sys
import time

from candidates import NotMeasured, candidates
from cases import CASES, Bench
from table import table


def names(text):
    chosen = text.split(",")
    for name in chosen:
        if name not in CASES:
            raise argparse.ArgumentTypeError(f"there is no case {name}; there are {', '.join(CASES)}")
    return chosen


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine():
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(os.sched_getaffinity(0))} cores of {models[0] if models else platform.machine()}, Linux {platform.release()}"


def run(options):
    begin = time.monotonic()
    # Thousands of connections: as many descriptors as may be had, for the servers and the generator alike.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        say("bench: two cores are needed: one for what is measured, one for what measures")
        return 1
    everyone = candidates()
    there = [candidate for candidate in everyone if candidate.is_there]
    bench = Bench(there, cores[:2], options.quick, say)
    failed = False
    try:
        for name in options.only:
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
    print("ratio: how many times better the service is; !: something was lost or wrong; *: the generator had no more to give")
    for candidate in everyone:
        if candidate not in there:
            print(f"{candidate.name}: not measured, its packages are missing (Scripts/setup --bench)")
    say(f"{time.monotonic() - begin:.0f} s")
    wrong = any("!" in row.values["service"].mark for row in bench.rows if "service" in row.values)
    return 1 if failed or wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="coarser and shorter, some two minutes")
    parser.add_argument(
        "--only", type=names, default=list(CASES), metavar="CASE,…", help=f"these alone: {', '.join(CASES)}")
    sys.exit(run(parser.parse_args()))
