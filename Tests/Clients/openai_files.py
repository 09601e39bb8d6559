"""Uploads to the server with OpenAI's package, any major version, unchanged but for the address.

    python openai_files.py URL WAV [--speech] [--worker PID] [--only CASE]

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import hashlib
import io
import os
import sys

import openai

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import expect, expect_true  # noqa: E402 once it can be found
from recording import case, plain_words, run  # noqa: E402


def client(arguments, **options):
    address = arguments.url.replace("ws", "http", 1).rstrip("/")
    return openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="any", max_retries=0, **options)


def transcribe(arguments, recording, **options):
    options.setdefault("file", ("blob", recording.file))
    return client(arguments).audio.transcriptions.create(model="whisper-1", **options)


def expect_words(arguments, text):
    if arguments.speech:
        expect(plain_words(text), arguments.words, "the words")
    else:
        expect_true("mock transcription" in text, text)


@case
async def text(arguments, recording):
    """The default form, with the receipt of the file."""
    answer = await transcribe(arguments, recording)
    expect_words(arguments, answer.text)
    expect(answer.usage.seconds, -(-recording.seconds // 1), "seconds")
    receipt = answer.model_extra["audio_service"]["receipt"]
    expect(receipt["sha256"], hashlib.sha256(recording.file).hexdigest(), "the hash")
    expect(receipt["chunks"], receipt["processed"], "processed chunks")


@case
async def details(arguments, recording):
    """Segments and words, whose times never fall."""
    answer = await transcribe(arguments, recording, response_format="verbose_json",
                              timestamp_granularities=["word", "segment"])
    expect_words(arguments, answer.text)
    expect(answer.duration, recording.seconds, "the duration")
    times = [time for segment in answer.segments for time in (segment.start, segment.end)]
    expect(times, sorted(times), "times of segments")
    times = [time for word in answer.words for time in (word.start, word.end)]
    expect(times, sorted(times), "times of words")
    expect("".join(segment.text for segment in answer.segments).strip(), answer.text, "the segments")


@case
async def plain(arguments, recording):
    """Text and subtitles are strings."""
    expect_words(arguments, await transcribe(arguments, recording, response_format="text"))
    subtitles = await transcribe(arguments, recording, response_format="srt")
    expect(subtitles[:8], "1\n00:00:", "SubRip")
    subtitles = await transcribe(arguments, recording, response_format="vtt")
    expect(subtitles[:8], "WEBVTT\n\n", "WebVTT")


@case
async def streamed(arguments, recording):
    """Pieces put together are the text."""
    events = [event async for event in await transcribe(arguments, recording, stream=True)]
    deltas = [event.delta for event in events if event.type == "transcript.text.delta"]
    expect_true(len(deltas) > 1, f"several pieces, got {deltas}")
    expect(events[-1].type, "transcript.text.done", "the last event")
    expect("".join(deltas), events[-1].text, "the pieces")
    expect_words(arguments, events[-1].text)


@case
async def refusals(arguments, recording):
    """Each mistake is an exception of its class, at once."""
    for error, words, options in [
        (openai.BadRequestError, "expected an audio file", {"file": ("a.wav", b"no sound at all, just words")}),
        (openai.BadRequestError, "empty", {"file": ("a.wav", b"")}),
        (openai.BadRequestError, "response_format", {"response_format": "diarized_json"}),
        (openai.APIStatusError, "at most 25 MiB", {"file": ("a.wav", io.BytesIO(bytes(27 << 20)))}),
    ]:
        try:
            await transcribe(arguments, recording, **options)
            raise AssertionError(f"{options.keys()} was taken")
        except error as problem:
            expect_true(words in str(problem), f"{words} in {problem}")
    try:
        await client(arguments).audio.translations.create(file=("a.wav", recording.file), model="whisper-1")
        raise AssertionError("a translation was made")
    except openai.NotFoundError:
        pass


@case
async def models(arguments, recording):
    """The engines that are ready, and the name that clients look for."""
    names = [model.id async for model in client(arguments).models.list()]
    expect_true("whisper-1" in names and "mock" in names, names)
    expect((await client(arguments).models.retrieve("whisper-1")).object, "model", "a model")
    try:
        await client(arguments).models.retrieve("gpt-7")
        raise AssertionError("an unknown model was found")
    except openai.NotFoundError as problem:
        expect(problem.code, "model_not_found", "the code")


@case
async def silence(arguments, recording):
    """Nothing said is a success without a word, in every form."""
    if not arguments.speech:
        return
    quiet = bytes(recording.rate * 2 * 3)
    file = ("blob", recording.header(1, len(quiet)) + quiet)
    expect((await transcribe(arguments, recording, file=file)).text, "", "the text")
    details = await transcribe(arguments, recording, file=file, response_format="verbose_json")
    expect((details.text, details.segments), ("", []), "the details")
    expect(await transcribe(arguments, recording, file=file, response_format="vtt"), "WEBVTT\n\n", "the subtitles")


@case
async def at_once(arguments, recording):
    """Ten files at a time."""
    answers = await asyncio.gather(*[transcribe(arguments, recording) for _ in range(10)])
    for answer in answers:
        expect_words(arguments, answer.text)


asyncio.run(run())
