"""Streams to the server with Deepgram's own package, unchanged but for the address.

    python deepgram_live.py URL WAV [--speech] [--worker PID] [--only CASE]

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import contextlib
import hashlib
import os
import signal
import sys

from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from websockets.exceptions import ConnectionClosed

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402


def connect(arguments, recording, **options):
    base = arguments.url.rstrip("/")
    environment = DeepgramClientEnvironment(base=base.replace("ws", "http", 1), production=base, agent=base,
                                            agent_rest=base)
    client = AsyncDeepgramClient(api_key="any", environment=environment)
    form = {"encoding": "linear16", "sample_rate": recording.rate} if recording else {}
    return client.listen.v1.connect(**{"model": "nova-3", **form, **options})


class Listener:
    """What the package understood of the messages, and what has to be true of any stream."""

    def __init__(self, socket):
        self.socket = socket
        self.messages = []

    async def next(self):
        message = await asyncio.wait_for(self.receive(), PATIENCE_S)
        expect_true(getattr(message, "type", None) in ("Results", "Metadata", "SpeechStarted", "UtteranceEnd",
                                                       "ConfigureSuccess"), f"the package read {message!r}")
        self.messages.append(message)
        return message

    async def receive(self):
        """The next message; whoever waits longer than ten seconds has to say something."""
        while True:
            try:
                return await asyncio.wait_for(self.socket.recv(), 3)
            except asyncio.TimeoutError:
                await self.socket.send_keep_alive()

    async def until(self, found):
        while not found(message := await self.next()):
            pass
        return message

    async def close(self):
        """Everything up to the end, which is the metadata and a normal close."""
        await self.socket.send_close_stream()
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.next()
        expect(self.socket._websocket.close_code, 1000, "the close code")
        expect(self.messages[-1].type, "Metadata", "the last message")
        self.check()
        return self.messages[-1]

    def results(self, **wanted):
        return [message for message in self.messages if message.type == "Results"
                and all(getattr(message, key) == value for key, value in wanted.items())]

    @property
    def words(self):
        return plain_words(" ".join(result.channel.alternatives[0].transcript for result in self.results(is_final=True)))

    def check(self):
        finals = self.results(is_final=True)
        end, ends = 0, []
        for result in finals:
            expect(round(result.start, 3), round(end, 3), "where a final result begins")
            end = result.start + result.duration
            [alternative] = result.channel.alternatives
            expect(" ".join(word.punctuated_word for word in alternative.words), alternative.transcript, "the words")
            expect(" ".join(word.word for word in alternative.words), plain_words(alternative.transcript), "the plain words")
            expect(alternative.confidence, 1.0, "the confidence")
            ends += [second for word in alternative.words for second in (word.start, word.end)]
        expect(ends, sorted(ends), "the order of the times")
        expect_true(all(result.is_final or not result.speech_final for result in self.results()), "an interim ends speech")
        identities = {result.metadata.request_id for result in self.results()}
        expect_true(len(identities) <= 1, f"one request: {identities}")


@case
async def stream(arguments, recording):
    """Sends the recording faster than it was spoken and gets every word, then what was sent."""
    async with connect(arguments, recording) as socket:
        listener = Listener(socket)
        for piece in recording.pieces():
            await socket.send_media(piece)
        metadata = await listener.close()
        expect(metadata.sha256, hashlib.sha256(recording.audio).hexdigest(), "the hash")
        expect(round(metadata.duration, 3), round(recording.seconds, 3), "the duration")
        expect((metadata.channels, len(metadata.created)), (1, 24), "channels and time")
        expect(metadata.audio_service["receipt"]["chunks"], len(recording.pieces()), "the account")
        expect(listener.results(is_final=False), [], "interim results that nobody asked for")
        expect_words(arguments, listener)
        if arguments.words:
            last = listener.results(is_final=True)[-1]
            expect(round(last.start + last.duration, 3), round(recording.seconds, 3), "the end of the last result")


@case
async def agent(arguments, recording):
    """Asks for all that agents ask for, at a lively pace, with messages between the audio."""
    async with connect(arguments, recording, interim_results=True, vad_events="True", utterance_end_ms=1000,
                       punctuate=True, smart_format=True, keyterm=["Dashwood", "Norland"], tag="test", language="en-US",
                       request_options={"additional_query_parameters": {"no_delay": "true", "version": "latest"}}
                       ) as socket:
        listener = Listener(socket)

        async def send():
            for piece in recording.pieces(3200):
                await socket.send_media(piece)
                await asyncio.sleep(0.01)
                if len(listener.messages) % 3 == 0:
                    await socket.send_keep_alive()
            await socket.send_media(bytes(recording.rate * 2 * 3))
        sender = asyncio.create_task(send())
        if arguments.words:
            await listener.until(lambda message: message.type == "UtteranceEnd" and sender.done())
        await sender
        await listener.close()
        expect_words(arguments, listener)
        if arguments.words:
            expect_true(listener.results(is_final=False), "interim results")
            expect_true(len(listener.results(speech_final=True)) > 2, "ends of speech")
            expect_true([message for message in listener.messages if message.type == "SpeechStarted"], "begins of speech")
            texts = [(result.start, result.channel.alternatives[0].transcript)
                     for result in listener.results(is_final=False)]
            expect_true(all(one != other for one, other in zip(texts, texts[1:])), "an interim result was sent twice")


@case
async def finalize(arguments, recording):
    """Each Finalize has exactly one answer that says so, whether or not anything is open; the times go on."""
    async with connect(arguments, recording) as socket:
        listener = Listener(socket)
        pieces = recording.pieces(3200)
        for number, piece in enumerate(pieces):
            await socket.send_media(piece)
            if number in (0, 30, 31):
                await socket.send_finalize()
                await listener.until(lambda message: message.type == "Results" and message.from_finalize)
        await socket.send_finalize()
        await socket.send_finalize()
        await listener.close()
        expect(len(listener.results(from_finalize=True)), 5, "the answers")
        expect_true(all(result.is_final and not result.speech_final for result in listener.results(from_finalize=True)),
                    "the answers are final and no ends of speech")


@case
async def worker_killed(arguments, recording):
    """That the worker dies amid a stream is not noticed."""
    async with connect(arguments, recording, interim_results=True) as socket:
        listener = Listener(socket)
        pieces = recording.pieces()
        for number, piece in enumerate(pieces):
            await socket.send_media(piece)
            if number == len(pieces) // 2 and arguments.worker:
                os.kill(arguments.worker, signal.SIGKILL)
        receipt = (await listener.close()).audio_service["receipt"]
        expect((receipt["processed"], receipt["dropped"]), (len(pieces), 0), "the account")
        expect_words(arguments, listener)


@case
async def wav_file(arguments, recording):
    """Without an encoding, the header of a WAV file says what is sent."""
    async with connect(arguments, None) as socket:
        listener = Listener(socket)
        for at in range(0, len(recording.file), 8000):
            await socket.send_media(recording.file[at:at + 8000])
        metadata = await listener.close()
        expect(round(metadata.duration, 3), round(recording.seconds, 3), "the duration")
        expect_words(arguments, listener)
    for data in (b"fLaC" + bytes(100), bytes(100)):
        async with connect(arguments, None) as socket:
            await socket.send_media(data)
            await expect_close(socket, 1008, "DATA-0000 ")


@case
async def multichannel(arguments, recording):
    """Each channel has its own results; whether a header says how many there are or the URL."""
    samples = recording.stereo()
    for header, options in ((b"", {"channels": 2}), (recording.header(2, len(samples)), {})):
        async with connect(arguments, None if header else recording, multichannel="true", **options) as socket:
            sides = Listener(socket), Listener(socket)
            whole = header + samples
            for at in range(0, len(whole), 7999):
                await socket.send_media(whole[at:at + 7999])
            await socket.send_finalize()
            await socket.send_close_stream()
            metadata = None
            with contextlib.suppress(ConnectionClosed):
                while True:
                    message = await sides[0].next()
                    if message.type == "Metadata":
                        expect_true(metadata is None, "a second end")
                        metadata = message
                        continue
                    [index, count] = message.channel_index
                    expect(int(count), 2, "the channels")
                    if int(index) == 1:
                        sides[1].messages.append(sides[0].messages.pop())
            expect(socket._websocket.close_code, 1000, "the close code")
            expect(metadata.channels, 2, "the channels of the end")
            expect(metadata.sha256, hashlib.sha256(whole).hexdigest(), "the hash")
            expect(metadata.audio_service["receipt"]["bytes"], len(whole), "the bytes")
            expect(round(metadata.duration, 3), round(recording.seconds, 3), "the duration")
            for side in sides:
                side.check()
                expect(len(side.results(from_finalize=True)), 1, "the answers to Finalize")
            expect_words(arguments, sides[0])
            if arguments.words:
                expect(sides[1].words, "", "the words of the silent channel")
            else:
                expect_words(arguments, sides[1])


@case
async def nothing_said(arguments, recording):
    """A stream without audio ends with metadata; one of silence has no words."""
    async with connect(arguments, recording) as socket:
        listener = Listener(socket)
        await socket.send_media(b"")
        metadata = await listener.close()
        expect((metadata.duration, len(listener.messages)), (0, 1), "the messages")
    if arguments.words:
        async with connect(arguments, recording, interim_results=True) as socket:
            listener = Listener(socket)
            for _ in range(10):
                await socket.send_media(bytes(32000))
            await listener.close()
            expect([result.channel.alternatives[0].transcript for result in listener.results()], [""], "the texts")


@case
async def refusals(arguments, recording):
    """What can't be honored is refused at once with the package's own exception, and bad messages with the close."""
    for options, reason in [({"encoding": "opus"}, "encoding: expected one of linear16, linear32, mulaw, alaw, got"),
                            ({"sample_rate": 1}, "sample_rate: expected an integer from 8000 to 384000, got"),
                            ({"callback": "http://there"}, "callback: expected none"),
                            ({"utterance_end_ms": 10}, "utterance_end_ms: expected an integer from 1000 to 5000")]:
        try:
            async with connect(arguments, recording, **options):
                raise AssertionError(f"{options} was taken")
        except ApiError as error:
            expect(error.status_code, 400, "the status")
            headers = error.__context__.headers
            expect_true(headers["dg-error"].startswith(reason), f"the reason {headers['dg-error']}")
            expect(len(headers["dg-request-id"]), 36, "the length of the request's name")
    async with connect(arguments, recording) as socket:
        await socket._send("hello")
        await expect_close(socket, 1008, "DATA-0000 message: expected a JSON object")


@case
async def silent(arguments, recording):
    """Ten seconds without a message end the stream, whatever the engine; KeepAlive keeps it."""
    if arguments.words:
        return
    async with connect(arguments, recording) as idle, connect(arguments, recording) as kept:
        async def keep():
            for _ in range(4):
                await asyncio.sleep(3)
                await kept.send_keep_alive()
        keeper = asyncio.create_task(keep())
        await expect_close(idle, 1011, "NET-0001 ")
        await keeper
        await Listener(kept).close()


async def expect_close(socket, code, reason):
    try:
        raise AssertionError(f"a message: {await asyncio.wait_for(socket.recv(), PATIENCE_S)}")
    except ConnectionClosed as closed:
        expect(closed.rcvd.code, code, "the close code")
        expect_true(closed.rcvd.reason.startswith(reason), f"the reason {closed.rcvd.reason}")


def expect_words(arguments, listener):
    if arguments.words:
        expect(listener.words, arguments.words, "the words")
    else:
        expect_true(listener.words.startswith("mock transcription for client"), "the words of mock")


if __name__ == "__main__":
    asyncio.run(run())
