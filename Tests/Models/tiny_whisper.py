"""A Whisper model of a few kilobytes with weights drawn at random, as CTranslate2 keeps it."""
import json
import math
import random
import struct

STATE, HEADS, INNER, MELS, CONTEXT = 16, 2, 32, 80, 448
ENCODER_LAYERS, DECODER_LAYERS = 1, 2
WORDS = ["Ġ", "[", "Ġone", "Ġtwo", "Ġthree", "Ġfour", "Ġfive", "Ġsix", "Ġseven", "Ġeight"]
SPECIAL = ["endoftext", "startoftranscript", "en", "ru", "translate", "transcribe", "startoflm", "startofprev",
           "nospeech", "notimestamps"]
NUMBERS = {name: len(WORDS) + index for index, name in enumerate(SPECIAL)}
SIZE = len(WORDS) + len(SPECIAL)
UNSAID = [WORDS.index("["), *(number for name, number in NUMBERS.items() if name != "endoftext")]
ALIGNMENT_HEADS = [[0, 1], [1, 0], [1, 1]]
PROJECTION = ("decoder/projection/weight", "decoder/embeddings/weight")


def half(value):
    return struct.unpack("<e", struct.pack("<e", value))[0]


def shapes():
    """The tensors by their names, as CTranslate2 lists them."""
    found = {"encoder/conv1/weight": (STATE, MELS, 3), "encoder/conv1/bias": (STATE,),
             "encoder/conv2/weight": (STATE, STATE, 3), "encoder/conv2/bias": (STATE,),
             "encoder/position_encodings/encodings": (1500, STATE),
             "decoder/position_encodings/encodings": (CONTEXT, STATE),
             "decoder/embeddings/weight": (SIZE, STATE)}

    def norm(name):
        found.update({f"{name}/gamma": (STATE,), f"{name}/beta": (STATE,)})

    def linears(name, *sizes):
        norm(f"{name}/layer_norm")
        for number, (outputs, inputs) in enumerate(sizes):
            found.update({f"{name}/linear_{number}/weight": (outputs, inputs),
                          f"{name}/linear_{number}/bias": (outputs,)})

    for part, layers in (("encoder", ENCODER_LAYERS), ("decoder", DECODER_LAYERS)):
        norm(f"{part}/layer_norm")
        for layer in range(layers):
            name = f"{part}/layer_{layer}"
            linears(f"{name}/self_attention", (3 * STATE, STATE), (STATE, STATE))
            if part == "decoder":
                linears(f"{name}/attention", (STATE, STATE), (2 * STATE, STATE), (STATE, STATE))
            linears(f"{name}/ffn", (INNER, STATE), (STATE, INNER))
    return found


def weights(seed):
    """Lists of values by name."""
    dice = random.Random(seed)
    drawn = {}
    for name, shape in sorted(shapes().items()):
        # Layers neither fade nor grow.
        spread = 0.5 if len(shape) == 1 else math.prod(shape[1:]) ** -0.5
        spread = 1.0 if "encodings" in name or "embeddings" in name else spread
        middle = 1.0 if name.endswith("gamma") else 0.0
        drawn[name] = [half(dice.gauss(middle, spread)) for _ in range(math.prod(shape))]
    return drawn


def text(name):
    return struct.pack("<H", len(name) + 1) + name.encode() + b"\0"


def model_bin(seed):
    """The file of those weights."""
    parts = []
    for name, values in weights(seed).items():
        shape = shapes()[name]
        parts.append(text(name) + struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, 4, 2 * len(values))
                     + struct.pack(f"<{len(values)}e", *values))
    for part in ("encoder", "decoder"):
        parts.append(text(f"{part}/num_heads") + struct.pack("<BBIh", 0, 2, 2, HEADS))
    head = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, len(parts))
    return head + b"".join(parts) + struct.pack("<I", 1) + text(PROJECTION[0]) + text(PROJECTION[1])


def write(folder, seed):
    with open(f"{folder}/model.bin", "wb") as file:
        file.write(model_bin(seed))
    with open(f"{folder}/config.json", "w", encoding="utf-8") as file:
        json.dump({"alignment_heads": ALIGNMENT_HEADS, "lang_ids": [NUMBERS["en"], NUMBERS["ru"]],
                   "suppress_ids": UNSAID, "suppress_ids_begin": []}, file)
    with open(f"{folder}/tokenizer.json", "w", encoding="utf-8") as file:
        json.dump({"added_tokens": [{"content": f"<|{name}|>", "id": number} for name, number in NUMBERS.items()],
                   "model": {"vocab": {word: number for number, word in enumerate(WORDS)}}}, file)
