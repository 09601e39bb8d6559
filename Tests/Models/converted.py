"""Makes a tiny Whisper, converts it, and prints what it must say.

    python3 converted.py FOLDER SEED LANGUAGE

FOLDER gets the model as CTranslate2 keeps it, and as sherpa-onnx loads it in `converted`.
"""
import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../../Models"))
from convert import convert  # noqa: E402 once it can be found
from tiny_whisper import said, write  # noqa: E402

folder, seed, language = sys.argv[1:]
write(folder, int(seed))
convert(folder, f"{folder}/converted")
print(" ".join(said(int(seed), language)[0]))
