"""Words where nobody speaks, by model."""
import tempfile

import numpy
import sounds
from service import Service

# Each at such a root mean square, in dBFS.
SOUNDS = {
    "digital silence": (sounds.silence, None), "white noise, -60 dBFS": (sounds.colored(0), -60),
    "white noise, -30 dBFS": (sounds.colored(0), -30), "white noise, -12 dBFS": (sounds.colored(0), -12),
    "pink noise, -30 dBFS": (sounds.colored(1), -30), "brown noise, -30 dBFS": (sounds.colored(2), -30),
    "music, -20 dBFS": (sounds.music, -20), "breath, -35 dBFS": (sounds.breath, -35),
    "key clicks, -40 dBFS": (sounds.clicks, -40),
}
# Models, and the language that their streams name.
CASES = [("moonshine-tiny-en", "en"), ("whisper-base", "en"), ("whisper-base", "ru"),
         ("moonshine-tiny-en,whisper-base", "auto")]


def show(arguments):
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{number}.wav" for number in range(len(SOUNDS))]
        for path, (make, loud) in zip(paths, SOUNDS.values()):
            samples = make(int(60 * arguments.minutes * sounds.RATE), numpy.random.default_rng(4711))
            sounds.write(path, samples if loud is None else sounds.scaled(samples, loud))
        heard = []
        for models, language in CASES:
            with Service(arguments.programs, arguments.home, models) as service:
                heard.append(service.segments(paths, language))
    names = [language if language == "auto" else f"{models}, {language}" for models, language in CASES]
    print(f"| {arguments.minutes:g} minutes of | " + " | ".join(names) + " |")
    print("|---|" + "---:|" * len(names))
    for sound, of_cases in zip(SOUNDS, zip(*heard)):
        counts = [sum(len(segment["text"].split()) for segment in segments) for segments in of_cases]
        print(f"| {sound} | " + " | ".join(map(str, counts)) + " |")
    for sound, of_cases in zip(SOUNDS, zip(*heard)):
        for name, segments in zip(names, of_cases):
            for segment in segments:
                print(f"{sound}, {name}: {segment['start']:.1f} s: {segment['text']}")
