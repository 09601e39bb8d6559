"""Sends the recording through the plugins of LiveKit's agents for speech, unchanged but for their address.

    python livekit_agents.py URL WAV --speech

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import os
import sys

import aiohttp
from livekit import rtc
from livekit.agents.stt import SpeechEventType
from livekit.agents.utils import http_context
from livekit.plugins import deepgram, openai, speechmatics

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import are_close, case, plain_words, run  # noqa: E402

PIECE_MS = 20
LIVE = {SpeechEventType.INTERIM_TRANSCRIPT, SpeechEventType.START_OF_SPEECH}


def frames(recording):
    """The recording and a second of silence."""
    return [rtc.AudioFrame(piece, recording.rate, 1, len(piece) // 2)
            for piece in recording.pieces(recording.rate * PIECE_MS // 1000 * 2) + [bytes(640)] * 50]


async def listen(arguments, recording, plugin):
    """Streams the recording at four times the pace of sound; the kinds of the events that came."""
    stream = plugin.stream()
    texts, kinds = [], []

    async def send():
        for frame in frames(recording):
            stream.push_frame(frame)
            await asyncio.sleep(PIECE_MS / 4000)

    async def receive():
        async for event in stream:
            kinds.append(event.type)
            if event.type == SpeechEventType.FINAL_TRANSCRIPT:
                texts.append(event.alternatives[0].text)
                if are_close(" ".join(texts), arguments.words):
                    return
    sender = asyncio.create_task(send())
    try:
        await asyncio.wait_for(receive(), PATIENCE_S)
    except TimeoutError:
        expect(plain_words(" ".join(texts)), arguments.words, "the words")
    await sender
    await stream.aclose()
    return set(kinds)


async def recognize(arguments, recording, plugin):
    event = await plugin.recognize(frames(recording))
    text = event.alternatives[0].text
    expect_true(are_close(text, arguments.words), f"the words are {text}")


def http(arguments):
    return f"http{arguments.url.rstrip('/')[2:]}"


@case
async def deepgram_live(arguments, recording):
    """Words while they are spoken, and where speech begins."""
    async with aiohttp.ClientSession() as session:
        plugin = deepgram.STT(api_key="any", base_url=f"{http(arguments)}/v1/listen", http_session=session)
        kinds = await listen(arguments, recording, plugin)
    expect_true(LIVE <= kinds, f"only {kinds}")


@case
async def deepgram_files(arguments, recording):
    async with aiohttp.ClientSession() as session:
        plugin = deepgram.STT(api_key="any", base_url=f"{http(arguments)}/v1/listen", http_session=session)
        await recognize(arguments, recording, plugin)


@case
async def speechmatics_live(arguments, recording):
    """The service ends turns."""
    plugin = speechmatics.STT(api_key="any", base_url=f"{arguments.url.rstrip('/')}/v2/agent",
                              turn_detection_mode=speechmatics.TurnDetectionMode.VAD, include_partials=True)
    kinds = await listen(arguments, recording, plugin)
    expect_true(LIVE <= kinds, f"only {kinds}")


@case
async def openai_live(arguments, recording):
    """Turns are the server's."""
    async with http_context.open():
        plugin = openai.STT(api_key="any", base_url=f"{http(arguments)}/v1", use_realtime=True)
        await listen(arguments, recording, plugin)
        await plugin.aclose()


@case
async def openai_files(arguments, recording):
    plugin = openai.STT(api_key="any", base_url=f"{http(arguments)}/v1", model="whisper-1")
    await recognize(arguments, recording, plugin)


asyncio.run(run())
