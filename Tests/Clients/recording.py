"""A recording, and the words that the native protocol gives for it; what all clients here have in common."""
import argparse
import array
import asyncio
import difflib
import json
import struct
import wave

from websockets.asyncio.client import connect

from passing import passes
from peer import PATIENCE_S


CASES = []


def case(function):
    """Marks a case: it is run with the command line's arguments and the recording."""
    CASES.append(function)
    return function


class Recording:
    def __init__(self, path):
        with wave.open(path) as file:
            self.rate = file.getframerate()
            self.audio = file.readframes(file.getnframes())
        with open(path, "rb") as file:
            self.file = file.read()

    def pieces(self, size=8000):
        return [self.audio[at:at + size] for at in range(0, len(self.audio), size)]

    @property
    def seconds(self):
        return len(self.audio) / 2 / self.rate

    def stereo(self):
        """The samples, and silence beside them."""
        return b"".join(self.audio[at:at + 2] + b"\0\0" for at in range(0, len(self.audio), 2))

    def header(self, channels, size):
        """That of a WAV file."""
        return b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack(
            "<IHHIIHH", 16, 1, channels, self.rate, self.rate * 2 * channels, 2 * channels, 16) + b"data" + struct.pack(
                "<I", size)

    def telephone(self):
        """The same as a telephone has it: 8 kHz, in µ-law."""
        samples = array.array("h", self.audio)
        step = self.rate // 8000
        return bytes(mulaw(sum(samples[at:at + step]) // step) for at in range(0, len(samples) - step + 1, step))


def mulaw(sample):
    """ITU-T G.711."""
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    magnitude = min(magnitude, 32635) + 132
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 15) & 0xFF


async def native_words(url, recording):
    """The words of the recording by the native protocol, without case and marks."""
    address = f"{url.rstrip('/')}/api/audio/ws?updates=true"
    texts = []
    async with connect(address, compression=None, ping_interval=None, max_size=None) as socket:
        await socket.send(json.dumps({"type": "start", "sample_rate": recording.rate}))

        async def send():
            for piece in recording.pieces():
                await socket.send(piece)
            await socket.send('{"type":"stop"}')
        sender = asyncio.create_task(send())
        async for message in socket:
            message = json.loads(message)
            if message.get("type") == "update" and message["final"]:
                texts.append(message["transcription"])
        await sender
    return plain_words(" ".join(texts))


def plain_words(text):
    return " ".join(filter(None, map(plain, text.split())))


def are_close(text, words):
    """Whether at most one word in twenty-five is another one: where utterances end elsewhere, some words may differ."""
    heard, said = plain_words(text).split(), words.split()
    same = sum(block.size for block in difflib.SequenceMatcher(None, heard, said, False).get_matching_blocks())
    return max(len(heard), len(said)) - same <= len(said) // 25


def plain(word):
    spoken = [at for at, letter in enumerate(word) if letter.isalnum()]
    return word[spoken[0]:spoken[-1] + 1].lower() if spoken else ""


async def run():
    """Reads the command line, runs the cases, and exits with 1 if one does not pass."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("recording")
    parser.add_argument("--speech", action="store_true", help="the server's engine hears words")
    parser.add_argument("--worker", type=int, help="its process, to be killed once")
    parser.add_argument("--only", help="the name of one case")
    arguments = parser.parse_args()
    recording = Recording(arguments.recording)
    arguments.words = await native_words(arguments.url, recording) if arguments.speech else None
    chosen = [case for case in CASES if arguments.only in (None, case.__name__)]
    results = [await passes(case.__name__, case(arguments, recording), 4 * PATIENCE_S) for case in chosen]
    raise SystemExit(not all(is_ok for is_ok, *_ in results))
