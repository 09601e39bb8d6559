"""Streams to the server with an earlier major version of Deepgram's package, unchanged but for the address.

    python deepgram_earlier.py URL WAV [--speech] [--worker PID] [--only CASE]

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import os
import sys

from deepgram import DeepgramClient, DeepgramClientOptions, LiveOptions, LiveTranscriptionEvents

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402


@case
async def stream(arguments, recording):
    """Streams with its own thread of KeepAlives; every message has a class of its own, and every word comes."""
    config = DeepgramClientOptions(api_key="any", url=arguments.url.replace("ws", "http", 1),
                                   options={"keepalive": "true"})
    connection = DeepgramClient("any", config).listen.asyncwebsocket.v("1")
    results, others, finalized, ended = [], [], asyncio.Event(), asyncio.Event()

    async def heard(_, result, **__):
        results.append(result)
        if result.from_finalize:
            finalized.set()

    async def told(_, **message):
        others.append(message)
        if "metadata" in message:
            ended.set()

    async def failed(_, **message):
        raise AssertionError(f"the package read {message}")

    connection.on(LiveTranscriptionEvents.Transcript, heard)
    for event in (LiveTranscriptionEvents.Metadata, LiveTranscriptionEvents.SpeechStarted,
                  LiveTranscriptionEvents.UtteranceEnd):
        connection.on(event, told)
    for event in (LiveTranscriptionEvents.Unhandled, LiveTranscriptionEvents.Error):
        connection.on(event, failed)
    options = LiveOptions(model="nova-2", encoding="linear16", sample_rate=recording.rate, channels=1,
                          interim_results=True, vad_events=True, utterance_end_ms="1000", endpointing=True)
    expect(await connection.start(options), True, "the start")
    for piece in recording.pieces():
        expect(await connection.send(piece), True, "sending")
    expect(await connection.finalize(), True, "finalizing")
    await asyncio.wait_for(finalized.wait(), PATIENCE_S)
    await connection.send('{"type":"CloseStream"}')
    await asyncio.wait_for(ended.wait(), PATIENCE_S)
    await connection.finish()
    words = plain_words(" ".join(result.channel.alternatives[0].transcript for result in results if result.is_final))
    if arguments.words:
        expect(words, arguments.words, "the words")
        expect_true(any("speech_started" in message for message in others), f"begins of speech in {others}")
    expect(len([result for result in results if result.from_finalize]), 1, "the answers to Finalize")


if __name__ == "__main__":
    asyncio.run(run())
