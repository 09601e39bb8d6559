"""Makes a folder that sherpa-onnx loads from a Whisper model of CTranslate2.

    python3 convert.py FROM TO

FROM has model.bin, config.json and tokenizer.json. TO gets encoder.onnx, decoder.onnx, tokens.txt and model.json.
"""
import json
import os
import sys

import ctranslate2
import whisper
from vocabulary import Vocabulary


def convert(source, target):
    weights = ctranslate2.read(f"{source}/model.bin", "WhisperSpec")
    vocabulary = Vocabulary(source)
    os.makedirs(target, exist_ok=True)
    files = {"encoder": "encoder.onnx", "decoder": "decoder.onnx", "tokens": "tokens.txt"}
    whisper.encoder(weights).write(
        f"{target}/{files['encoder']}", whisper.metadata(weights) | vocabulary.metadata())
    whisper.decoder(weights, vocabulary.alignment_heads, vocabulary.suppressed).write(f"{target}/{files['decoder']}")
    vocabulary.write(f"{target}/{files['tokens']}")
    sizes = {name: os.path.getsize(f"{target}/{name}") for name in files.values()}
    with open(f"{target}/model.json", "w", encoding="utf-8") as file:
        json.dump({"type": "whisper", "languages": list(vocabulary.languages), "sample_rate": 16000, "files": files,
                   "bytes": sizes}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        convert(*sys.argv[1:])
    except ctranslate2.NotAModel as problem:
        sys.exit(f"convert.py: {sys.argv[1]}/model.bin {problem}")
