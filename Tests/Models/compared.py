"""Compares converted networks with a plain Whisper of the same weights, which are drawn at random.

    python3 compared.py FOLDER SEED LIBRARY

FOLDER gets the model, LIBRARY is libonnxruntime.so. Prints how far the networks are off; the status is 1 if that is
more than weights of 8 bits explain.
"""
import math
import random
import sys

import tiny_whisper
from converted import make
from onnx_runtime import Runtime, Session, Tensor
from plain_whisper import PlainWhisper

# An odd number, and far fewer than 30 s have.
FRAMES = 37
TOKENS = 12
# The first are given at once, the others one by one.
FIRST = 4
# Of 60 seeds the worst was 0.04 off. A missing mask makes 0.1, exchanged layers 0.8.
MOST_OFF = 0.06
SELF = ("in_n_layer_self_k_cache", "in_n_layer_self_v_cache")
CROSS = ("n_layer_cross_k", "n_layer_cross_v")
OUTPUTS = ("logits", "out_n_layer_self_k_cache", "out_n_layer_self_v_cache", "cross_attention_weights")


def off(expected, found):
    """The root mean square of the differences, as a fraction of that of what was expected."""
    differences = sum((one - other) ** 2 for one, other in zip(expected, found, strict=True))
    return math.sqrt(differences / sum(one ** 2 for one in expected))


def compare(folder, library, plain, spectrum, tokens):
    """How far each step is off: in how likely the next token is, and in where the heads for alignment look."""
    likely, looks = plain.decode(tokens, plain.encode(spectrum))
    runtime = Runtime(library)
    encoder, decoder = (Session(runtime, f"{folder}/converted/{name}.onnx") for name in ("encoder", "decoder"))
    by_mel = [value for mel in zip(*spectrum) for value in mel]
    crossed = encoder.run({"mel": Tensor([1, tiny_whisper.MELS, len(spectrum)], by_mel)}, CROSS)
    shape = [tiny_whisper.DECODER_LAYERS, 1, tiny_whisper.CONTEXT, tiny_whisper.STATE]
    kept = [Tensor(shape, [0.0] * math.prod(shape)) for _ in SELF]
    for places in (range(FIRST), *([place] for place in range(FIRST, len(tokens)))):
        given = {"tokens": Tensor([1, len(places)], [tokens[place] for place in places], "q"),
                 "offset": Tensor([1], [places[0]], "q"), **dict(zip(SELF, kept)), **dict(zip(CROSS, crossed))}
        found, *kept, looked = decoder.run(given, OUTPUTS)
        if any(found.numbers[token] > -1e8 for token in tiny_whisper.UNSAID):
            sys.exit("compared.py: a token that is never to be said can be said")
        said = [token for token in range(tiny_whisper.SIZE) if token not in tiny_whisper.UNSAID]
        expected = likely[places[-1]]
        yield off([expected[token] for token in said], [found.numbers[token] for token in said])
        yield off([value for layer, head in tiny_whisper.ALIGNMENT_HEADS for place in places
                   for value in looks[layer][head][place]], looked.numbers)


def main(folder, seed, library):
    make(folder, seed)
    plain = PlainWhisper(tiny_whisper.weights(seed), tiny_whisper.shapes(), tiny_whisper.HEADS)
    dice = random.Random(seed)
    spectrum = [[dice.gauss(0, 1) for _ in range(tiny_whisper.MELS)] for _ in range(FRAMES)]
    tokens = [dice.randrange(tiny_whisper.SIZE) for _ in range(TOKENS)]
    worst = max(compare(folder, library, plain, spectrum, tokens))
    print(f"seed {seed}: {worst:.4f} off")
    if worst > MOST_OFF:
        sys.exit(f"compared.py: seed {seed}: {worst:.4f} off, at most {MOST_OFF} expected")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
