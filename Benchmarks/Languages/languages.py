"""Word and character errors of each model in each language, through the whole service.

    python languages.py --programs .build/release [--models NAME,NAME] [--languages ru,en] [--rates 16000,8000]

Each recording is a stream of its own, which names its language, as fast as it is answered. CPU is the server's and its
worker's, without partial texts' share: those are made in real time only.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

from errors import Errors
from recordings import recordings

TICKS = os.sysconf("SC_CLK_TCK")
ENGLISH_ONLY = {"moonshine-tiny-en"}


class Server:
    """The service with one worker and one model."""

    def __init__(self, programs, model):
        self.log = tempfile.NamedTemporaryFile(suffix=".log")
        self.process = subprocess.Popen(
            [f"{programs}/audio-server", "--port", "0", "--engine", "speech", "--workers", "1", "--model", model],
            stderr=self.log)
        self.url = None
        while not self.url:
            time.sleep(0.05)
            with open(self.log.name, encoding="utf-8") as file:
                said = file.read()
            if self.process.poll() is not None:
                sys.exit(f"audio-server ended: {said}")
            found = re.search(r"listening on http://([^/\s\"]+)", said)
            self.url = found and f"ws://{found[1]}/api/audio/ws"

    def processes(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [self.process.pid, *map(int, file.read().split())]

    def cpu_seconds(self):
        total = 0
        for process in self.processes():
            with open(f"/proc/{process}/stat") as file:
                total += sum(map(int, file.read().rsplit(") ", 1)[1].split()[11:13]))
        return total / TICKS

    def peak_megabytes(self):
        """The workers' resident memory at its highest."""
        total = 0
        for process in self.processes()[1:]:
            with open(f"/proc/{process}/status") as file:
                total += int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])
        return total / 1000

    def end(self):
        self.process.terminate()
        self.process.wait()


def heard(programs, server, language, recordings):
    """Each recording's text, by its path."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [f"{programs}/audio-client", "file", *[recording.path for recording in recordings], "--speed", "fast",
             "--jobs", "1", "--quiet", "--output", "plain", "--output-dir", folder, "--url",
             f"{server.url}?language={language}"], check=True)
        texts = {}
        for recording in recordings:
            name = os.path.splitext(os.path.basename(recording.path))[0]
            with open(f"{folder}/{name}.txt", encoding="utf-8") as file:
                texts[recording.path] = file.read()
        return texts


def measure(arguments, model, language, rate):
    """A row of the table."""
    chosen = recordings(language, rate, arguments.recordings)[:arguments.most]
    seconds = sum(recording.seconds() for recording in chosen)
    server = Server(arguments.programs, f"{arguments.home}/models/{model}")
    try:
        before = server.cpu_seconds()
        texts = heard(arguments.programs, server, language, chosen)
        cpu, memory = server.cpu_seconds() - before, server.peak_megabytes()
    finally:
        server.end()
    errors = Errors(language)
    for recording in chosen:
        errors.add(recording.said, texts[recording.path])
    return (f"| {model} | {language} | {rate} | {len(chosen)} | {errors.words:,} | {errors.word_rate:.1f} % "
            f"| {errors.character_rate:.1f} % | {cpu / seconds:.3f} | {memory:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True)
    parser.add_argument("--home", default=".deps/speech")
    parser.add_argument("--recordings", default=".deps/prompts")
    parser.add_argument("--models", default="moonshine-tiny-en,whisper-base")
    parser.add_argument("--languages", default="ru,en")
    parser.add_argument("--rates", default="16000,8000")
    parser.add_argument("--most", type=int, help="only so many recordings of each")
    arguments = parser.parse_args()
    print("| model | language | Hz | recordings | words | wrong words | wrong characters | CPU s per s | MB |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for language in arguments.languages.split(","):
        for rate in map(int, arguments.rates.split(",")):
            for model in arguments.models.split(","):
                if language == "en" or model not in ENGLISH_ONLY:
                    print(measure(arguments, model, language, rate), flush=True)


if __name__ == "__main__":
    main()
