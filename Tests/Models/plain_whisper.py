"""Whisper in floating point, with lists of numbers and no cache: slow, and short enough to be seen to be right.

A sequence is a list of places, and a place a list of numbers.
"""
import math
from itertools import chain


def dot(one, other):
    return sum(map(float.__mul__, one, other))


def add(one, other):
    return [[a + b for a, b in zip(*places)] for places in zip(one, other)]


def softmax(row):
    powers = [math.exp(value - max(row)) for value in row]
    return [power / sum(powers) for power in powers]


def gelu(sequence):
    return [[value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in place] for place in sequence]


class PlainWhisper:
    """Weights by name, and their shapes."""

    def __init__(self, weights, shapes, heads):
        self.weights = weights
        self.shapes = shapes
        self.heads = heads

    def rows(self, name):
        """A matrix, or a convolution with what each output takes in one row."""
        width = math.prod(self.shapes[name][1:])
        values = self.weights[name]
        return [values[start:start + width] for start in range(0, len(values), width)]

    def depth(self, part):
        return sum(name.startswith(f"{part}/layer_") and name.endswith("/ffn/linear_0/bias") for name in self.shapes)

    def linear(self, sequence, name):
        rows, bias = self.rows(f"{name}/weight"), self.weights[f"{name}/bias"]
        return [[dot(row, place) + shift for row, shift in zip(rows, bias)] for place in sequence]

    def norm(self, sequence, name):
        gamma, beta = self.weights[f"{name}/gamma"], self.weights[f"{name}/beta"]
        normal = []
        for place in sequence:
            mean = sum(place) / len(place)
            spread = math.sqrt(sum((value - mean) ** 2 for value in place) / len(place) + 1e-5)
            normal.append([(value - mean) / spread * by + shift for value, by, shift in zip(place, gamma, beta)])
        return normal

    def convolution(self, sequence, name, stride):
        """Of three places each; there is silence before the first and behind the last."""
        nothing = [[0.0] * len(sequence[0])]
        padded = nothing + sequence + nothing
        windows = [list(chain.from_iterable(zip(*padded[at:at + 3]))) for at in range(0, len(sequence), stride)]
        return self.linear(windows, name)

    def attention(self, queries, keys, values, sees):
        """Also how much each place of the queries looks at each of the keys, by head."""
        width = len(queries[0]) // self.heads
        looks, parts = [], []
        for start in range(0, len(queries[0]), width):
            def of_head(sequence):
                return [place[start:start + width] for place in sequence]

            scores = [[dot(query, key) / math.sqrt(width) if sees(here, there) else -math.inf
                       for there, key in enumerate(of_head(keys))] for here, query in enumerate(of_head(queries))]
            looks.append([softmax(row) for row in scores])
            columns = list(zip(*of_head(values)))
            parts.append([[dot(row, column) for column in columns] for row in looks[-1]])
        return [list(chain.from_iterable(places)) for places in zip(*parts)], looks

    def self_attention(self, sequence, name, sees):
        joined = self.linear(self.norm(sequence, f"{name}/layer_norm"), f"{name}/linear_0")
        size = len(sequence[0])
        queries, keys, values = ([place[start:start + size] for place in joined] for start in (0, size, 2 * size))
        heard, _ = self.attention(queries, keys, values, sees)
        return add(sequence, self.linear(heard, f"{name}/linear_1"))

    def feed_forward(self, sequence, name):
        inner = gelu(self.linear(self.norm(sequence, f"{name}/layer_norm"), f"{name}/linear_0"))
        return add(sequence, self.linear(inner, f"{name}/linear_1"))

    def encode(self, spectrum):
        """From a list of frames."""
        sequence = gelu(self.convolution(spectrum, "encoder/conv1", 1))
        sequence = gelu(self.convolution(sequence, "encoder/conv2", 2))
        sequence = add(sequence, self.rows("encoder/position_encodings/encodings"))
        for layer in range(self.depth("encoder")):
            name = f"encoder/layer_{layer}"
            sequence = self.self_attention(sequence, f"{name}/self_attention", lambda here, there: True)
            sequence = self.feed_forward(sequence, f"{name}/ffn")
        return self.norm(sequence, "encoder/layer_norm")

    def decode(self, tokens, encoded):
        """How likely each token is after each of these; and where each head of each layer looks."""
        embeddings = self.rows("decoder/embeddings/weight")
        sequence = [embeddings[token] for token in tokens]
        sequence = add(sequence, self.rows("decoder/position_encodings/encodings"))
        looks = []
        for layer in range(self.depth("decoder")):
            name = f"decoder/layer_{layer}"
            sequence = self.self_attention(sequence, f"{name}/self_attention", lambda here, there: there <= here)
            crossed = f"{name}/attention"
            queries = self.linear(self.norm(sequence, f"{crossed}/layer_norm"), f"{crossed}/linear_0")
            joined = self.linear(encoded, f"{crossed}/linear_1")
            keys, values = ([place[start:start + len(place) // 2] for place in joined]
                            for start in (0, len(joined[0]) // 2))
            heard, looked = self.attention(queries, keys, values, lambda here, there: True)
            looks.append(looked)
            sequence = add(sequence, self.linear(heard, f"{crossed}/linear_2"))
            sequence = self.feed_forward(sequence, f"{name}/ffn")
        sequence = self.norm(sequence, "decoder/layer_norm")
        return [[dot(row, place) for row in embeddings] for place in sequence], looks
