"""Word errors of each model, Russian beside English, through the whole service, and of other recognizers beside it.

    python languages.py --programs .build/release [--only errors,auto,quiet,denoise] [--languages ru,en] [--most 20]

Recordings are prompts of Debian's asterisk-core-sounds of more than three words; `books` are those of
docs/speech_benchmark.md. Each is a stream of its own, which names its language, as fast as it is answered. CPU is the
server's and its worker's, without partial texts' share: those are made in real time only.
"""
import argparse
import json
import signal
import subprocess
import sys

import denoising
import finding
import quiet
from errors import Errors
from peers import PEERS
from recordings import books, recordings
from service import Service

ENGLISH_ONLY = {"moonshine-tiny-en", "pocketsphinx"}
MODELS = ["moonshine-tiny-en", "whisper-base"]


def ask_peer(arguments, name, language, paths):
    run = subprocess.run(
        [sys.executable, "-B", f"{sys.path[0]}/peers.py", name, arguments.peer_model, language],
        input="\n".join(paths), capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{name}: {run.stderr}")
    answer = json.loads(run.stdout)
    return answer["texts"], answer["cpu"], answer["megabytes"]


def ask_service(arguments, model, language, paths):
    with Service(arguments.programs, arguments.home, model) as service:
        service.texts(paths[:1], language)  # so that the model is loaded
        before = service.cpu_seconds()
        texts = service.texts(paths, language)
        return texts, service.cpu_seconds() - before, service.peak_megabytes()


def row(arguments, name, language, kind, chosen):
    chosen = chosen[:arguments.most]
    seconds = sum(recording.seconds() for recording in chosen)
    ask = ask_service if name in MODELS else ask_peer
    texts, cpu, memory = ask(arguments, name, language, [recording.path for recording in chosen])
    errors = Errors(language)
    for recording, text in zip(chosen, texts, strict=True):
        errors.add(recording.said, text)
    return (f"| {name} | {language} | {kind} | {len(chosen)} | {errors.words:,} | {errors.word_rate:.1f} % "
            f"| {errors.character_rate:.1f} % | {cpu / seconds:.3f} | {memory:.0f} |")


def show_errors(arguments):
    print("| recognizer | language | recordings | | words | wrong words | wrong characters | CPU s per s | MB |")
    print("|---|---|---|---:|---:|---:|---:|---:|---:|")
    sets = [(language, f"{rate} Hz", recordings(language, int(rate), arguments.recordings))
            for language in arguments.languages.split(",") for rate in arguments.rates.split(",")]
    if "en" in arguments.languages.split(","):
        sets += [("en", "books", books(arguments.home))]
    for language, kind, chosen in sets:
        for name in arguments.recognizers.split(","):
            if language == "en" or name not in ENGLISH_ONLY:
                print(row(arguments, name, language, kind, chosen), flush=True)


PARTS = {"errors": show_errors, "auto": finding.show, "quiet": quiet.show, "denoise": denoising.show}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", required=True)
    parser.add_argument("--home", default=".deps/speech")
    parser.add_argument("--recordings", default=".deps/prompts", metavar="DIR")
    parser.add_argument("--peer-model", default=".deps/peers/whisper-base", metavar="DIR")
    parser.add_argument("--denoiser", default=".deps/peers/gtcrn_simple.onnx", metavar="FILE")
    parser.add_argument("--only", default=",".join(PARTS), help="these parts (default: %(default)s)")
    parser.add_argument("--recognizers", default=",".join([*MODELS, *PEERS]), help="(default: %(default)s)")
    parser.add_argument("--languages", default="ru,en", help="of the errors (default: %(default)s)")
    parser.add_argument("--rates", default="16000,8000", metavar="HZ")
    parser.add_argument("--most", type=int, metavar="N", help="only so many recordings of each")
    parser.add_argument("--minutes", type=float, default=10, help="of each sound of quiet (default: %(default)s)")
    arguments = parser.parse_args()
    # So that the server ends, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for part in arguments.only.split(","):
        if part not in PARTS:
            parser.error(f"--only: expected some of {', '.join(PARTS)}, got \"{part}\"")
        PARTS[part](arguments)
        print()


if __name__ == "__main__":
    main()
