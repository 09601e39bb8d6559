"""Clients that implement resumption and settled chunks independently, and check every reply."""
import asyncio
import hashlib
import itertools
import json
import math
import time
import wave

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

FIGURES = ("rms", "dbfs", "peak", "clipped", "duration")
WINDOW = 40  # chunks sent and not answered
SILENCE_S = 20  # without a word of a server that owes an answer, after which the connection is given up
CHUNK_S = 0.1


def placed(segment, chunks):
    """A segment of a session that begins after so many chunks, as the recording has it."""
    return (segment["text"], *(round(segment[key] + chunks * CHUNK_S, 3) for key in ("start", "end")))


class Stream:
    """One recording in transit, over as many connections and sessions as necessary."""

    def __init__(self, url, ledger):
        self.url, self.ledger = url, ledger
        self.chunks = []  # of the whole stream
        self.answered = 0  # replies had, in order
        self.base = 0  # chunks in sessions that are over
        self.settled = {}  # what a new session would not need, as the server puts it
        self.again = 0  # chunks up to this one were answered before
        self.session = None
        self.client_id = None
        self.sessions = 0
        self.socket = None
        self.closed = False  # no more chunks will be added
        self.receipt = None
        self.segments = []
        self.paused_until = self.heard_at = 0
        self.moved = asyncio.Event()

    def add(self, data):
        self.chunks.append(data)
        self.ledger.sent += 1
        self.moved.set()

    async def run(self):
        while self.receipt is None:
            # As docs/protocol.md asks of a client that returns.
            url = self.url + "&resume=true" * (self.session is not None)
            try:
                async with connect(url, max_size=None, compression=None, open_timeout=10, ping_interval=None,
                                   close_timeout=1, proxy=None) as self.socket:
                    await self.converse()
            except (OSError, WebSocketException, asyncio.TimeoutError, EOFError):
                self.broke()
                await asyncio.sleep(0.1)

    def broke(self):
        """The connection ended, or there was none."""

    async def converse(self):
        sent = await self.begin()
        self.heard_at = time.monotonic()
        reader = asyncio.create_task(self.read())
        stopped = False
        try:
            while not reader.done():
                self.moved.clear()
                while sent < len(self.chunks) and sent - self.answered < WINDOW:
                    await self.socket.send(self.chunks[sent])
                    sent += 1
                if self.closed and sent == len(self.chunks) and not stopped:
                    stopped = True
                    await self.socket.send('{"type":"stop"}')
                waiter = asyncio.create_task(self.moved.wait())
                await asyncio.wait([reader, waiter], timeout=SILENCE_S, return_when=asyncio.FIRST_COMPLETED)
                waiter.cancel()
                if sent == self.answered:
                    self.heard_at = time.monotonic()
                if not reader.done() and time.monotonic() - max(self.heard_at, self.paused_until) > SILENCE_S:
                    raise OSError("the server is silent")
            reader.result()
        finally:
            reader.cancel()

    async def begin(self):
        """Resumes or begins a session; returns how many chunks need not be sent."""
        if self.session:
            await self.say({"type": "start", "resume": self.session, "answered": self.answered - self.base})
            answer = await self.hear()
            if answer.get("type") == "started":
                self.ledger.resumed += 1
                if answer["client_id"] != self.client_id:
                    self.ledger.wrong.append(f"client {self.client_id} resumed as {answer['client_id']}")
                return self.resume(self.base + answer["seq"])
            if not answer.get("error", "").startswith("resume:"):
                raise OSError(str(answer))
            self.ledger.begin_anew(self.client_id, f"answered {self.answered - self.base}: {answer['error']}")
            self.ledger.reasons.add(answer["error"])
            self.session = None
            self.base += self.settled.pop("settled", 0)
            self.go_back(self.base)
        await self.say({"type": "start"} | self.settled)
        answer = await self.hear()
        if "session" not in answer:  # finals are late: new speech streams are refused
            self.ledger.refused += 1
            raise OSError(answer["error"])
        self.session, self.client_id = answer["session"], answer["client_id"]
        self.ledger.sessions += 1
        self.sessions += 1
        return self.base

    def resume(self, received):
        """The session goes on behind this chunk, which may be earlier than what was answered: a journal may have less."""
        self.go_back(received)
        return received

    def go_back(self, chunk):
        """Chunks after this one are sent again, though they may have been answered."""
        if chunk < self.answered:
            self.ledger.resent += self.answered - chunk
            self.again = max(self.again, self.answered)
            self.answered = chunk

    async def say(self, message):
        await self.socket.send(json.dumps(message))

    async def hear(self):
        return json.loads(await asyncio.wait_for(self.socket.recv(), 20))

    async def read(self):
        while self.receipt is None:
            if (pause := self.paused_until - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            message = json.loads(await self.socket.recv())
            self.heard_at = time.monotonic()
            if "settled" in message:
                self.settled = {key: message[key] for key in message if key.startswith("settled")}
            if "transcription" in message:
                self.segments += [placed(segment, self.base) for segment in message.get("segments", [])]
            if "transcription" in message or ("error" in message and "seq" in message):
                self.reply(message)
            elif message.get("type") == "summary":
                self.complete(message)

    def reply(self, message):
        seq = self.base + message["seq"]
        if seq == self.answered + 1:
            self.answered = seq
            self.ledger.answered += seq > self.again
            if "error" in message:
                self.ledger.fail(message["error"])
            else:
                self.check(self.chunks[seq - 1], message)
        elif seq > self.answered:
            self.ledger.lost += seq - self.answered - 1
            self.answered = seq
        elif not (message.get("final") and seq == self.answered):  # a stop repeats the last one
            self.ledger.doubled += 1
            self.ledger.tell(f"client {self.client_id} is answered chunk {message['seq']} again, after {self.answered - self.base}")
        self.moved.set()

    def check(self, chunk, message):
        pass

    def complete(self, receipt):
        self.receipt = receipt
        self.ledger.receipts += 1
        self.ledger.replayed += receipt["replayed"]
        digest = hashlib.sha256(b"".join(self.chunks[self.base:])).hexdigest()
        if digest != receipt["sha256"] or receipt["chunks"] != len(self.chunks) - self.base:
            self.ledger.digests_wrong += 1
        self.ledger.lost += len(self.chunks) - self.answered


class NoiseStream(Stream):
    figures = {}

    def check(self, chunk, message):
        text = f"mock transcription for client {self.client_id} msg#{message['seq']} (binary {len(chunk)} bytes)"
        if tuple(message[key] for key in FIGURES) != self.figures.get(chunk) or message["transcription"] != text:
            self.ledger.differing += 1

    def complete(self, receipt):
        super().complete(receipt)
        if receipt["chunks"] != receipt["processed"] + receipt["dropped"]:
            self.ledger.wrong.append(f"a receipt with {receipt}")
        elif not receipt["dropped"] and not self.agrees(receipt):
            self.ledger.wrong.append(f"the totals of a receipt differ: {receipt}")

    def agrees(self, receipt):
        """Whether a receipt has the totals of its chunks."""
        chunks = self.chunks[self.base:]
        levels = [dict(zip(FIGURES, self.figures[chunk])) for chunk in chunks]
        count = sum(map(len, chunks))
        power = sum(level["rms"] ** 2 * len(chunk) for level, chunk in zip(levels, chunks))
        return (receipt["bytes"] == count and receipt["peak"] == max((level["peak"] for level in levels), default=0)
                and receipt["clipped"] == sum(level["clipped"] for level in levels)
                and math.isclose(receipt["rms"], math.sqrt(power / max(count, 1)), rel_tol=1e-3, abs_tol=1e-5)
                and math.isclose(receipt["duration"], count / 32000, abs_tol=1e-3))


class Client:
    stream = None
    restarted = False

    def stall(self, seconds):
        if self.stream:
            self.stream.paused_until = time.monotonic() + seconds

    def server_went(self):
        self.restarted = True

    async def end(self, sender):
        """The stream has all its chunks: until it has its receipt."""
        self.stream.closed = True
        self.stream.moved.set()
        await sender


class NoiseClient(Client):
    """Sends chunks of noise in real time, from a handful it has, to the engine mock; a stream a minute or so."""
    learned = 0

    def __init__(self, url, dice, ledger):
        self.url, self.dice, self.ledger = url + "?engine=mock", dice, ledger
        self.stock = [dice.randbytes(2 * dice.randint(1, 1600)) for _ in range(8)]

    @classmethod
    async def learn(cls, url, clients):
        """What the undisturbed service answers for each chunk."""
        async with connect(url + "?engine=mock", proxy=None) as socket:
            for chunk in {chunk for client in clients for chunk in getattr(client, "stock", [])}:
                await socket.send(chunk)
                await socket.recv()
                reply = json.loads(await socket.recv())
                NoiseStream.figures[chunk] = tuple(reply[key] for key in FIGURES)
                cls.learned += 1

    async def run(self, end):
        while time.monotonic() < end:
            self.stream = NoiseStream(self.url, self.ledger)
            sender = asyncio.create_task(self.stream.run())
            until = min(end, time.monotonic() + self.dice.uniform(20, 90))
            while time.monotonic() < until:
                self.stream.add(self.dice.choice(self.stock))
                await asyncio.sleep(CHUNK_S)
            await self.end(sender)


class SpeechClient(Client):
    """Speaks the recording in real time, again and again, to the engine speech."""
    segments = []
    words = 0

    def __init__(self, url, recording, ledger):
        self.url, self.ledger = url + "?engine=speech", ledger
        self.sound = self.read(recording)

    @staticmethod
    def read(path):
        with wave.open(path) as file:
            step = int(file.getframerate() * CHUNK_S)
            return [file.readframes(step) for _ in range(-(-file.getnframes() // step))]

    @classmethod
    async def learn(cls, url, recording):
        """What the undisturbed service recognizes."""
        async with connect(url + "?engine=speech", proxy=None, max_size=None) as socket:
            for chunk in cls.read(recording):
                await socket.send(chunk)
            await socket.send('{"type":"stop"}')
            async for text in socket:
                if (message := json.loads(text)).get("type") == "summary":
                    cls.segments = [placed(segment, 0) for segment in message["segments"]]
        cls.words = sum(len(text.split()) for text, *_ in cls.segments)

    async def run(self, end):
        while time.monotonic() + len(self.sound) * CHUNK_S < end:
            await self.talk(Stream(self.url, self.ledger))

    async def talk(self, stream):
        """Speaks the recording once, and compares the words."""
        self.restarted = False
        self.stream = stream
        sender = asyncio.create_task(stream.run())
        begun = time.monotonic()
        for number, chunk in enumerate(self.sound):
            await asyncio.sleep(max(0, begun + number * CHUNK_S - time.monotonic()))
            stream.add(chunk)
        await self.end(sender)
        self.ledger.talks += 1
        self.ledger.talks_over_restart += self.restarted
        listed = [placed(segment, stream.base) for segment in stream.receipt["segments"]]
        heard = self.difference(stream.segments, self.segments)
        told = self.difference(listed, self.segments[len(self.segments) - len(listed):])
        self.ledger.talks_differing += bool(heard or told)
        self.ledger.wrong += [f"after {stream.sessions} sessions {part}" for part in (heard, told) if part]

    @staticmethod
    def difference(heard, expected):
        """What differs, in words."""
        pairs = itertools.zip_longest(heard, expected)
        return "; ".join(f"heard {one} instead of {other}" for one, other in pairs if one != other)
