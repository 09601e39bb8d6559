"""Streams to the server with Speechmatics' own packages, unchanged but for the address.

    python speechmatics_live.py URL WAV [--speech] [--worker PID] [--only CASE]

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import contextlib
import hashlib
import io
import json
import os
import signal
import sys

from speechmatics.rt import (AsyncClient, AudioEncoding, AudioFormat, ConversationConfig, ServerMessageType,
                             TranscriptionConfig, TranscriptionError)
from speechmatics.voice import AgentServerMessageType, VoiceAgentClient, VoiceAgentConfig
from speechmatics.voice import EndOfUtteranceMode
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402


def raw(recording):
    return AudioFormat(encoding=AudioEncoding.PCM_S16LE, sample_rate=recording.rate, chunk_size=8000)


@contextlib.asynccontextmanager
async def session(arguments, recording, **config):
    """A started session, and the messages it has had."""
    async with AsyncClient(api_key="any", url=f"{arguments.url.rstrip('/')}/v2") as client:
        messages = []
        for kind in ServerMessageType:
            client.on(kind, messages.append)
        await client.start_session(transcription_config=TranscriptionConfig(language="en", **config),
                                   audio_format=raw(recording))
        yield client, messages


def named(messages, name):
    return [message for message in messages if message["message"] == name]


def check(messages, count):
    """What has to be true of any stream."""
    expect([message["seq_no"] for message in named(messages, "AudioAdded")], list(range(1, count + 1)), "the acknowledged")
    end = 0
    for message in named(messages, "AddTranscript"):
        metadata, results = message["metadata"], message["results"]
        expect_true(end <= metadata["start_time"] <= metadata["end_time"], f"the times of {metadata}")
        end = metadata["end_time"]
        text = ""
        for result in results:
            content = result["alternatives"][0]["content"]
            text += content if result.get("attaches_to") == "previous" else f" {content}"
            expect_true(metadata["start_time"] <= result["start_time"] <= result["end_time"] <= end, f"the times of {result}")
        expect(f"{text.strip()} ", metadata["transcript"], "the results put together")
    expect(messages[-1]["message"], "EndOfTranscript", "the last message")
    return plain_words(" ".join(message["metadata"]["transcript"] for message in named(messages, "AddTranscript")))


@case
async def stream(arguments, recording):
    """Sends the recording as the package does it and gets every word, then what was sent."""
    async with session(arguments, recording) as (client, messages):
        pieces = recording.pieces()
        for piece in pieces:
            await client.send_audio(piece)
        await asyncio.wait_for(client.stop_session(), PATIENCE_S)
        expect_words(arguments, check(messages, len(pieces)))
        expect(named(messages, "AddPartialTranscript"), [], "partials that nobody asked for")
        receipt = messages[-1]["audio_service"]["receipt"]
        expect(receipt["sha256"], hashlib.sha256(recording.audio).hexdigest(), "the hash")
        expect_true("rms" in named(messages, "AudioAdded")[0]["audio_service"], "the levels")


@case
async def conversation(arguments, recording):
    """Partials, a silence that ends an utterance, and one that the client ends; all options of the package are taken."""
    async with session(arguments, recording, enable_partials=True, max_delay=1, operating_point="enhanced",
                       diarization="speaker", conversation_config=ConversationConfig(end_of_utterance_silence_trigger=0.4)
                       ) as (client, messages):
        pieces = recording.pieces(3200)
        for number, piece in enumerate(pieces):
            await client.send_audio(piece)
            await asyncio.sleep(0.01)
            if number == 20:
                await client.force_end_of_utterance()
                await until(lambda: named(messages, "EndOfUtterance"))
        await client.send_message({"message": "GetSpeakers"})
        await client.send_message({"message": "SetRecognitionConfig", "transcription_config": {"language": "en"}})
        await until(lambda: named(messages, "SpeakersResult"))
        await asyncio.wait_for(client.stop_session(), PATIENCE_S)
        check(messages, len(pieces))
        ends = named(messages, "EndOfUtterance")
        if arguments.words:
            expect_true(named(messages, "AddPartialTranscript"), "partials")
            expect_true(len(ends) > 2, "ends of utterances")
        expect(ends[0]["metadata"]["start_time"], ends[0]["metadata"]["end_time"], "the time of the first end")


@case
async def worker_killed(arguments, recording):
    """That the worker dies amid a stream is not noticed."""
    async with session(arguments, recording, enable_partials=True) as (client, messages):
        pieces = recording.pieces()
        for number, piece in enumerate(pieces):
            await client.send_audio(piece)
            if number == len(pieces) // 2 and arguments.worker:
                os.kill(arguments.worker, signal.SIGKILL)
        await asyncio.wait_for(client.stop_session(), PATIENCE_S)
        expect_words(arguments, check(messages, len(pieces)))
        receipt = messages[-1]["audio_service"]["receipt"]
        expect((receipt["processed"], receipt["dropped"]), (len(pieces), 0), "the account")


@case
async def voice_agent(arguments, recording):
    """The package for agents, which Pipecat uses, makes segments of the words and ends its turn when asked to."""
    async with contextlib.AsyncExitStack() as stack:
        config = VoiceAgentConfig(language="en", end_of_utterance_mode=EndOfUtteranceMode.FIXED,
                                  end_of_utterance_silence_trigger=0.5)
        client = VoiceAgentClient(api_key="any", url=f"{arguments.url.rstrip('/')}/v2", config=config)
        segments, turns = [], []
        client.on(AgentServerMessageType.ADD_SEGMENT, lambda message: segments.extend(message["segments"]))
        client.on(AgentServerMessageType.END_OF_TURN, turns.append)
        client.on(AgentServerMessageType.ERROR, lambda message: segments.append({"text": f"error {message}"}))
        stack.push_async_callback(client.disconnect)
        await client.connect()
        if recording.rate != 16000:
            return
        for piece in recording.pieces(3200):
            await client.send_audio(piece)
            await asyncio.sleep(0.01)
        await client.send_audio(bytes(32000))
        if arguments.words:
            await until(lambda: turns)
            heard = plain_words(" ".join(segment["text"] for segment in segments))
            expect_true(heard and heard.split()[:8] == arguments.words.split()[:8], f"the words: {heard}")


@case
async def file(arguments, recording):
    """A WAV file is sent as a file, and another kind of file refused with the reason."""
    messages = []
    async with AsyncClient(api_key="any", url=f"{arguments.url.rstrip('/')}/v2/en") as client:
        client.on(ServerMessageType.ADD_TRANSCRIPT, messages.append)
        await asyncio.wait_for(client.transcribe(io.BytesIO(recording.file), audio_format=AudioFormat(chunk_size=8000)),
                               2 * PATIENCE_S)
        expect_words(arguments, plain_words(" ".join(message["metadata"]["transcript"] for message in messages)))
    address = f"{arguments.url.rstrip('/')}/v2/"
    for start, audio, kind in [({"audio_format": {"type": "file"}}, b"fLaC" + bytes(100), "invalid_audio_type"),
                               ({"audio_format": {"type": "raw", "encoding": "opus", "sample_rate": 8000}}, None,
                                "invalid_audio_type"),
                               ({"transcription_config": []}, None, "invalid_config"), (None, bytes(100), "protocol_error")]:
        async with connect(address, compression=None) as socket:
            if start:
                await socket.send(json.dumps({"message": "StartRecognition", **start}))
            if audio:
                await socket.send(audio)
            try:
                while (message := json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S)))["message"] != "Error":
                    pass
                expect(message["type"], kind, f"the type of {message}")
                raise AssertionError(f"a message after it: {await asyncio.wait_for(socket.recv(), PATIENCE_S)}")
            except ConnectionClosed as closed:
                expect(closed.rcvd.code, 1003, "the close code")


@case
async def refused(arguments, recording):
    """A bad configuration is the package's own exception, at once."""
    try:
        async with session(arguments, recording, conversation_config=ConversationConfig(end_of_utterance_silence_trigger=9)):
            raise AssertionError("it was taken")
    except TranscriptionError as error:
        expect(str(error), 'end_of_utterance_silence_trigger: expected seconds from 0 to 2, got "9"', "the reason")


async def until(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.02)


def expect_words(arguments, words):
    if arguments.words:
        expect(words, arguments.words, "the words")
    else:
        expect_true(words.startswith("mock transcription for client"), f"the words of mock: {words[:80]}")


if __name__ == "__main__":
    asyncio.run(run())
