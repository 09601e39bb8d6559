"""Shows the words of the microphone while they are spoken: a client of audio-service in Python.

    pip install websockets sounddevice       # sounddevice needs PortAudio: apt-get install libportaudio2
    python microphone.py [ws://127.0.0.1:8000/api/audio/ws]

Ctrl-C ends it, with the server's account of what it received. The messages: docs/protocol.md.
"""
import asyncio
import hashlib
import json
import signal
import sys

import sounddevice
from websockets.asyncio.client import connect

RATE = 16000
CHUNK_FRAMES = RATE // 10


async def main(url="ws://127.0.0.1:8000/api/audio/ws"):
    loop, chunks, digest = asyncio.get_running_loop(), asyncio.Queue(), hashlib.sha256()

    def heard(data, frames, time, status):  # on a thread of its own
        loop.call_soon_threadsafe(chunks.put_nowait, bytes(data))

    async def send(server):
        while chunk := await chunks.get():
            digest.update(chunk)
            await server.send(chunk)
        await server.send('{"type":"stop"}')

    async with connect(url, max_size=None) as server:
        await server.send(json.dumps({"type": "start", "sample_rate": RATE, "updates": True, "keeps": False}))
        loop.add_signal_handler(signal.SIGINT, chunks.put_nowait, b"")
        with sounddevice.RawInputStream(RATE, CHUNK_FRAMES, channels=1, dtype="int16", callback=heard):
            sending = asyncio.create_task(send(server))
            async for message in server:
                show(json.loads(message), digest)
        await sending


def show(message, digest):
    if "error" in message:
        print(message["error"], file=sys.stderr)
    elif message.get("type") == "summary":
        agrees = message["sha256"] == digest.hexdigest()
        print(f"{message['duration']} s in {message['chunks']} chunks: the server has "
              f"{'what was sent' if agrees else 'something else'}")
    elif text := message.get("transcription"):
        # An update, or with an engine that sends none the reply to a chunk. The final one of a segment stays.
        if message["final"]:
            print(f"\r\x1b[K{text}" if sys.stdout.isatty() else text, flush=True)
        elif sys.stdout.isatty():
            print(f"\r\x1b[K› {text[-70:]}", end="", flush=True)


asyncio.run(main(*sys.argv[1:]))
