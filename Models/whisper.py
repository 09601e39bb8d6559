"""Whisper as the two networks that sherpa-onnx runs: an encoder that hears and a decoder that writes.

Weights are bytes with scales; activations are quantized while the networks run. The encoder, which is most of the work,
multiplies whole matrices, a scale for each output. The decoder multiplies by blocks: its activations differ so much
that one scale for all of them loses words, and it waits for memory anyway.
"""
import math

from onnx_file import FLOAT, INT64, UINT8, Graph

# The byte that stands for zero.
MIDDLE = 128
BLOCK = 128
NEVER = -1e9


def quantize(weights, width):
    """The weights as bytes, and a scale for so many of them at a time."""
    parts, scales = [], []
    for values in weights.pieces(width):
        peak = max(max(values), -min(values), 1e-8)
        factor = 127 / peak
        # Rounded: all are positive.
        parts.append(bytes([int(value * factor + (MIDDLE + 0.5)) for value in values]))
        scales.append(peak / 127)
    return b"".join(parts), scales


class Network(Graph):
    """A graph with the layers of a transformer, whose weights have names in the file."""

    def __init__(self, name, weights):
        super().__init__(name)
        self.weights = weights
        self.state = weights["decoder/embeddings/weight"].shape[1]
        self.heads = weights["decoder/num_heads"].values()[0]

    def plain(self, name):
        """Weights as they are."""
        weights = self.weights[name]
        return self.floats(weights.values(), weights.shape)

    def linear(self, tensor, name, factors=None):
        """A linear layer; a factor for each of its outputs, if any."""
        weights, bias = self.weights[f"{name}/weight"], self.weights[f"{name}/bias"].values()
        factors = factors or [1.0] * len(bias)
        return self.multiply(tensor, weights, factors, [value * factor for value, factor in zip(bias, factors)])

    def norm(self, tensor, name):
        factors, shifts = self.plain(f"{name}/gamma"), self.plain(f"{name}/beta")
        return self.node("LayerNormalization", tensor, factors, shifts, axis=-1, epsilon=1e-5)

    def gelu(self, tensor):
        curve = self.node("Erf", self.node("Div", tensor, self.scalar(math.sqrt(2))))
        curve = self.node("Mul", tensor, self.node("Add", curve, self.scalar(1.0)))
        return self.node("Mul", curve, self.scalar(0.5))

    def feed_forward(self, tensor, name):
        inner = self.gelu(self.linear(self.norm(tensor, f"{name}/layer_norm"), f"{name}/linear_0"))
        return self.node("Add", tensor, self.linear(inner, f"{name}/linear_1"))

    def by_head(self, tensor, order):
        state = self.state
        shape = self.integers(0, 0, self.heads, state // self.heads)
        return self.node("Transpose", self.node("Reshape", tensor, shape), perm=order)

    def attention(self, scores, values):
        """Values weighted by the scores, heads side by side again."""
        found = self.node("Transpose", self.node("MatMul", scores, values), perm=[0, 2, 1, 3])
        return self.node("Reshape", found, self.integers(0, 0, self.state))

    def query_factors(self, others=0):
        """Queries are scaled once, as weights; after them come other outputs of the same layer."""
        return [(self.state // self.heads) ** -0.5] * self.state + [1.0] * others

    def queries_keys_values(self, tensor, name):
        joined = self.linear(tensor, f"{name}/linear_0", self.query_factors(2 * self.state))
        return self.node("Split", joined, self.integers(*[self.state] * 3), outputs=3, axis=-1)

    def length(self, tensor, axis):
        return self.slice(self.node("Shape", tensor), self.integers(axis), self.integers(axis + 1), 0)

    def slice(self, tensor, start, end, axis):
        return self.node("Slice", tensor, start, end, self.integers(axis))

    def single(self, tensor):
        """Without its first dimension, which is one."""
        return self.node("Squeeze", tensor, self.integers(0))


class Encoder(Network):
    def multiply(self, tensor, weights, factors, bias):
        outputs, inputs = weights.shape
        data, scales = quantize(weights, inputs)
        # A column an output.
        matrix = self.constant(UINT8, [inputs, outputs], b"".join(data[column::inputs] for column in range(inputs)))
        quantized, scale, zero = self.node("DynamicQuantizeLinear", tensor, outputs=3)
        product = self.node("MatMulInteger", quantized, matrix, zero, self.numbers(UINT8, [MIDDLE], []))
        scales = self.floats(scale * factor for scale, factor in zip(scales, factors))
        product = self.node("Mul", self.node("Cast", product, to=FLOAT), self.node("Mul", scale, scales))
        return self.node("Add", product, self.floats(bias))


class Decoder(Network):
    def blocks(self, weights, factors):
        """Constants: the bytes and the scales of a matrix, and the size of its blocks."""
        outputs, inputs = weights.shape
        size = min(BLOCK, inputs)
        data, scales = quantize(weights, size)
        count = inputs // size
        scales = [scale * factors[index // count] for index, scale in enumerate(scales)]
        return self.constant(UINT8, [outputs, count, size], data), self.floats(scales, [outputs, count]), size

    def multiply(self, tensor, weights, factors, bias):
        outputs, inputs = weights.shape
        data, scales, size = self.blocks(weights, factors)
        # Activations are quantized to 8 bits, too (accuracy level 4).
        return self.node(
            "MatMulNBits", tensor, data, scales, "", "", self.floats(bias), domain="com.microsoft", K=inputs, N=outputs,
            bits=8, block_size=size, accuracy_level=4)

    def embed(self, tokens, weights):
        """The rows of these tokens."""
        data, scales, _ = self.blocks(weights, [1.0] * weights.shape[0])
        values = self.node("Cast", self.node("Gather", data, tokens), to=FLOAT)
        values = self.node("Sub", values, self.scalar(float(MIDDLE)))
        scales = self.node("Unsqueeze", self.node("Gather", scales, tokens), self.integers(3))
        return self.node("Reshape", self.node("Mul", values, scales), self.integers(0, 0, self.state))


def layers(weights, part):
    """How many there are in the encoder or the decoder."""
    return sum(1 for name in weights if name.startswith(f"{part}/layer_") and name.endswith("/ffn/linear_0/weight"))


def encoder(weights):
    """From the spectrum of any length to what the decoder's layers look at: keys and values."""
    graph = Encoder("encoder", weights)
    state, heads, depth = graph.state, graph.heads, layers(weights, "decoder")
    tensor = graph.input("mel", FLOAT, ["n_audio", weights["encoder/conv1/weight"].shape[1], "n_frames"])
    for name, stride in (("encoder/conv1", 1), ("encoder/conv2", 2)):
        tensor = graph.gelu(graph.node(
            "Conv", tensor, graph.plain(f"{name}/weight"), graph.plain(f"{name}/bias"), kernel_shape=[3], pads=[1, 1],
            strides=[stride]))
    tensor = graph.node("Transpose", tensor, perm=[0, 2, 1])
    positions = graph.plain("encoder/position_encodings/encodings")
    tensor = graph.node("Add", tensor, graph.slice(positions, graph.integers(0), graph.length(tensor, 1), 0))
    for number in range(layers(weights, "encoder")):
        name = f"encoder/layer_{number}/self_attention"
        queries, keys, values = graph.queries_keys_values(graph.norm(tensor, f"{name}/layer_norm"), name)
        scores = graph.node("MatMul", graph.by_head(queries, [0, 2, 1, 3]), graph.by_head(keys, [0, 2, 3, 1]))
        heard = graph.attention(graph.node("Softmax", scores, axis=-1), graph.by_head(values, [0, 2, 1, 3]))
        tensor = graph.node("Add", tensor, graph.linear(heard, f"{name}/linear_1"))
        tensor = graph.feed_forward(tensor, f"encoder/layer_{number}/ffn")
    tensor = graph.norm(tensor, "encoder/layer_norm")
    crossed = []
    for number in range(depth):
        joined = graph.linear(tensor, f"decoder/layer_{number}/attention/linear_1")
        crossed.append(graph.node("Split", joined, graph.integers(state, state), outputs=2, axis=-1))
    for name, index, order, shape in (
            ("n_layer_cross_k", 0, [0, 2, 3, 1], [state // heads, "n_places"]),
            ("n_layer_cross_v", 1, [0, 2, 1, 3], ["n_places", state // heads])):
        parts = [graph.node("Unsqueeze", graph.by_head(pair[index], order), graph.integers(0)) for pair in crossed]
        graph.output(name, FLOAT, [depth, "n_audio", heads, *shape], graph.node("Concat", *parts, axis=0))
    return graph


def decoder(weights, alignment_heads, suppressed):
    """From the words so far to how likely each word is to be the next, a few words or one at a time."""
    graph = Decoder("decoder", weights)
    state, heads, depth = graph.state, graph.heads, layers(weights, "decoder")
    size, width = weights["decoder/embeddings/weight"].shape[0], state // heads
    tokens = graph.input("tokens", INT64, ["n_audio", "n_tokens"])
    before = {part: graph.input(f"in_n_layer_self_{part}_cache", FLOAT, [depth, "n_audio", "n_before", state])
              for part in "kv"}
    crossed = {"k": graph.input("n_layer_cross_k", FLOAT, [depth, "n_audio", heads, width, "n_places"]),
               "v": graph.input("n_layer_cross_v", FLOAT, [depth, "n_audio", heads, "n_places", width])}
    start = graph.node("Reshape", graph.input("offset", INT64, [1]), graph.integers(1))
    end = graph.node("Add", start, graph.length(tokens, 1))

    # One matrix serves both to read words and to choose the next.
    words = weights["decoder/embeddings/weight"]
    tensor = graph.embed(tokens, words)
    tensor = graph.node("Add", tensor, graph.slice(graph.plain("decoder/position_encodings/encodings"), start, end, 0))

    # A word may look at those before it.
    places = graph.node("Range", graph.scalar(0), graph.single(end), graph.scalar(1))
    own = graph.node("Range", graph.single(start), graph.single(end), graph.scalar(1))
    later = graph.node(
        "Greater", graph.node("Unsqueeze", places, graph.integers(0)), graph.node("Unsqueeze", own, graph.integers(1)))
    mask = graph.node("Where", later, graph.scalar(NEVER), graph.scalar(0.0))

    def of_layer(tensor, number):
        return graph.single(graph.slice(tensor, graph.integers(number), graph.integers(number + 1), 0))

    after, aligned = {"k": [], "v": []}, []
    for number in range(depth):
        name = f"decoder/layer_{number}/self_attention"
        queries, *fresh = graph.queries_keys_values(graph.norm(tensor, f"{name}/layer_norm"), name)
        held = {}
        for part, new in zip("kv", fresh):
            past = graph.slice(of_layer(before[part], number), graph.integers(0), start, 1)
            held[part] = graph.node("Concat", past, new, axis=1)
            after[part].append(graph.node("Unsqueeze", held[part], graph.integers(0)))
        scores = graph.node("MatMul", graph.by_head(queries, [0, 2, 1, 3]), graph.by_head(held["k"], [0, 2, 3, 1]))
        scores = graph.node("Softmax", graph.node("Add", scores, mask), axis=-1)
        said = graph.attention(scores, graph.by_head(held["v"], [0, 2, 1, 3]))
        tensor = graph.node("Add", tensor, graph.linear(said, f"{name}/linear_1"))

        name = f"decoder/layer_{number}/attention"
        queries = graph.linear(graph.norm(tensor, f"{name}/layer_norm"), f"{name}/linear_0", graph.query_factors())
        scores = graph.node("MatMul", graph.by_head(queries, [0, 2, 1, 3]), of_layer(crossed["k"], number))
        scores = graph.node("Softmax", scores, axis=-1)
        telling = [head for layer, head in alignment_heads if layer == number]
        if telling:
            aligned.append(graph.node("Gather", scores, graph.integers(*telling), axis=1))
        heard = graph.attention(scores, of_layer(crossed["v"], number))
        tensor = graph.node("Add", tensor, graph.linear(heard, f"{name}/linear_2"))
        tensor = graph.feed_forward(tensor, f"decoder/layer_{number}/ffn")

    # Only the last word's successor is asked for.
    last = graph.slice(tensor, graph.integers(-1), graph.integers(1 << 40), 1)
    last = graph.norm(last, "decoder/layer_norm")
    unsaid = set(suppressed)
    likely = graph.multiply(last, words, [1.0] * size, [NEVER if word in unsaid else 0.0 for word in range(size)])
    graph.output("logits", FLOAT, ["n_audio", 1, size], likely)
    for part in "kv":
        graph.output(
            f"out_n_layer_self_{part}_cache", FLOAT, [depth, "n_audio", "n_words", state],
            graph.node("Concat", *after[part], axis=0))
    graph.output(
        "cross_attention_weights", FLOAT, ["n_audio", len(alignment_heads), "n_tokens", "n_places"],
        graph.node("Concat", *aligned, axis=1))
    return graph


def metadata(weights):
    """The sizes that sherpa-onnx asks the encoder for."""
    size, state = weights["decoder/embeddings/weight"].shape
    context = weights["decoder/position_encodings/encodings"].shape[0]
    return {
        "model_type": "whisper", "version": 1, "n_mels": weights["encoder/conv1/weight"].shape[1], "n_vocab": size,
        "n_text_layer": layers(weights, "decoder"), "n_text_ctx": context, "n_text_state": state,
    }
