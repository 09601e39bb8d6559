"""Models of a few kilobytes, one of each type that sherpa-onnx runs. They hear loudness only.

    python3 tiny_models.py FOLDER

Each quarter second of loud sound is the next of five words, up to the fifth. So what they say shows that files, sound,
features, decoding and text work together, and nothing about recognition.
"""
import base64
import json
import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), "../../Models"))
from onnx_file import FLOAT, INT32, INT64, Graph  # noqa: E402 once it can be found

WORDS = ["раз", "два", "три", "четыре", "пять"]
SIZE = len(WORDS) + 1
MELS = 80
# Features come a hundred times a second.
STEP = 24
# The mean of a frame's logarithms that is loud, of samples up to 1.
LOUD = -9.0
# Moonshine has no features: so many samples are a frame, and such a mean is loud.
FRAME = 384
LOUD_SAMPLES = 0.005
# The number of the type in ONNX.
BOOL = 9
NEVER = -1000.0


class Model:
    """A folder with a model's files and its description."""

    def __init__(self, root, kind, name=None, **description):
        self.folder = f"{root}/{name or kind}"
        os.makedirs(self.folder)
        self.description = {"type": kind, **description, "files": {"tokens": "tokens.txt"}}

    def network(self, role, graph, **metadata):
        graph.write(f"{self.folder}/{role}.onnx", metadata)
        self.description["files"][role] = f"{role}.onnx"

    def finish(self, tokens):
        with open(f"{self.folder}/tokens.txt", "w", encoding="utf-8") as file:
            file.writelines(f"{token} {number}\n" for number, token in enumerate(tokens))
        with open(f"{self.folder}/model.json", "w", encoding="utf-8") as file:
            json.dump(self.description, file)


def in_base64(text):
    return base64.b64encode(text.encode()).decode()


def length(graph, tensor, axis):
    return graph.node("Slice", graph.node("Shape", tensor), *map(graph.integers, (axis, axis + 1, 0)))


def said():
    return [f"▁{word}" for word in WORDS]


def listen(graph, features, axis, row):
    """How loud every quarter second is, for each token that has a one in the row: [1, time, tokens]."""
    mean = graph.node("ReduceMean", features, axes=[axis], keepdims=0)
    picked = graph.node("Slice", mean, *[graph.integers(number) for number in (0, 1 << 40, 1, STEP)])
    loudness = graph.node("Sub", graph.node("Unsqueeze", picked, graph.integers(2)), graph.scalar(LOUD))
    loudness = graph.node("Clip", loudness, graph.scalar(-5.0), graph.scalar(5.0))
    return graph.node("MatMul", loudness, graph.floats(row, [1, len(row)]))


def shorten(graph, lengths, kind=INT64):
    whole = graph.node("Add", lengths, graph.numbers(kind, [STEP - 1], []))
    return graph.node("Div", whole, graph.numbers(kind, [STEP], []))


def followers(blank):
    """Tokens that may follow each token: none, or the next word. Row by row."""
    words = [token for token in range(SIZE) if token != blank]
    rows = []
    for token in range(SIZE):
        place = 0 if token == blank else words.index(token) + 1
        rows += [0.0 if other == blank or other in words[place:place + 1] else NEVER for other in range(SIZE)]
    return rows


def last_word_decoder():
    graph = Graph("decoder")
    tokens = graph.input("y", INT64, ["N", 2])
    last = graph.node("Slice", tokens, graph.integers(1), graph.integers(2), graph.integers(1))
    last = graph.node("Max", graph.node("Squeeze", last, graph.integers(1)), graph.scalar(0))
    next_word = graph.node("Gather", graph.floats(followers(0), [SIZE, SIZE]), last)
    graph.output("decoder_out", FLOAT, ["N", SIZE], next_word)
    return graph


def sum_joiner():
    graph = Graph("joiner")
    total = graph.node("Add", *[graph.input(name, FLOAT, ["N", SIZE]) for name in ("encoder_out", "decoder_out")])
    graph.output("logit", FLOAT, ["N", SIZE], total)
    return graph


def finish_transducer(model):
    """Adds the decoder, the joiner and the tokens to an encoder."""
    model.network("decoder", last_word_decoder(), vocab_size=SIZE, context_size=2)
    model.network("joiner", sum_joiner(), joiner_dim=SIZE)
    model.finish(["<blk>"] + said())


