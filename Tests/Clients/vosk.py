"""Speaks the protocol of vosk-server with an implementation that is not ours, as its clients do.

    python vosk.py URL WAV [--speech] [--worker PID]

With --speech the words are to be those that the native protocol gives for the same audio. A worker that is named is
killed by one case. Prints "ok - NAME" or "not ok - NAME: REASON" for each; exits 1 if any is not.
"""
import asyncio
import hashlib
import json
import os
import signal
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect  # noqa: E402 once it can be found
from recording import case, run  # noqa: E402


class Client:
    def __init__(self, socket):
        self.socket = socket
        self.texts, self.ends = [], []

    async def send(self, message):
        await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    async def reply(self):
        message = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE_S))
        expect("text" in message, "partial" not in message, f"one of text and partial in {message}")
        if message.get("text"):
            self.texts.append(message["text"])
            words = message["result"]
            expect(" ".join(word["word"] for word in words), message["text"], "the words of a result")
            self.ends += [end for word in words for end in (word["start"], word["end"])]
            expect(self.ends, sorted(self.ends), "the order of the times")
        return message

    async def end(self):
        await self.send('{"eof" : 1}')
        last = await self.reply()
        try:
            extra = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
            raise AssertionError(f"a message after the last one: {extra}")
        except ConnectionClosed as closed:
            expect(closed.rcvd.code, 1000, "the close code")
        return last


def client(arguments, **options):
    return connect(arguments.url, compression=None, ping_interval=None, open_timeout=PATIENCE_S, max_size=None,
                   **options)


@case
async def lockstep(arguments, recording):
    """A client that waits for each reply gets every word, and a receipt of what it sent."""
    async with client(arguments) as socket:
        peer = Client(socket)
        await peer.send({"config": {"sample_rate": recording.rate}})
        pieces = recording.pieces()
        for piece in pieces:
            await peer.send(piece)
            await peer.reply()
        last = await peer.end()
        receipt = last["audio_service"]["receipt"]
        expect(receipt["sha256"], hashlib.sha256(recording.audio).hexdigest(), "the hash")
        expect((receipt["chunks"], receipt["processed"]), (len(pieces), len(pieces)), "the account")
        expect_words(arguments, peer)


@case
async def pipelined(arguments, recording):
    """A client that sends everything at once counts one reply a message, in their order, and gets the same words."""
    async with client(arguments) as socket:
        peer = Client(socket)
        await peer.send({"config": {"sample_rate": recording.rate}})
        messages = recording.pieces(32000)
        messages[2:2] = [b"", {"reset": 1}]

        async def send():
            for message in messages:
                await peer.send(message)
        sender = asyncio.create_task(send())
        replies = [await peer.reply() for _ in messages]
        await sender
        expect("audio_service" in replies[2], False, "levels in the reply to an empty message")
        expect("text" in replies[3], True, "a text in the reply to a reset")
        seqs = [reply["audio_service"]["seq"] for reply in replies if "audio_service" in reply]
        expect(seqs, list(range(1, len(messages) - 1)), "the order of the replies")
        await peer.end()


@case
async def wav_file(arguments, recording):
    """A WAV file may be sent as it is, at a rate of its own."""
    async with client(arguments) as socket:
        peer = Client(socket)
        for at in range(0, len(recording.file), 8000):
            await peer.send(recording.file[at:at + 8000])
            await peer.reply()
        last = await peer.end()
        expect(last["audio_service"]["receipt"]["sha256"], hashlib.sha256(recording.file).hexdigest(), "the hash")
        expect_words(arguments, peer)


@case
async def worker_killed(arguments, recording):
    """That the worker dies amid a stream is not noticed: every reply comes, and the words are the same."""
    async with client(arguments) as socket:
        peer = Client(socket)
        await peer.send({"config": {"sample_rate": recording.rate}})
        pieces = recording.pieces()
        for number, piece in enumerate(pieces):
            await peer.send(piece)
            if number == len(pieces) // 2 and arguments.worker:
                os.kill(arguments.worker, signal.SIGKILL)
            await peer.reply()
        receipt = (await peer.end())["audio_service"]["receipt"]
        expect((receipt["processed"], receipt["dropped"]), (len(pieces), 0), "the account")
        expect_words(arguments, peer)


@case
async def nothing_said(arguments, recording):
    """A stream without audio ends with an empty text; so does one of silence at an engine that hears words."""
    async with client(arguments) as socket:
        peer = Client(socket)
        last = await peer.end()
        expect((last["text"], last["audio_service"]["receipt"]["chunks"]), ("", 0), "the last reply")
    if arguments.words:
        async with client(arguments) as socket:
            peer = Client(socket)
            for _ in range(10):
                await peer.send(bytes(8000))
                expect((await peer.reply())["partial"], "", "a partial of silence")
            expect((await peer.end())["text"], "", "the last text")


@case
async def bad_config(arguments, recording):
    """What can't be understood closes the connection with the reason, and no other."""
    for message, reason in [({"config": {"sample_rate": 1}}, 'sample_rate: expected 8000 to 384000, got "1"'),
                            ("hello", 'expected a JSON object, got "hello"')]:
        async with client(arguments) as socket:
            await Client(socket).send(message)
            try:
                raise AssertionError(f"a reply: {await asyncio.wait_for(socket.recv(), PATIENCE_S)}")
            except ConnectionClosed as closed:
                expect((closed.rcvd.code, closed.rcvd.reason), (1008, reason), "the close")


def expect_words(arguments, peer):
    if arguments.words:
        expect(" ".join(peer.texts), arguments.words, "the words")


if __name__ == "__main__":
    asyncio.run(run())
