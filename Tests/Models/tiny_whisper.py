"""A Whisper model of a few kilobytes with weights drawn at random, as CTranslate2 keeps it, and what it says.

It hears nothing: its first convolution has a bias only, so every place of every recording sounds the same. The rest is
a whole Whisper, and `said` computes its text plainly, in floating point, without any of the code under test.
"""
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
             "decoder/embeddings/weight": (len(WORDS) + len(SPECIAL), STATE)}

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
    """Lists of values by name. What would make places differ is zero."""
    dice = random.Random(seed)
    drawn = {}
    for name, shape in sorted(shapes().items()):
        count = math.prod(shape)
        if name in ("encoder/conv1/weight", "encoder/position_encodings/encodings"):
            drawn[name] = [0.0] * count
        elif name == "encoder/conv2/weight":
            # The middle of three: the edges have no neighbors.
            drawn[name] = [half(dice.gauss(0, 0.3)) if index % 3 == 1 else 0.0 for index in range(count)]
        elif name.endswith("gamma"):
            drawn[name] = [half(dice.uniform(0.5, 1.5)) for _ in range(count)]
        else:
            # Places decide most, so that it says different words one after another.
            spread = 2.0 if name == "decoder/position_encodings/encodings" else 0.5
            drawn[name] = [half(dice.gauss(0, spread)) for _ in range(count)]
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


class Reference:
    """Whisper, one position after another."""

    def __init__(self, seed):
        self.drawn = weights(seed)

    def linear(self, x, name):
        rows, bias = self.drawn[f"{name}/weight"], self.drawn[f"{name}/bias"]
        width = len(x)
        return [sum(rows[output * width + i] * x[i] for i in range(width)) + shift for output, shift in enumerate(bias)]

    def norm(self, x, name):
        mean = sum(x) / len(x)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in x) / len(x) + 1e-5)
        return [(value - mean) / deviation * gamma + beta for value, gamma, beta in zip(
            x, self.drawn[f"{name}/gamma"], self.drawn[f"{name}/beta"])]

    @staticmethod
    def gelu(x):
        return [value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in x]

    @staticmethod
    def attention(query, keys, values):
        found, width = [], STATE // HEADS
        for head in range(HEADS):
            part = slice(head * width, (head + 1) * width)
            scores = [math.exp(sum(a * b for a, b in zip(query[part], key[part])) / math.sqrt(width)) for key in keys]
            found += [sum(score * value[part][i] for score, value in zip(scores, values)) / sum(scores)
                      for i in range(width)]
        return found

    def add(self, x, y):
        return [a + b for a, b in zip(x, y)]

    def feed_forward(self, x, name):
        inner = self.gelu(self.linear(self.norm(x, f"{name}/layer_norm"), f"{name}/linear_0"))
        return self.add(x, self.linear(inner, f"{name}/linear_1"))

    def heard(self):
        """What the encoder gives at every place."""
        x = self.gelu(self.drawn["encoder/conv1/bias"])
        rows = self.drawn["encoder/conv2/weight"]
        x = self.gelu([sum(rows[(output * STATE + i) * 3 + 1] * x[i] for i in range(STATE)) + bias
                       for output, bias in enumerate(self.drawn["encoder/conv2/bias"])])
        for layer in range(ENCODER_LAYERS):
            name = f"encoder/layer_{layer}/self_attention"
            joined = self.linear(self.norm(x, f"{name}/layer_norm"), f"{name}/linear_0")
            x = self.add(x, self.linear(joined[2 * STATE:], f"{name}/linear_1"))
            x = self.feed_forward(x, f"encoder/layer_{layer}/ffn")
        return self.norm(x, "encoder/layer_norm")

    def likely(self, tokens, heard):
        """How likely each token is after these."""
        rows = self.drawn["decoder/embeddings/weight"]
        places = self.drawn["decoder/position_encodings/encodings"]
        embedded = [rows[token * STATE:(token + 1) * STATE] for token in range(len(rows) // STATE)]
        xs = [self.add(embedded[token], places[at * STATE:(at + 1) * STATE]) for at, token in enumerate(tokens)]
        for layer in range(DECODER_LAYERS):
            name = f"decoder/layer_{layer}/self_attention"
            joined = [self.linear(self.norm(x, f"{name}/layer_norm"), f"{name}/linear_0") for x in xs]
            keys, values = [j[STATE:2 * STATE] for j in joined], [j[2 * STATE:] for j in joined]
            xs = [self.add(x, self.linear(self.attention(j[:STATE], keys[:at], values[:at]), f"{name}/linear_1"))
                  for at, (x, j) in enumerate(zip(xs, joined), 1)]
            name = f"decoder/layer_{layer}/attention"
            crossed = self.linear(heard, f"{name}/linear_1")
            xs = [self.add(x, self.linear(crossed[STATE:], f"{name}/linear_2")) for x in xs]
            xs = [self.feed_forward(x, f"decoder/layer_{layer}/ffn") for x in xs]
        last = self.norm(xs[-1], "decoder/layer_norm")
        return [-math.inf if token in UNSAID else sum(a * b for a, b in zip(row, last))
                for token, row in enumerate(embedded)]


def said(seed, language, most=40):
    """The words it says in a language, and by how much each was likelier than any other."""
    reference = Reference(seed)
    heard = reference.heard()
    tokens = [NUMBERS[name] for name in ("startoftranscript", language, "transcribe", "notimestamps")]
    words, leads = [], []
    while len(words) < most:
        likely = reference.likely(tokens, heard)
        second, first = sorted(likely)[-2:]
        leads.append(first - second)
        tokens.append(likely.index(first))
        if tokens[-1] == NUMBERS["endoftext"]:
            break
        words.append(WORDS[tokens[-1]].replace("Ġ", " ").strip())
    return words, leads
