"""How often a stream that leaves its language open settles on a wrong one."""
import tempfile
import wave

from recordings import recordings
from service import Service

LANGUAGES = ["ru", "es", "fr", "it", "en"]
RATE = 16000
# Of a stream, with a second between: one speaker who pauses.
PROMPTS = 3
# As in LanguageFinder: one of these, or two in a row that agree.
LONG_SECONDS = 5.0


def join(paths, target):
    with wave.open(target, "wb") as joined:
        joined.setparams((1, 2, RATE, 0, "NONE", None))
        for path in paths:
            with wave.open(path) as file:
                joined.writeframes(file.readframes(file.getnframes()) + bytes(2 * RATE))


def settled(segments):
    """The language that a stream with these segments kept; None: it did not settle."""
    languages = [segment["language"] for segment in segments]
    is_long = any(segment["end"] - segment["start"] >= LONG_SECONDS for segment in segments)
    agree = any(one == next_one for one, next_one in zip(languages, languages[1:]))
    return languages[-1] if is_long or agree else None


def show(arguments):
    print(f"| language | streams of {PROMPTS} prompts | settled right | settled wrong | as | not settled "
          "| utterances | of them wrong |")
    print("|---|---:|---:|---:|---|---:|---:|---:|")
    with Service(arguments.programs, arguments.home, "moonshine-tiny-en,whisper-base") as service:
        for language in LANGUAGES:
            paths = [recording.path for recording in recordings(language, RATE, arguments.recordings)][:arguments.most]
            with tempfile.TemporaryDirectory() as folder:
                streams = [f"{folder}/{number:03}.wav" for number in range(len(paths) // PROMPTS)]
                for number, stream in enumerate(streams):
                    join(paths[number * PROMPTS:(number + 1) * PROMPTS], stream)
                heard = service.segments(streams, "auto")
            found = [settled(segments) for segments in heard]
            wrong = [other for other in found if other not in (None, language)]
            names = ", ".join(f"{name} {wrong.count(name)}" for name in sorted(set(wrong))) or "–"
            utterances = [segment["language"] for segments in heard for segment in segments]
            print(f"| {language} | {len(streams)} | {found.count(language)} | {len(wrong)} "
                  f"({100 * len(wrong) / len(streams):.1f} %) | {names} | {found.count(None)} | {len(utterances)} "
                  f"| {sum(other != language for other in utterances)} |", flush=True)
