"""Measures the protocols of other services beside the native one, each against a real server.

    python dialects.py --server audio-server [--only latency,crowd,cpu,upload] [--turns 3]

    latency  two streams at a time, a native one and another: how much later each word is final, and the end
    crowd    twenty streams of one protocol at a time, two workers: whether all have the words of one alone
    cpu      200 live streams of Deepgram's protocol and of the native one, in turns, engine mock
    upload   five live streams, without and with a file of 25 MiB beside them: how late their final words are

Prints a table each; exits 1 if words are missing.
"""
import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import wave

from speakers import DIALECTS, PIECE_S, Native

sys.path.append(os.path.join(os.path.dirname(__file__), "../Floods"))
from floods import Server  # noqa: E402 once it can be found


class Recording:
    def __init__(self, path, seconds=None):
        with wave.open(path) as file:
            self.rate = file.getframerate()
            step = int(self.rate * PIECE_S)
            count = -(-file.getnframes() // step)
            self.pieces = [file.readframes(step) for _ in range(count)]
        if seconds:
            self.pieces = (self.pieces * (int(seconds / PIECE_S / count) + 1))[:int(seconds / PIECE_S)]


class Service(Server):
    def __init__(self, path, *flags):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.wyoming = free.getsockname()[1]
        super().__init__(path, ["--wyoming-port", str(self.wyoming), *flags])

    @property
    def web(self):
        return self.port


def speech(options, workers):
    # Streams are taken however late their words are: that is measured.
    return Service(options.server, "--engine", "speech", "--workers", str(workers), "--max-final-delay", "3600")


async def latency(options, recording):
    """Medians over the utterances of all turns: how much later than in the native stream beside it their first words
    were shown, and their last were final."""
    print(f"{'protocol':<14}{'final words':>14}{'last of them':>14}{'first words':>14}{'end':>14}   ms later, p50 (most)")
    service = speech(options, workers=2)
    is_equal = True
    for name, kind in DIALECTS.items():
        later, firsts, ends = [], [], []
        for _ in range(options.turns):
            native, other = await asyncio.gather(Native(service, recording).speak(), kind(service, recording).speak())
            is_equal &= told(name, native.words, other.words)
            if len(other.finals) > 1:
                later += [(other.when(words) - time) * 1e3 for time, words in native.finals if time < native.asked]
                firsts += [(shown - beside) * 1e3 for beside, shown in zip(native.firsts, other.firsts)]
            ends.append((other.rest - native.rest) * 1e3)
        cells = [span(later), f"{max(later):.0f}" if later else "–", span(firsts), span(ends)]
        print(f"{name:<14}" + "".join(f"{cell:>14}" for cell in cells), flush=True)
    service.stop()
    return is_equal


def told(name, wanted, words):
    if wanted != words:
        print(f"{name}: other words: {' '.join(words)}")
    return wanted == words


def span(values):
    return f"{statistics.median(values):.0f} ({max(values):.0f})" if values else "–"


async def crowd(options, recording):
    print(f"{'protocol':<14}{'streams':>9}{'all words':>11}{'end p50 s':>11}{'end most s':>12}")
    is_equal = True
    for name, kind in DIALECTS.items():
        service = speech(options, workers=2)
        alone = (await Native(service, recording).speak()).words
        talks = await asyncio.gather(*(kind(service, recording).speak() for _ in range(20)), return_exceptions=True)
        failures = [repr(talk) for talk in talks if isinstance(talk, BaseException)]
        good = [talk for talk in talks if not isinstance(talk, BaseException)]
        same = sum(talk.words == alone for talk in good)
        rests = [talk.rest for talk in good] or [0]
        print(f"{name:<14}{len(talks):>9}{same:>11}{statistics.median(rests):>11.1f}{max(rests):>12.1f}", flush=True)
        for failure in sorted(set(failures)):
            print(f"{name}: {failure}")
        is_equal &= same == len(talks)
        service.stop()
    return is_equal


async def cpu(options, recording):
    short = Recording(options.recording, seconds=10)
    costs = {"native": [], "deepgram": []}
    for _ in range(options.turns):
        for name, measured in costs.items():
            service = Service(options.server, "--engine", "mock", "--workers", "1")
            streams = [DIALECTS[name](service, short, engine="mock").speak() for _ in range(200)]
            before = service.cpu()
            await asyncio.gather(*streams)
            measured.append((service.cpu() - before) / 10)
            service.stop()
    ratio = statistics.median(other / native for native, other in zip(*costs.values()))
    print(f"200 live streams, cores: native {statistics.median(costs['native']):.3f}, "
          f"deepgram {statistics.median(costs['deepgram']):.3f}, ratio {ratio:.2f}")
    return True


async def upload(options, recording):
    """How much later than of a stream alone the final words of five are; and what a larger file is answered."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/long.opus"
        subprocess.run(["ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", options.recording, "-c:a", "libopus", "-b:a",
                        "64k", "-fs", str(25 << 20), path], check=True)
        os.truncate(path, min(os.path.getsize(path), (25 << 20) - 2048))
        service = speech(options, workers=1)
        command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-F", f"file=@{path}", "-F", "model=whisper-1",
                   f"http://127.0.0.1:{service.port}/v1/audio/transcriptions"]
        alone = await Native(service, recording).speak()
        due = {words: time for time, words in alone.finals}
        found, is_equal = {}, True
        for name in ("without", "with"):
            sender = None
            if name == "with":
                sender = subprocess.Popen(command, stdout=subprocess.DEVNULL)
                await asyncio.sleep(10)
            talks = await asyncio.gather(*(Native(service, recording).speak() for _ in range(5)))
            if sender:
                is_running = sender.poll() is None
                sender.kill()
            late = sorted(time - due[words] for talk in talks for time, words in talk.finals if words in due)
            found[name] = late[len(late) * 95 // 100]
            is_equal &= all([told("native", alone.words, talk.words) for talk in talks])
        print(f"five live streams, finals later than of one alone, p95: {found['without']:.2f} s; beside a file of "
              f"{os.path.getsize(path) / (1 << 20):.1f} MiB of Opus {found['with']:.2f} s"
              f"{'' if is_running else ' (the file was done before)'}")
        os.truncate(path, 26 << 20)
        larger = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        print(f"a file of 26 MiB: status {larger.stdout}, curl exits with {larger.returncode}")
        service.stop()
    return is_equal and (larger.stdout, larger.returncode) == ("413", 0)


POINTS = {point.__name__: point for point in (latency, crowd, cpu, upload)}


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="the program")
    parser.add_argument("--only", default=",".join(POINTS))
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--recording", default="Assets/speech.wav")
    options = parser.parse_args()
    recording = Recording(options.recording)
    results = []
    for name in options.only.split(","):
        print(f"\n{name}: {POINTS[name].__doc__ or ''}".rstrip(": "), flush=True)
        results.append(await POINTS[name](options, recording))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    asyncio.run(main())
