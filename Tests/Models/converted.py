"""Makes a tiny Whisper of random weights, and converts it.

    python3 converted.py FOLDER SEED

FOLDER gets the model as CTranslate2 keeps it, and as sherpa-onnx loads it in `converted`.
"""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../../Models"))
from convert import convert  # noqa: E402 once it can be found
from tiny_whisper import write  # noqa: E402


def make(folder, seed):
    write(folder, seed)
    convert(folder, f"{folder}/converted")


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
