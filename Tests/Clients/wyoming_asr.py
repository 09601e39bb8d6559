"""Speaks to the server as Home Assistant does, with the Wyoming protocol's own package, any version.

    python wyoming_asr.py URL WAV --port PORT [--speech] [--worker PID] [--only CASE]

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import os
import signal
import sys
import time

from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402

PORT = int(os.environ["WYOMING_PORT"])


def client():
    return AsyncTcpClient("127.0.0.1", PORT)


async def hear(peer, kind):
    """The next event of that kind, and the types of those before it."""
    before = []
    while True:
        event = await asyncio.wait_for(peer.read_event(), PATIENCE_S)
        expect_true(event is not None, f"no {kind.__name__}, but the end, after {before}")
        if kind.is_type(event.type):
            return kind.from_event(event), before
        before.append(event.type)


async def record(peer, recording, size=2048, after=lambda number: None):
    form = {"rate": recording.rate, "width": 2, "channels": 1}
    await peer.write_event(AudioStart(**form, timestamp=0).event())
    for number, piece in enumerate(recording.pieces(size)):
        await peer.write_event(AudioChunk(**form, audio=piece).event())
        after(number)
    await peer.write_event(AudioStop().event())


@case
async def describe(arguments, recording):
    """Home Assistant gives it one second."""
    async with client() as peer:
        for _ in range(2):
            began = time.monotonic()
            await peer.write_event(Describe().event())
            info, _ = await hear(peer, Info)
            expect_true(time.monotonic() - began < PATIENCE_S, "late")
            expect(info.asr[0].installed, True, "installed")
            expect_true({"mock"} <= {model.name for model in info.asr[0].models}, info)
        await peer.write_event(Ping("a").event())
        expect((await hear(peer, Pong))[0].text, "a", "the text of a pong")


@case
async def transcripts(arguments, recording):
    """One recording after another on a connection, of pieces of any size."""
    async with client() as peer:
        for size in (2048, 31_999):
            await peer.write_event(Transcribe(language="en").event())
            await record(peer, recording, size)
            transcript, before = await hear(peer, Transcript)
            expect(before[0], "transcript-start", "the first event")
            expect(set(before[1:]), {"transcript-chunk"}, "the events before it")
            expect((await asyncio.wait_for(peer.read_event(), PATIENCE_S)).type, "transcript-stop", "the last event")
            if arguments.speech:
                expect(plain_words(transcript.text), arguments.words, "the words")


@case
async def questions(arguments, recording):
    """Answered while a transcript is awaited; what comes behind them is of the next recording."""
    async with client() as peer:
        await record(peer, recording)
        await peer.write_event(Describe().event())
        await peer.write_event(Ping("b").event())
        await record(peer, recording)
        types = []
        while types.count("transcript-stop") < 2:
            event = await asyncio.wait_for(peer.read_event(), PATIENCE_S)
            expect_true(event is not None, f"the end after {types}")
            types.append(event.type)
        expect([types.count(kind) for kind in ("info", "pong", "transcript")], [1, 1, 2], f"in {types}")
        if arguments.speech:
            expect_true(types.index("pong") < types.index("transcript"), f"the answers came late: {types}")


@case
async def worker_killed(arguments, recording):
    """A worker's death is nobody's business."""
    async with client() as peer:
        await record(peer, recording, after=lambda number: number == 100 and os.kill(arguments.worker, signal.SIGKILL))
        transcript, _ = await hear(peer, Transcript)
        if arguments.speech:
            expect(plain_words(transcript.text), arguments.words, "the words")


@case
async def nothing_said(arguments, recording):
    """There is always a transcript."""
    async with client() as peer:
        await peer.write_event(AudioStop().event())
        expect((await hear(peer, Transcript))[0].text, "", "the text without a recording")
        await peer.write_event(AudioStart(16_000, 2, 1).event())
        await peer.write_event(AudioStop().event())
        expect((await hear(peer, Transcript))[0].text, "", "the text of an empty recording")


@case
async def mistakes(arguments, recording):
    """An error says what was expected, then the connection ends; others go on."""
    for event, words in [
        (AudioChunk(100, 2, 1, bytes(64)).event(), "rate: expected"),
        (AudioChunk(16_000, 9, 1, bytes(64)).event(), "width: expected"),
    ]:
        async with client() as peer:
            await peer.write_event(event)
            error, _ = await hear(peer, Error)
            expect_true(error.text.startswith(words), error.text)
            expect(await asyncio.wait_for(peer.read_event(), PATIENCE_S), None, "the end")


asyncio.run(run())
