"""Runs the load generator (Benchmarks/Load) against a running server, and reads its output."""
import json
import os
import subprocess

from candidates import NotMeasured

GENERATOR = ".build/release/LoadBenchmark"


class Load:
    """The result of one run of the generator."""

    def __init__(self, found):
        self.found = found
        self.is_clean = found["clean"]
        self.per_second = found["per_second"]

    @property
    def p50_us(self):
        return self.found["transcription_us"]["p50"]

    @property
    def p99_us(self):
        return self.found["transcription_us"]["p99"]

    @property
    def cpu(self):
        """Of all the processes together, in cores."""
        return sum(process["cpu"] for process in self.found["processes"])

    @property
    def cpu_us_per_chunk(self):
        """Of all the processes together, for each chunk that was answered."""
        return self.cpu * self.found["seconds"] / max(1, self.found["measured"]) * 1e6

    @property
    def mark(self):
        """! if something was lost or wrong; * if the generator was the limit."""
        return ("" if self.is_clean else "!") + ("*" if self.found["generator_cpu"] > 0.95 else "")

    @property
    def server_us_per_chunk(self):
        return self.found["processes"][0]["cpu_seconds"] / max(1, self.found["measured"]) * 1e6

    @property
    def handshakes_per_cpu_second(self):
        """Of the processes measured, whatever the generator's half costs."""
        return self.found["measured"] / max(1e-9, self.cpu * self.found["seconds"])

    def kilobytes(self, moment):
        """Memory of all processes together: 0 before the load, 1 connected, 2 loaded.

        What they share with one another counts in each; their fair shares would depend on what else runs on the machine.
        """
        return sum(process["rss_kb"][moment] for process in self.found["processes"])

    @property
    def faults(self):
        return ", ".join(f"{kind} {count}" for kind, count in self.found["faults"].items() if count)


def load(running, cores, mode, **flags):
    command = [GENERATOR, "--url", running.url, "--mode", mode, "--pids", ",".join(map(str, running.pids))]
    for name, value in flags.items():
        command += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=120, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores))
    if not done.stdout:
        raise NotMeasured(f"{' '.join(command)} ended with {done.returncode} and said nothing")
    return Load(json.loads(done.stdout))
