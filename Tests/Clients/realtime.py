"""Transcribes at the server with OpenAI's own package, unchanged but for the address: any version that has `realtime`.

    python realtime.py URL WAV [--speech] [--worker PID] [--only CASE]

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import base64
import contextlib
import json
import os
import signal
import sys

import openai
from websockets.asyncio.client import connect

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402

TRANSCRIPTION = "conversation.item.input_audio_transcription."


class Session:
    """A connection of the package, the events it read, and what has to be true of any session."""

    def __init__(self, connection):
        self.connection = connection
        self.events = []

    async def next(self):
        event = await asyncio.wait_for(self.connection.recv(), PATIENCE_S)
        expect(event.event_id, f"event_{len(self.events) + 1}", "the name of an event")
        self.events.append(event)
        return event

    async def until(self, found):
        while not found(event := await self.next()):
            expect_true(event.type != "error", f"an error: {event}")
        return event

    async def set(self, **audio_input):
        await self.connection.session.update(session={"type": "transcription", "audio": {"input": audio_input}})
        return (await self.until(lambda event: event.type == "session.updated")).session

    async def send(self, audio):
        await self.connection.input_audio_buffer.append(audio=base64.b64encode(audio).decode())

    def named(self, name):
        return [event for event in self.events if event.type == name]

    def items(self):
        """The items by name: each has its events in order, and deltas that are the beginning of its text or none."""
        items = {}
        for event in self.events:
            name = getattr(event, "item_id", None) or getattr(getattr(event, "item", None), "id", None)
            if name:
                items.setdefault(name, []).append(event)
        previous = None
        for name, events in items.items():
            kinds = [event.type for event in events if event.type != TRANSCRIPTION + "delta"]
            order = ["input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
                     "conversation.item.added", "conversation.item.done", TRANSCRIPTION + "completed"]
            if TRANSCRIPTION + "completed" in kinds:
                expect(kinds, [kind for kind in order if kind in kinds], f"the order of the events of {name}")
                expect_true("input_audio_buffer.committed" in kinds, f"{name} was committed")
                [committed] = [event for event in events if event.type == "input_audio_buffer.committed"]
                expect(committed.previous_item_id, previous, f"the item before {name}")
                previous = name
                expect(events[-1].type, TRANSCRIPTION + "completed", f"the last event of {name}")
        return items

    @property
    def words(self):
        return plain_words(" ".join(event.transcript for event in self.named(TRANSCRIPTION + "completed")))


@contextlib.asynccontextmanager
async def session(arguments, **options):
    base = f"{arguments.url.rstrip('/')}/v1"
    client = openai.AsyncOpenAI(api_key="any", base_url=base.replace("ws", "http", 1), websocket_base_url=base)
    async with client.realtime.connect(model="gpt-4o-transcribe", extra_query={"intent": "transcription"},
                                       **options) as connection:
        session = Session(connection)
        created = await session.next()
        expect((created.type, created.session.type), ("session.created", "transcription"), "the first event")
        yield session


@case
async def turns(arguments, recording):
    """Each turn is told from its begin to its text; deltas only add."""
    async with session(arguments) as peer:
        told = await peer.set(format={"type": "audio/pcm", "rate": recording.rate}, noise_reduction={"type": "near_field"},
                              turn_detection={"type": "server_vad", "silence_duration_ms": 500})
        expect((told.audio.input.format.rate, told.audio.input.turn_detection.threshold), (recording.rate, 0.5), "the session")

        async def send():
            for piece in recording.pieces(3200):
                await peer.send(piece)
                await asyncio.sleep(0.01)
            await peer.connection.input_audio_buffer.commit()
        sender = asyncio.create_task(send())
        if arguments.words:
            await peer.until(lambda event: event.type.endswith("completed") and peer.words == arguments.words)
            await sender
            started = peer.named("input_audio_buffer.speech_started")
            expect_true(0 < started[0].audio_start_ms < 1000, f"the begin: {started[0]}")
            expect_true(len(started) > 2, "the turns")
        else:
            # One a message, and one for the commit, which had nothing left.
            turns = len(recording.pieces(3200)) + 1
            await peer.until(lambda event: len(peer.named(TRANSCRIPTION + "completed")) == turns)
            await sender
        for name, events in peer.items().items():
            deltas = [event.delta for event in events if event.type.endswith(".delta")]
            expect_true(all(deltas) and not any(delta.startswith(" ") for delta in deltas[:1]), f"the deltas {deltas}")
            texts = [event.transcript for event in events if event.type.endswith(".completed")]
            if deltas and texts:
                expect_true(len("".join(deltas)) <= len(texts[0]) + 20, f"deltas that add up to more than {texts}: {deltas}")


@case
async def commits(arguments, recording):
    """Without turn detection nothing is told before a commit, and then all that was said; worker killed or not."""
    async with session(arguments) as peer:
        await peer.set(format={"type": "audio/pcm", "rate": recording.rate}, turn_detection=None)
        pieces = recording.pieces()
        for number, piece in enumerate(pieces):
            await peer.send(piece)
            if number == len(pieces) // 2 and arguments.worker:
                os.kill(arguments.worker, signal.SIGKILL)
        await peer.connection.input_audio_buffer.commit()
        await peer.until(lambda event: event.type == TRANSCRIPTION + "completed")
        expect([event.type for event in peer.events[2:]],
               ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done",
                TRANSCRIPTION + "completed"], "the events")
        expect(round(peer.events[-1].usage.seconds, 2), round(recording.seconds, 2), "the seconds")
        expect_words(arguments, peer.words)
        # Once more, for silence and after a clear.
        await peer.send(recording.pieces(32000)[0])
        await peer.connection.input_audio_buffer.clear()
        await peer.until(lambda event: event.type == "input_audio_buffer.cleared")
        await peer.send(bytes(32000))
        await peer.connection.input_audio_buffer.commit()
        completed = await peer.until(lambda event: event.type == TRANSCRIPTION + "completed")
        if arguments.words:
            expect(completed.transcript, "", "the text of silence")
        peer.items()


@case
async def telephone(arguments, recording):
    """µ-law at 8 kHz, which is what telephony sends."""
    audio = recording.telephone()
    async with session(arguments) as peer:
        told = await peer.set(format={"type": "audio/pcmu"}, turn_detection=None)
        expect(told.audio.input.format.type, "audio/pcmu", "the format")
        for at in range(0, len(audio), 8000):
            await peer.send(audio[at:at + 8000])
        await peer.connection.input_audio_buffer.commit()
        await peer.until(lambda event: event.type == TRANSCRIPTION + "completed")
        if arguments.words:
            wanted = arguments.words.split()
            same = len(set(wanted) & set(peer.words.split())) / len(set(wanted))
            expect_true(same > 0.8, f"the words: {peer.words}")


@case
async def mistakes(arguments, recording):
    """Each is answered with an error that names the event, and the session goes on."""
    async with session(arguments) as peer:
        async def fails(code, event):
            await peer.connection.send({"event_id": "mine", **event})
            error = (await peer.next()).error
            expect((error.code, error.event_id), (code, "mine"), f"the error {error}")
        await fails("unknown_event", {"type": "response.create"})
        await fails("input_audio_buffer_commit_empty", {"type": "input_audio_buffer.commit"})
        await fails("invalid_value", {"type": "input_audio_buffer.append", "audio": "no base64!"})
        await fails("invalid_value", {"type": "session.update", "session": {
            "type": "transcription", "audio": {"input": {"format": {"type": "audio/opus"}}}}})
        await peer.set(turn_detection=None)


@case
async def beta(arguments, recording):
    """The events of the protocol's beta, and a key among the subprotocols, as browsers send it."""
    address = f"{arguments.url.rstrip('/')}/v1/realtime"
    async with connect(address, compression=None, subprotocols=["realtime", "openai-insecure-api-key.any"]) as socket:
        expect(socket.subprotocol, "realtime", "the subprotocol")
        await socket.recv()
        await socket.send(json.dumps({"type": "transcription_session.update", "session": {
            "input_audio_format": "g711_ulaw", "input_audio_transcription": {"model": "whisper-1", "language": "en"}}}))
        updated = json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S))
        expect((updated["type"], updated["session"]["input_audio_format"]), ("transcription_session.updated", "g711_ulaw"),
               "the answer")


def expect_words(arguments, words):
    if arguments.words:
        expect(words, arguments.words, "the words")
    else:
        expect_true(words.startswith("mock transcription for client"), f"the words of mock: {words[:80]}")


if __name__ == "__main__":
    asyncio.run(run())