def transducer(root):
    model = Model(root, "transducer")
    graph = Graph("encoder")
    heard = listen(graph, graph.input("x", FLOAT, ["N", "T", MELS]), 2, [0.0] + [1.0] * len(WORDS))
    lengths = shorten(graph, graph.input("x_lens", INT64, ["N"]))
    graph.output("encoder_out", FLOAT, ["N", "T2", SIZE], heard)
    graph.output("encoder_out_lens", INT64, ["N"], lengths)
    model.network("encoder", graph, model_type="zipformer2", version=1)
    finish_transducer(model)


def zipformer(root):
    """It takes 45 frames, 32 further each time, and gives its states back as they were."""
    model = Model(root, "zipformer")
    graph = Graph("encoder")
    heard = listen(graph, graph.input("x", FLOAT, ["N", 45, MELS]), 2, [0.0] + [1.0] * len(WORDS))
    graph.output("encoder_out", FLOAT, ["N", "T2", SIZE], heard)
    states = {"cached_key_0": [4, "N", 4], "cached_nonlin_attn_0": [1, "N", 4, 6], "cached_val1_0": [4, "N", 4],
              "cached_val2_0": [4, "N", 4], "cached_conv1_0": ["N", 8, 1], "cached_conv2_0": ["N", 8, 1],
              "embed_states": ["N", 128, 3, 19], "processed_lens": ["N"]}
    for name, shape in states.items():
        kind = INT64 if name == "processed_lens" else FLOAT
        graph.output(f"new_{name}", kind, shape, graph.input(name, kind, shape))
    model.network(
        "encoder", graph, model_type="zipformer2", version=1, T=45, decode_chunk_len=32, encoder_dims=8,
        query_head_dims=4, value_head_dims=4, num_heads=1, num_encoder_layers=1, cnn_module_kernels=3,
        left_context_len=4)
    finish_transducer(model)


def nemo_transducer(root):
    """Its blank comes after the words."""
    model = Model(root, "nemo_transducer")
    graph = Graph("encoder")
    heard = listen(graph, graph.input("audio_signal", FLOAT, ["N", MELS, "T"]), 1, [1.0] * len(WORDS) + [0.0])
    lengths = shorten(graph, graph.input("length", INT64, ["N"]))
    graph.output("outputs", FLOAT, ["N", SIZE, "T2"], graph.node("Transpose", heard, perm=[0, 2, 1]))
    graph.output("encoded_lengths", INT64, ["N"], lengths)
    model.network(
        "encoder", graph, vocab_size=len(WORDS), subsampling_factor=STEP, normalize_type="", pred_rnn_layers=1,
        pred_hidden=2, url="", comment="", model_type="EncDecHybridRNNTCTCBPEModel", version=1)

    graph = Graph("decoder")
    next_word = graph.node(
        "Gather", graph.floats(followers(len(WORDS)), [SIZE, SIZE]), graph.input("targets", INT32, ["N", 1]))
    graph.output("outputs", FLOAT, ["N", SIZE, 1], graph.node("Transpose", next_word, perm=[0, 2, 1]))
    graph.output("prednet_lengths", INT32, ["N"], graph.input("target_length", INT32, ["N"]))
    for name in ("states", "cells"):
        graph.output(f"new_{name}", FLOAT, [1, "N", 2], graph.input(name, FLOAT, [1, "N", 2]))
    model.network("decoder", graph)

    graph = Graph("joiner")
    total = graph.node("Add", *[graph.input(f"{of}_outputs", FLOAT, ["N", SIZE, 1]) for of in ("encoder", "decoder")])
    total = graph.node("Unsqueeze", graph.node("Transpose", total, perm=[0, 2, 1]), graph.integers(1))
    graph.output("outputs", FLOAT, ["N", 1, 1, SIZE], total)
    model.network("joiner", graph)
    model.finish(said() + ["<blk>"])


