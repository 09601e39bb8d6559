"""Speaks a recording in real time in the protocol of each service, and notes when its words became final.

The shortest clients that do: what a service's own package costs is in no figure.
"""
import asyncio
import base64
import contextlib
import json
import time

from websockets.asyncio.client import connect

PIECE_S = 0.1


class Talk:
    """Texts and times of one stream, in seconds since its first audio."""

    def __init__(self):
        self.firsts = []  # when the first word of each utterance was shown
        self.is_open = False  # whether an utterance has words that are not final
        self.finals = []  # when, and how many words were final then
        self.texts = []
        self.asked = None  # when all audio was sent, and the rest asked for
        self.answered = None

    def shown(self, text):
        if text and not self.is_open:
            self.firsts.append(self.now())
            self.is_open = True

    def final(self, text):
        if text:
            self.shown(text)
            self.texts.append(text)
            self.finals.append((self.now(), len(self.words)))
            self.is_open = False

    def begin(self):
        self.began = time.monotonic()

    def now(self):
        return time.monotonic() - self.began

    @property
    def words(self):
        """Without case and marks."""
        bare = ("".join(letter for letter in word if letter.isalnum() or letter == "'") for word in
                " ".join(self.texts).lower().split())
        return [word for word in bare if word]

    @property
    def rest(self):
        """How long the answer to the end took."""
        return self.answered - self.asked

    def when(self, count):
        """When so many words were final."""
        return next(time for time, words in self.finals if words >= count)


class Speaker:
    """A protocol on WebSockets. Those below have its path, how it begins and ends, and what a message means."""

    def __init__(self, ports, recording, engine="speech"):
        self.ports, self.recording, self.engine, self.talk = ports, recording, engine, Talk()

    def audio(self, piece):
        return piece

    async def speak(self):
        self.ended = asyncio.Event()
        async with connect(f"ws://127.0.0.1:{self.ports.web}{self.path}", compression=None, ping_interval=None,
                           max_size=None, open_timeout=60, proxy=None, **self.options()) as socket:
            for message in self.begin():
                await socket.send(message)
            reader = asyncio.create_task(self.read(socket))
            await self.send(socket.send)
            for message in self.end():
                await socket.send(message)
            await asyncio.wait_for(self.ended.wait(), 300)
            self.talk.answered = self.talk.now()
            reader.cancel()
        return self.talk

    def options(self):
        return {}

    async def send(self, send):
        self.talk.begin()
        for number, piece in enumerate(self.recording.pieces):
            await asyncio.sleep(max(0, (number + 1) * PIECE_S - self.talk.now()))
            await send(self.audio(piece))
        self.talk.asked = self.talk.now()

    async def read(self, socket):
        with contextlib.suppress(asyncio.CancelledError):
            async for text in socket:
                self.hear(json.loads(text))
        self.ended.set()


class Native(Speaker):
    @property
    def path(self):
        return f"/api/audio/ws?updates=true&engine={self.engine}&sample_rate={self.recording.rate}"

    def begin(self):
        return []

    def end(self):
        return ['{"type":"flush"}']

    def hear(self, message):
        if message.get("type") == "update":
            (self.talk.final if message["final"] else self.talk.shown)(message["transcription"])
        elif message.get("type") == "flushed":
            self.ended.set()


class Vosk(Speaker):
    path = "/vosk"

    def begin(self):
        return [json.dumps({"config": {"sample_rate": self.recording.rate}})]

    def end(self):
        return ['{"eof":1}']

    def hear(self, message):
        self.talk.final(message.get("text"))
        self.talk.shown(message.get("partial"))


class Deepgram(Speaker):
    @property
    def path(self):
        return f"/v1/listen?encoding=linear16&interim_results=true&model={self.engine}&sample_rate={self.recording.rate}"

    def begin(self):
        return []

    def end(self):
        return ['{"type":"CloseStream"}']

    def hear(self, message):
        if message["type"] == "Results":
            text = message["channel"]["alternatives"][0]["transcript"]
            (self.talk.final if message["is_final"] else self.talk.shown)(text)


class Speechmatics(Speaker):
    path = "/v2"

    def begin(self):
        form = {"type": "raw", "encoding": "pcm_s16le", "sample_rate": self.recording.rate}
        return [json.dumps({"message": "StartRecognition", "audio_format": form,
                            "transcription_config": {"language": "en", "enable_partials": True}})]

    def end(self):
        return [json.dumps({"message": "EndOfStream", "last_seq_no": len(self.recording.pieces)})]

    def hear(self, message):
        if message["message"] == "AddTranscript":
            self.talk.final(message["metadata"]["transcript"].strip())
        elif message["message"] == "AddPartialTranscript":
            self.talk.shown(message["metadata"]["transcript"].strip())
        elif message["message"] == "EndOfTranscript":
            self.ended.set()


class Realtime(Speaker):
    path = "/v1/realtime?intent=transcription"
    item = None

    def begin(self):
        form = {"type": "audio/pcm", "rate": self.recording.rate}
        turns = {"type": "server_vad", "silence_duration_ms": 500}  # as the engine's own
        return [json.dumps({"type": "session.update", "session": {
            "type": "transcription", "audio": {"input": {"format": form, "turn_detection": turns}}}})]

    def audio(self, piece):
        return json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(piece).decode()})

    def end(self):
        return [json.dumps({"type": "input_audio_buffer.commit"})]

    def hear(self, message):
        kind = message["type"].rpartition(".")[2]
        if kind == "completed":
            self.talk.final(message["transcript"])
            if message["item_id"] == self.item:
                self.ended.set()
        elif kind == "delta":
            self.talk.shown(message["delta"])
        elif kind == "committed" and self.talk.asked is not None:
            self.item = message["item_id"]


class Wyoming(Speaker):
    """On TCP; its words come at the end."""

    async def speak(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.ports.wyoming)

        async def send(event, payload=b"", **data):
            writer.write(json.dumps({"type": event, "data": data, "payload_length": len(payload)}).encode() + b"\n" + payload)
            await writer.drain()
        form = {"rate": self.recording.rate, "width": 2, "channels": 1}
        await send("transcribe", language="en")
        await send("audio-start", **form)
        await self.send(lambda piece: send("audio-chunk", piece, **form))
        await send("audio-stop")
        while True:
            head = json.loads(await asyncio.wait_for(reader.readline(), 300))
            data = head.get("data", {}) | json.loads(await reader.readexactly(head.get("data_length") or 0) or "{}")
            if head["type"] == "transcript":
                self.talk.final(data["text"])
                self.talk.answered = self.talk.now()
                break
        writer.close()
        return self.talk


DIALECTS = {kind.__name__.lower(): kind for kind in (Native, Vosk, Deepgram, Speechmatics, Realtime, Wyoming)}
