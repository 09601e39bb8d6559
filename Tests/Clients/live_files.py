"""Sends files to the server while they are recorded, with Deepgram's and Speechmatics' own packages.

    python live_files.py URL WAV [--speech] [--worker PID] [--only CASE]

ffmpeg makes Opus of the recording at the pace of sound. Prints "ok - NAME" or "not ok - NAME: REASON" for each case;
exits 1 if any is not.
"""
import asyncio
import contextlib
import hashlib
import os
import signal
import sys

from deepgram import AsyncDeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from speechmatics.rt import AsyncClient, AudioFormat, ServerMessageType, TranscriptionConfig
from websockets.exceptions import ConnectionClosed

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402

SECONDS = 6
OPUS = "-ar 48000 -c:a libopus -b:a 32k -flush_packets 1"
KINDS = {"webm": f"{OPUS} -live 1 -cluster_time_limit 250 -f webm", "ogg": f"{OPUS} -page_duration 250000 -f ogg"}


async def record(arguments, kind, send):
    """Sends a file as it is recorded, and gives all of it."""
    ffmpeg = await asyncio.create_subprocess_exec(
        "ffmpeg", "-v", "error", "-nostdin", "-re", "-t", str(SECONDS), "-i", arguments.recording,
        *KINDS[kind].split(), "pipe:1", stdout=asyncio.subprocess.PIPE)
    whole = b""
    while piece := await ffmpeg.stdout.read(4096):
        whole += piece
        await send(piece)
    expect(await ffmpeg.wait(), 0, "how ffmpeg ended")
    return whole


def deepgram(arguments):
    base = arguments.url.rstrip("/")
    http = base.replace("ws", "http", 1)
    return AsyncDeepgramClient(api_key="any", environment=DeepgramClientEnvironment(
        base=http, production=base, agent=base, agent_rest=http))


async def uploaded_words(arguments, file):
    answer = await deepgram(arguments).listen.v1.media.transcribe_file(request=file, model="nova-3")
    return plain_words(answer.results.channels[0].alternatives[0].transcript)


async def heard_by_deepgram(arguments, kind, kill=None):
    async with deepgram(arguments).listen.v1.connect(model="nova-3") as socket:
        messages = []

        async def receive():
            with contextlib.suppress(ConnectionClosed):
                while True:
                    messages.append(await socket.recv())
        receiver = asyncio.create_task(receive())
        count = 0

        async def send(piece):
            nonlocal count
            count += 1
            if kill and count == 5:
                os.kill(kill, signal.SIGKILL)
            await socket.send_media(piece)
        whole = await record(arguments, kind, send)
        await socket.send_close_stream()
        await asyncio.wait_for(receiver, PATIENCE_S)
        expect(socket._websocket.close_code, 1000, "the close code")
    end = messages[-1]
    expect(end.type, "Metadata", "the last message")
    expect(end.sha256, hashlib.sha256(whole).hexdigest(), "the hash")
    receipt = end.audio_service["receipt"]
    expect((receipt["bytes"], receipt["dropped"]), (len(whole), 0), "the account")
    expect_true(abs(end.duration - SECONDS) < 0.1, f"the duration is {end.duration}")
    texts = [message.channel.alternatives[0].transcript for message in messages
             if message.type == "Results" and message.is_final]
    return whole, plain_words(" ".join(texts))


async def heard_by_speechmatics(arguments, kind):
    messages, count = [], 0
    async with AsyncClient(api_key="any", url=f"{arguments.url.rstrip('/')}/v2") as client:
        for name in ServerMessageType:
            client.on(name, messages.append)
        await client.start_session(transcription_config=TranscriptionConfig(language="en"), audio_format=AudioFormat())

        async def send(piece):
            nonlocal count
            count += 1
            await client.send_audio(piece)
        whole = await record(arguments, kind, send)
        await asyncio.wait_for(client.stop_session(), PATIENCE_S)
    added = [message["seq_no"] for message in messages if message["message"] == "AudioAdded"]
    expect(added, list(range(1, count + 1)), "the acknowledged")
    receipt = messages[-1]["audio_service"]["receipt"]
    expect((receipt["bytes"], receipt["sha256"]), (len(whole), hashlib.sha256(whole).hexdigest()), "the receipt")
    expect_true(abs(receipt["duration"] - SECONDS) < 0.1, f"the duration is {receipt['duration']}")
    texts = [message["metadata"]["transcript"] for message in messages if message["message"] == "AddTranscript"]
    return whole, plain_words(" ".join(texts))


@case
async def recorded(arguments, recording):
    """The words are those of the same bytes as an upload; that the worker dies amid the streams is not noticed."""
    results = await asyncio.gather(
        heard_by_deepgram(arguments, "webm", kill=arguments.worker), heard_by_deepgram(arguments, "ogg"),
        heard_by_speechmatics(arguments, "webm"), heard_by_speechmatics(arguments, "ogg"))
    for whole, words in results:
        expect_true(words, "no words")
        if arguments.words:
            expect(words, await uploaded_words(arguments, whole), "the words")


if __name__ == "__main__":
    asyncio.run(run())