def sense_voice(root):
    """Four tokens about the sound come before the words. Its frames are seven of the usual, one after another."""
    model = Model(root, "sense_voice", language="auto")
    tokens = ["<blk>"] + said() + ["<|ru|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>"]
    size = len(tokens)
    graph = Graph("model")
    mean = graph.node("ReduceMean", graph.input("x", FLOAT, ["N", "T", 7 * MELS]), axes=[2], keepdims=1)
    loud = graph.node("Cast", graph.node("Greater", mean, graph.scalar(0.0)), to=FLOAT)
    # Every fourth loud frame of 60 ms is the next word.
    count = graph.node("CumSum", loud, graph.scalar(1))
    begins = graph.floats([4.0 * place + 1 for place in range(len(WORDS))], [1, 1, len(WORDS)])
    is_here = graph.node("Less", graph.node("Abs", graph.node("Sub", begins, count)), graph.scalar(0.5))
    likely = graph.node("Mul", graph.node("Mul", graph.node("Cast", is_here, to=FLOAT), loud), graph.scalar(100.0))
    blank = graph.node("Add", graph.node("Mul", mean, graph.scalar(0.0)), graph.scalar(1.0))
    others = graph.node("Mul", likely, graph.scalar(0.0))
    others = graph.node("Slice", others, graph.integers(0), graph.integers(4), graph.integers(2))
    frames = graph.node("Concat", blank, likely, others, axis=2)
    first = [10.0 if token == SIZE + place else 0.0 for place in range(4) for token in range(size)]
    graph.output("logits", FLOAT, ["N", "T4", size],
                 graph.node("Concat", graph.floats(first, [1, 4, size]), frames, axis=1))
    for name in ("x_length", "language", "text_norm"):
        graph.node("Identity", graph.input(name, INT32, ["N"]))
    model.network(
        "model", graph, comment="", model_type="sense_voice", version=1, vocab_size=size, blank_id=0, lfr_window_size=7,
        lfr_window_shift=6, normalize_samples=1, with_itn=14, without_itn=15, lang_auto=0, lang_zh=3, lang_en=4,
        lang_ja=11, lang_ko=12, lang_yue=7, neg_mean=",".join(["9"] * 7 * MELS), inv_stddev=",".join(["1"] * 7 * MELS))
    model.finish(tokens)


def whisper(root):
    """With the numbers of a whole vocabulary. The language it finds is always Russian."""
    model = Model(root, "whisper", languages=["en", "ru"])
    size, start, end, russian = 51865, 50258, 50257, 50263
    graph = Graph("encoder")
    mean = graph.node("ReduceMean", graph.input("mel", FLOAT, ["N", MELS, "T"]), axes=[1], keepdims=1)
    # Normalized: silence is below zero.
    loud = graph.node("Cast", graph.node("Greater", mean, graph.scalar(0.15)), to=FLOAT)
    count = graph.node("Div", graph.node("ReduceSum", loud, graph.integers(2), keepdims=1), graph.scalar(25.0))
    for part in "kv":
        graph.output(f"n_layer_cross_{part}", FLOAT, [1, "N", 1, 1], graph.node("Unsqueeze", count, graph.integers(0)))
    model.network(
        "encoder", graph, model_type="whisper", version=1, n_mels=MELS, n_text_layer=1, n_text_ctx=448, n_text_state=1,
        n_vocab=size, sot=start, eot=end, blank_id=220, translate=50358, transcribe=50359, is_multilingual=1,
        no_timestamps=50363, no_speech=50362, sot_sequence=f"{start},50259,50359", all_language_tokens="50259,50263",
        all_language_codes="en,ru", n_audio_ctx=1500)

    graph = Graph("decoder")
    tokens = graph.input("tokens", INT64, ["N", "L"])
    caches = {part: graph.input(f"in_n_layer_self_{part}_cache", FLOAT, [1, "N", 448, 1]) for part in "kv"}
    heard, unused = (graph.input(f"n_layer_cross_{part}", FLOAT, [1, "N", 1, 1]) for part in "kv")
    count = length(graph, tokens, 1)
    place = graph.node("Add", graph.input("offset", INT64, [1]), count)
    # Four tokens come before the first word.
    word = graph.node("Sub", place, graph.integers(4))
    most = graph.node("Min", graph.node("ReduceMax", heard, keepdims=0), graph.scalar(float(len(WORDS))))
    goes_on = graph.node("Less", graph.node("Cast", word, to=FLOAT), most)
    token = graph.node("Where", goes_on, graph.node("Max", word, graph.integers(0)), graph.integers(end))
    token = graph.node("Where", graph.node("Less", word, graph.integers(0)), graph.integers(russian), token)
    likely = graph.node("OneHot", token, graph.scalar(size), graph.floats([0.0, 10.0]))
    repeated = graph.node("Concat", graph.integers(1), count, graph.integers(1), axis=0)
    likely = graph.node("Tile", graph.node("Unsqueeze", likely, graph.integers(0)), repeated)
    graph.output("logits", FLOAT, ["N", "L", size], likely)
    for part, cache in caches.items():
        graph.output(f"out_n_layer_self_{part}_cache", FLOAT, [1, "N", 448, 1], cache)
    graph.node("Identity", unused)
    model.network("decoder", graph)
    model.finish([in_base64(f" {word}") for word in WORDS])


