"""Other recognizers on the same recordings, one thread each: run by languages.py, in a process of their own.

    python peers.py NAME MODEL LANGUAGE < PATHS

MODEL is Whisper base as CTranslate2 keeps it. Prints the texts, CPU seconds and memory as JSON.
"""
import json
import sys
import time
import wave

import numpy
from service import peak_megabytes


def faster_whisper(model, language, beam):
    """The same weights in 8 bits; without voice detection, as a prompt has no long pauses."""
    from faster_whisper import WhisperModel
    whisper = WhisperModel(model, device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)

    def text(path):
        segments, _ = whisper.transcribe(
            path, language=language, beam_size=beam, condition_on_previous_text=False, without_timestamps=True)
        return " ".join(segment.text for segment in segments)

    return text


def pocketsphinx(*_):
    """With its own English model, which is for 16 kHz."""
    from pocketsphinx import Decoder
    decoder = Decoder(samprate=16000)

    def text(path):
        with wave.open(path) as file:
            samples, rate = file.readframes(file.getnframes()), file.getframerate()
        numbers = numpy.frombuffer(samples, numpy.int16)
        count = len(numbers) * 16000 // rate
        resampled = numpy.fft.irfft(numpy.fft.rfft(numbers), count) * count / len(numbers)
        decoder.start_utt()
        decoder.process_raw(resampled.clip(-32768, 32767).astype(numpy.int16).tobytes(), full_utt=True)
        decoder.end_utt()
        return decoder.hyp().hypstr if decoder.hyp() else ""

    return text


PEERS = {
    "faster-whisper-greedy": lambda model, language: faster_whisper(model, language, 1),
    "faster-whisper-beam-5": lambda model, language: faster_whisper(model, language, 5),
    "pocketsphinx": pocketsphinx,
}


def main(name, model, language):
    paths = sys.stdin.read().split("\n")
    text = PEERS[name](model, language)
    before = time.process_time()
    texts = [text(path) for path in paths]
    json.dump({"texts": texts, "cpu": time.process_time() - before, "megabytes": peak_megabytes("self")}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
