"""Writes networks as ONNX files, which are protobuf messages, with no package but Python's own.

The numbers are those of onnx.proto3, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
"""
import math
import struct

IR_VERSION = 8
# The standard operators, and those of ONNX Runtime.
OPSETS = {"": 17, "com.microsoft": 1}
FLOAT, UINT8, INT32, INT64 = 1, 2, 6, 7
LETTERS = {FLOAT: "f", UINT8: "B", INT32: "i", INT64: "q"}


def varint(number):
    """Seven bits a byte, the lowest first; negative numbers as 64 bits."""
    number &= (1 << 64) - 1
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def field(number, content):
    """An integer, a text, bytes, or a message that is there already."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    raw = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def attribute(name, value):
    head = field(1, name)
    match value:
        case float():
            return head + varint(2 << 3 | 5) + struct.pack("<f", value) + field(20, 1)
        case int():
            return head + field(3, value) + field(20, 2)
        case str():
            return head + field(4, value) + field(20, 3)
    return head + b"".join(field(8, number) for number in value) + field(20, 7)


def value_info(name, kind, shape):
    """A tensor's name, type and shape; a dimension that is a text may have any size."""
    dimensions = b"".join(field(1, field(2 if isinstance(size, str) else 1, size)) for size in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dimensions)))


class Graph:
    """Nodes, in the order in which they run, and their constants."""

    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.constants = []
        self.inputs = []
        self.outputs = []
        self.known = {}
        self.count = 0

    def new_name(self):
        self.count += 1
        return f"t{self.count}"

    def input(self, name, kind, shape):
        self.inputs.append(value_info(name, kind, shape))
        return name

    def output(self, name, kind, shape, tensor):
        """Gives a tensor that a node made the name of an output."""
        self.node("Identity", tensor, names=[name])
        self.outputs.append(value_info(name, kind, shape))

    def node(self, operator, *inputs, outputs=1, names=None, domain="", **attributes):
        """Adds a node. Returns the name of its output, or of all if there are several."""
        names = names or [self.new_name() for _ in range(outputs)]
        parts = [field(1, name) for name in inputs] + [field(2, name) for name in names]
        parts += [field(4, operator), field(7, domain)]
        parts += [field(5, attribute(key, value)) for key, value in attributes.items()]
        self.nodes.append(b"".join(parts))
        return names[0] if len(names) == 1 else names

    def constant(self, kind, shape, raw):
        """A constant of bytes that are as the file has them. The same bytes again are the same constant."""
        key = (kind, tuple(shape), bytes(raw))
        if key not in self.known:
            self.known[key] = self.new_name()
            dimensions = b"".join(field(1, size) for size in shape)
            self.constants.append(dimensions + field(2, kind) + field(8, self.known[key]) + field(9, raw))
        return self.known[key]

    def numbers(self, kind, values, shape=None):
        values = list(values)
        shape = [len(values)] if shape is None else shape
        assert math.prod(shape) == len(values)
        return self.constant(kind, shape, struct.pack(f"<{len(values)}{LETTERS[kind]}", *values))

    def floats(self, values, shape=None):
        return self.numbers(FLOAT, values, shape)

    def integers(self, *values):
        return self.numbers(INT64, values)

    def scalar(self, value):
        return self.numbers(FLOAT if isinstance(value, float) else INT64, [value], [])

    def write(self, path, metadata=()):
        graph = field(2, self.name)
        for number, parts in ((1, self.nodes), (5, self.constants), (11, self.inputs), (12, self.outputs)):
            graph += b"".join(field(number, part) for part in parts)
        sets = b"".join(field(8, field(1, domain) + field(2, version)) for domain, version in OPSETS.items())
        pairs = b"".join(field(14, field(1, key) + field(2, str(value))) for key, value in dict(metadata).items())
        with open(path, "wb") as file:
            file.write(field(1, IR_VERSION) + sets + field(7, graph) + pairs)
