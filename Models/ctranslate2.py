"""Reads the weights of a CTranslate2 model: model.bin, version 6 of its format."""
import math
import mmap
import os
import struct

# By the number that stands for the type: its letter in struct.
LETTERS = {0: "f", 1: "b", 2: "h", 3: "i", 4: "e"}
VERSION = 6


class NotAModel(Exception):
    """Why a file is no model of this kind."""


class Weights:
    """A tensor: its shape, and its values where they lie in the file."""

    def __init__(self, shape, letter, raw):
        self.shape = shape
        self.letter = letter
        self.raw = raw

    def pieces(self, width):
        """Its values, so many at a time."""
        return struct.iter_unpack(f"<{width}{self.letter}", self.raw)

    def values(self):
        return [value for value, in self.pieces(1)]


class Reader:
    def __init__(self, raw):
        self.raw = raw
        self.at = 0

    def take(self, length):
        piece = self.raw[self.at:self.at + length]
        if len(piece) != length:
            raise NotAModel(f"is truncated: {len(self.raw)} bytes, at least {self.at + length} expected")
        self.at += length
        return piece

    def number(self, letter="I"):
        return struct.unpack(f"<{letter}", self.take(struct.calcsize(f"<{letter}")))[0]

    def text(self):
        """With its length before it and a zero at its end."""
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode()

    def weights(self):
        shape = tuple(self.number() for _ in range(self.number("B")))
        kind, length = self.number("B"), self.number()
        letter = LETTERS.get(kind)
        if letter is None or length != math.prod(shape) * struct.calcsize(letter):
            raise NotAModel(f"has a tensor of shape {shape}, type {kind} and {length} bytes")
        return Weights(shape, letter, self.take(length))


def read(path, specification):
    """The weights by their names. The file stays mapped, so that only what is used is in memory."""
    with open(path, "rb") as file:
        # An empty file cannot be mapped.
        raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if os.path.getsize(path) else b""
    reader = Reader(memoryview(raw))
    version = reader.number()
    if version != VERSION:
        raise NotAModel(f"is of version {version} of CTranslate2's format, not {VERSION}")
    found = reader.text()
    if found != specification:
        raise NotAModel(f"is a \"{found}\", not a {specification}")
    reader.number()  # the revision of the specification
    weights = {}
    for _ in range(reader.number()):
        name = reader.text()
        weights[name] = reader.weights()
    for _ in range(reader.number()):
        alias, name = reader.text(), reader.text()
        weights[alias] = weights[name]
    if reader.at != len(reader.raw):
        raise NotAModel(f"has {len(reader.raw) - reader.at} bytes after its end")
    return weights
