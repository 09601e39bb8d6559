"""Sends the recording through Pipecat's services for speech, unchanged but for their address.

    python pipecat_agents.py URL WAV --speech

Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import asyncio
import os
import sys

from pipecat.frames.frames import (EndFrame, ErrorFrame, InputAudioRawFrame, InterimTranscriptionFrame,
                                   TranscriptionFrame, VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.deepgram.stt import DeepgramSTTService
from pipecat.services.openai.stt import OpenAIRealtimeSTTService, OpenAISTTService
from pipecat.services.speechmatics.stt import SpeechmaticsSTTService, TurnDetectionMode
from pipecat.workers.runner import WorkerRunner

sys.path.append(os.path.join(os.path.dirname(__file__), "../Contract"))
from peer import PATIENCE_S, expect, expect_true  # noqa: E402 once it can be found
from recording import are_close, case, run  # noqa: E402

PIECE_MS = 20


class Listener(FrameProcessor):
    """Keeps what a service says."""

    def __init__(self):
        super().__init__()
        self.texts, self.partials, self.errors = [], [], []
        self.changed = asyncio.Event()

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        for kind, kept in ((TranscriptionFrame, self.texts), (InterimTranscriptionFrame, self.partials)):
            if isinstance(frame, kind):
                kept.append(frame.text)
                self.changed.set()
        if isinstance(frame, ErrorFrame):
            self.errors.append(frame.error)
        await self.push_frame(frame, direction)

    async def hears(self, words):
        while not are_close(" ".join(self.texts), words):
            await self.changed.wait()
            self.changed.clear()


async def listen(arguments, recording, service, speaks=()):
    """Streams the recording and a second of silence at four times the pace of sound, as an agent's transport does."""
    listener = Listener()
    worker = PipelineWorker(Pipeline([service, listener]), cancel_on_idle_timeout=False,
                            params=PipelineParams(audio_in_sample_rate=recording.rate))
    started = asyncio.Event()
    worker.event_handler("on_pipeline_started")(lambda *_: started.set())
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)

    async def send():
        await asyncio.wait_for(started.wait(), PATIENCE_S)
        for frame in speaks[:1]:
            await worker.queue_frame(frame())
        for piece in recording.pieces(recording.rate * PIECE_MS // 1000 * 2) + [bytes(640)] * 50:
            await worker.queue_frame(InputAudioRawFrame(piece, recording.rate, 1))
            await asyncio.sleep(PIECE_MS / 4000)
        for frame in speaks[1:]:
            await worker.queue_frame(frame())
        try:
            await asyncio.wait_for(listener.hears(arguments.words), PATIENCE_S)
        finally:
            await worker.queue_frame(EndFrame())
    await asyncio.gather(runner.run(), send(), return_exceptions=True)
    expect(listener.errors, [], "errors")
    text = " ".join(listener.texts)
    expect_true(are_close(text, arguments.words), f"the words are {text}")
    return listener


@case
async def deepgram(arguments, recording):
    """Words while they are spoken, and each utterance once."""
    service = DeepgramSTTService(api_key="any", base_url=arguments.url.rstrip("/"))
    listener = await listen(arguments, recording, service)
    expect_true(listener.partials, "no interim text")


@case
async def speechmatics(arguments, recording):
    """The service ends turns."""
    service = SpeechmaticsSTTService(
        api_key="any", base_url=f"{arguments.url.rstrip('/')}/v2/agent",
        settings=SpeechmaticsSTTService.Settings(turn_detection_mode=TurnDetectionMode.VAD, enable_partials=True))
    listener = await listen(arguments, recording, service)
    expect_true(listener.partials, "no interim text")


@case
async def speechmatics_external(arguments, recording):
    """A detector of the pipeline's ends turns."""
    service = SpeechmaticsSTTService(
        api_key="any", base_url=f"{arguments.url.rstrip('/')}/v2/agent",
        settings=SpeechmaticsSTTService.Settings(turn_detection_mode=TurnDetectionMode.EXTERNAL))
    await listen(arguments, recording, service, (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame))


@case
async def openai_realtime(arguments, recording):
    """Turns are the server's."""
    service = OpenAIRealtimeSTTService(
        api_key="any", base_url=f"{arguments.url.rstrip('/')}/v1/realtime", model="gpt-4o-transcribe",
        turn_detection={"type": "server_vad"})
    await listen(arguments, recording, service)


@case
async def openai_files(arguments, recording):
    """Speech between two frames of a detector is sent as a file."""
    service = OpenAISTTService(api_key="any", base_url=f"http{arguments.url.rstrip('/')[2:]}/v1", model="whisper-1")
    await listen(arguments, recording, service, (VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame))


asyncio.run(run())
