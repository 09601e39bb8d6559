"""Recordings with their texts: prompts of Debian's asterisk-core-sounds in several languages, and English books."""
import gzip
import os
import re
import subprocess
import wave
from dataclasses import dataclass

# Short ones are mostly single words.
FEWEST_WORDS = 4
# By the rate: the package, and the ending of its files.
KINDS = {16000: "g722", 8000: "wav"}


@dataclass
class Recording:
    name: str
    path: str
    said: str

    def seconds(self):
        with wave.open(self.path) as file:
            return file.getnframes() / file.getframerate()


def books(home):
    """Those of docs/speech_benchmark.md, at the rates they have."""
    said = {}
    with open(f"{os.path.dirname(__file__)}/../Recordings/word_times.txt", encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                name, _, _, word = line.split()
                said.setdefault(name, []).append(word)
    places = ["/usr/share/pocketsphinx/test/data/librivox", "/usr/share/pocketsphinx/test/data/cards",
              f"{os.path.abspath(home)}/recordings"]
    paths = {name: next(f"{place}/{name}" for place in places if os.path.exists(f"{place}/{name}")) for name in said}
    return [Recording(name, path, " ".join(said[name])) for name, path in paths.items()]


def unpacked(package, root):
    """Fetches a package and unpacks it there: nothing is installed, and no root is needed."""
    if not os.path.isdir(f"{root}/usr/share/doc/{package}"):
        subprocess.run(["apt-get", "-q", "download", package], cwd=root, check=True, capture_output=True)
        archive = next(name for name in os.listdir(root) if name.startswith(f"{package}_"))
        subprocess.run(["dpkg-deb", "-x", archive, "."], cwd=root, check=True)
        os.remove(f"{root}/{archive}")


def texts(language, root):
    """By the name of the prompt. Notes in brackets are no text."""
    with gzip.open(f"{root}/usr/share/doc/asterisk-core-sounds-{language}/core-sounds-{language}.txt.gz") as file:
        raw = file.read()
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError:
        lines = raw.decode("latin-1").splitlines()
    found = (re.match(r"([\w/-]+):\s*([^\s[(].*)", line) for line in lines)
    return {match[1]: match[2].strip() for match in found if match}


def recordings(language, rate, folder):
    """Those with a text of a few words at least, as WAV files at this rate."""
    root = os.path.abspath(folder)
    os.makedirs(root, exist_ok=True)
    kind = KINDS[rate]
    for package in (f"asterisk-core-sounds-{language}", f"asterisk-core-sounds-{language}-{kind}"):
        unpacked(package, root)
    sounds = f"{root}/usr/share/asterisk/sounds"
    voice = next(name for name in sorted(os.listdir(sounds)) if name.startswith(language))
    made = f"{root}/{language}-{rate}"
    os.makedirs(made, exist_ok=True)
    found = []
    for name, said in sorted(texts(language, root).items()):
        source = f"{sounds}/{voice}/{name}.{kind}"
        if len(re.findall(r"\w+", said)) < FEWEST_WORDS or not os.path.exists(source):
            continue
        target = f"{made}/{name.replace('/', '_')}.wav"
        if not os.path.exists(target):
            form = ["-f", "g722"] if kind == "g722" else []
            part = f"{target}.part.wav"
            subprocess.run(["ffmpeg", "-v", "error", *form, "-i", source, "-c:a", "pcm_s16le", "-y", part], check=True)
            os.rename(part, target)
        found.append(Recording(name, target, said))
    return found