def loud_frames(graph, samples):
    """One for each frame that is loud, else zero: [1, time, 1]."""
    frames = graph.node("AveragePool", graph.node("Unsqueeze", graph.node("Abs", samples), graph.integers(1)),
                        kernel_shape=[FRAME], strides=[FRAME])
    return graph.node("Transpose", graph.node("Cast", graph.node("Greater", frames, graph.scalar(LOUD_SAMPLES)),
                                              to=FLOAT), perm=[0, 2, 1])


def next_word(graph, place, heard):
    """How likely each token is after so many words: the next word while enough was heard, then the end."""
    count = graph.node("Div", graph.node("ReduceSum", heard, keepdims=0), graph.scalar(4000.0 / FRAME))
    most = graph.node("Min", count, graph.scalar(float(len(WORDS))))
    goes_on = graph.node("Less", graph.node("Cast", place, to=FLOAT), most)
    # Three tokens come before the words, and the last of them is the end.
    token = graph.node("Where", goes_on, graph.node("Add", place, graph.integers(3)), graph.integers(2))
    likely = graph.node("OneHot", token, graph.scalar(3 + len(WORDS)), graph.floats([0.0, 10.0]))
    return graph.node("Unsqueeze", likely, graph.integers(0))


MOONSHINE_TOKENS = ["<unk>", "<s>", "</s>"]
# What a layer of Moonshine's decoder keeps: of the words so far, and of the sound.
KEPT = [f"{of}.{part}" for of in ("decoder", "encoder") for part in ("key", "value")]


def moonshine(root):
    """Its decoder tells from the lengths of what it kept how many words it has said."""
    model = Model(root, "moonshine")
    graph = Graph("encoder")
    graph.output("last_hidden_state", FLOAT, ["N", "T", 1],
                 loud_frames(graph, graph.input("input_values", FLOAT, ["N", "S"])))
    model.network("encoder", graph)

    graph = Graph("decoder")
    graph.node("Identity", graph.input("input_ids", INT64, ["N", "L"]))
    heard = graph.input("encoder_hidden_states", FLOAT, ["N", "T", 1])
    kept = {name: graph.input(f"past_key_values.0.{name}", FLOAT, ["N", 1, "P", 1]) for name in KEPT}
    graph.node("Identity", graph.input("use_cache_branch", BOOL, [1]))
    graph.output("logits", FLOAT, ["N", "L", 3 + len(WORDS)], next_word(graph, length(graph, kept[KEPT[0]], 2), heard))
    for name, past in kept.items():
        if name.startswith("decoder"):
            present = graph.node("Concat", past, graph.floats([0.0], [1, 1, 1, 1]), axis=2)
        else:
            present = graph.node("Unsqueeze", heard, graph.integers(1))
        graph.output(f"present.0.{name}", FLOAT, ["N", 1, "Q", 1], present)
    model.network("merged_decoder", graph)
    model.finish([in_base64(token) for token in MOONSHINE_TOKENS + [f" {word}" for word in WORDS]])


def moonshine_in_four(root):
    """The earlier form: the decoder's first step is a network of its own, and so is what cuts sound into frames."""
    model = Model(root, "moonshine", "moonshine_in_four")
    graph = Graph("preprocessor")
    graph.output("features", FLOAT, ["N", "T", 1], loud_frames(graph, graph.input("samples", FLOAT, ["N", "S"])))
    model.network("preprocessor", graph)

    graph = Graph("encoder")
    graph.output("encoder_out", FLOAT, ["N", "T", 1],
                 graph.node("Identity", graph.input("features", FLOAT, ["N", "T", 1])))
    graph.node("Identity", graph.input("features_length", INT32, [1]))
    model.network("encoder", graph)

    for role in ("uncached_decoder", "cached_decoder"):
        graph = Graph(role)
        graph.node("Identity", graph.input("token", INT32, ["N", 1]))
        heard = graph.input("encoder_out", FLOAT, ["N", "T", 1])
        graph.node("Identity", graph.input("tokens_length", INT32, [1]))
        one = graph.floats([0.0], [1, 1, 1])
        if role == "cached_decoder":
            past = graph.input("past", FLOAT, ["N", "P", 1])
            place, present = length(graph, past, 1), graph.node("Concat", past, one, axis=1)
        else:
            place, present = graph.integers(0), one
        graph.output("logits", FLOAT, ["N", 1, 3 + len(WORDS)], next_word(graph, place, heard))
        graph.output("present", FLOAT, ["N", "Q", 1], present)
        model.network(role, graph)
    model.finish(MOONSHINE_TOKENS + said())


TYPES = (transducer, zipformer, nemo_transducer, sense_voice, whisper, moonshine, moonshine_in_four)


if __name__ == "__main__":
    for make in TYPES:
        make(sys.argv[1])
