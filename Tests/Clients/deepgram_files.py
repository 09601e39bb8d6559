"""Uploads to the server with Deepgram's package, unchanged but for the address.

    python deepgram_files.py URL WAV [--speech] [--worker PID] [--only CASE]

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import hashlib
import os
import sys

from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402


def transcribe(arguments, request, **options):
    http = arguments.url.replace("ws", "http", 1).rstrip("/")
    addresses = {name: http for name in ("base", "production", "agent", "agent_rest")
                 if name in DeepgramClientEnvironment.__init__.__code__.co_varnames}
    client = AsyncDeepgramClient(api_key="any", environment=DeepgramClientEnvironment(**addresses))
    return client.listen.v1.media.transcribe_file(request=request, model="nova-3", **options)


@case
async def file(arguments, recording):
    """The words of a file, by utterance as well."""
    answer = await transcribe(arguments, recording.file, utterances=True)
    expect(answer.metadata.sha256, hashlib.sha256(recording.file).hexdigest(), "the hash")
    expect(answer.metadata.duration, recording.seconds, "the duration")
    best = answer.results.channels[0].alternatives[0]
    expect(" ".join(word.punctuated_word for word in best.words), best.transcript, "the words")
    times = [time for word in best.words for time in (word.start, word.end)]
    expect(times, sorted(times), "the times")
    expect(" ".join(part.transcript for part in answer.results.utterances), best.transcript, "the utterances")
    if arguments.speech:
        expect(plain_words(best.transcript), arguments.words, "the words")


@case
async def samples(arguments, recording):
    """Samples without a header, in pieces whose number nobody knows before."""
    async def pieces():
        for piece in recording.pieces():
            yield piece
    answer = await transcribe(arguments, pieces(), encoding="linear16",
                              request_options={"additional_query_parameters": {"sample_rate": recording.rate}})
    expect(answer.metadata.duration, recording.seconds, "the duration")


@case
async def multichannel(arguments, recording):
    """Each channel has its own words."""
    samples = recording.stereo()
    file = recording.header(2, len(samples)) + samples
    answer = await transcribe(arguments, file, multichannel=True, utterances=True)
    expect((answer.metadata.channels, answer.metadata.duration), (2, recording.seconds), "channels and duration")
    expect(answer.metadata.sha256, hashlib.sha256(file).hexdigest(), "the hash")
    texts = [channel.alternatives[0].transcript for channel in answer.results.channels]
    expect(len(texts), 2, "the channels")
    for index, text in enumerate(texts):
        own = " ".join(part.transcript for part in answer.results.utterances if part.channel == index)
        expect(own, text, "the utterances of a channel")
    starts = [part.start for part in answer.results.utterances]
    expect(starts, sorted(starts), "the order of the utterances")
    if arguments.speech:
        expect([plain_words(text) for text in texts], [arguments.words, ""], "the words")
    mono = await transcribe(arguments, recording.file, multichannel=True)
    expect(len(mono.results.channels), 1, "the channels of one")


@case
async def refusals(arguments, recording):
    """A mistake is an error at once."""
    for request in (b"no sound at all, just words", b""):
        try:
            await transcribe(arguments, request)
            raise AssertionError("it was taken")
        except ApiError as error:
            expect(error.status_code, 400, "the status")
            expect_true("expected" in str(error.body), error.body)


asyncio.run(run())
