"""The service with one worker, and what it writes of recordings."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process):
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return sum(map(int, file.read().rsplit(") ", 1)[1].split()[11:13])) / TICKS


def peak_megabytes(process):
    """Its resident memory at its highest."""
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1]) / 1000


class Service:
    """A server with its worker; the models by name."""

    def __init__(self, programs, home, models):
        self.programs = programs
        self.log = tempfile.NamedTemporaryFile(suffix=".log")
        self.process = subprocess.Popen(
            [f"{programs}/audio-server", "--port", "0", "--engine", "speech", "--workers", "1", "--models", models],
            stderr=self.log, env={**os.environ, "AUDIO_SPEECH_HOME": os.path.abspath(home)})
        self.url = None
        while not self.url:
            time.sleep(0.05)
            with open(self.log.name, encoding="utf-8") as file:
                said = file.read()
            if self.process.poll() is not None:
                sys.exit(f"audio-server ended: {said}")
            found = re.search(r"listening on http://([^/\s\"]+)", said)
            self.url = found and f"ws://{found[1]}/api/audio/ws"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def workers(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="utf-8") as file:
            return list(map(int, file.read().split()))

    def cpu_seconds(self):
        return sum(map(cpu_seconds, [self.process.pid, *self.workers()]))

    def peak_megabytes(self):
        return sum(map(peak_megabytes, self.workers()))

    def segments(self, paths, language):
        """The segments of each WAV file, each a stream of its own that is sent as fast as it is answered."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(
                [f"{self.programs}/audio-client", "file", *paths, "--speed", "fast", "--jobs", "1", "--quiet",
                 "--output", "json", "--output-dir", folder, "--url", self.url, "--language", language], check=True)
            found = []
            for path in paths:
                name = os.path.splitext(os.path.basename(path))[0]
                with open(f"{folder}/{name}.json", encoding="utf-8") as file:
                    found.append(json.load(file)["receipt"]["segments"])
            return found

    def texts(self, paths, language):
        return [" ".join(segment["text"] for segment in segments) for segments in self.segments(paths, language)]
