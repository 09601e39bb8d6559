"""What a chunk measures, worked out from part 2 of the contract and from nothing of ours.

Full scale is 1.0. Every figure is float64 arithmetic over the samples as the formats' own definitions decode them.
"""
import math
import struct
from dataclasses import dataclass

SAMPLE_BYTES = {"u8": 1, "s16le": 2, "s24le": 3, "s32le": 4, "f32le": 4, "mulaw": 1, "alaw": 1}


def mulaw(code: int) -> int:
    """ITU-T G.711 mu-law to 16-bit linear."""
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def alaw(code: int) -> int:
    """ITU-T G.711 A-law to 16-bit linear."""
    code ^= 0x55
    segment = (code >> 4) & 7
    magnitude = ((code & 0x0F) << 4) + 8
    if segment:
        magnitude = (magnitude + 0x100) << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


def decode(data: bytes, encoding: str) -> list:
    """Whole samples as numbers with full scale 1.0; what is no number (NaN, infinity) as None."""
    if encoding == "u8":
        return [(byte - 128) / 128 for byte in data]
    if encoding == "mulaw":
        return [mulaw(byte) / 32768 for byte in data]
    if encoding == "alaw":
        return [alaw(byte) / 32768 for byte in data]
    if encoding == "s16le":
        return [value[0] / 32768 for value in struct.iter_unpack("<h", data)]
    if encoding == "s24le":
        return [int.from_bytes(data[i:i + 3], "little", signed=True) / 8388608 for i in range(0, len(data), 3)]
    if encoding == "s32le":
        return [value[0] / 2147483648 for value in struct.iter_unpack("<i", data)]
    values = (value[0] for value in struct.iter_unpack("<f", data))
    return [value if math.isfinite(value) else None for value in values]


def end_of_scale(encoding: str) -> float:
    """The largest sample below full scale that counts as clipped, on either side of zero."""
    return {"u8": 127 / 128, "s16le": 32767 / 32768, "s24le": 8388607 / 8388608, "s32le": 2147483647 / 2147483648,
            "f32le": 1.0, "mulaw": 32124 / 32768, "alaw": 32256 / 32768}[encoding]


@dataclass
class Figures:
    rms: float
    peak: float
    clipped: int

    @property
    def dbfs(self):
        return 20 * math.log10(self.rms) if self.rms > 0 else None


def measure(data: bytes, encoding: str) -> Figures:
    """The figures of whole samples of any number of channels together."""
    raw = decode(data, encoding)
    samples = [0.0 if value is None else value for value in raw]
    limit = end_of_scale(encoding)
    clipped = sum(1 for value in raw if value is None or abs(value) >= limit)
    squares = math.fsum(value * value for value in samples)
    return Figures(
        math.sqrt(squares / len(samples)) if samples else 0.0, max(map(abs, samples), default=0.0), clipped)


class Reference:
    """A stream as the contract says it is measured: odd bytes go to the next chunk, `start` counts frames."""

    def __init__(self, encoding="s16le", channels=1, sample_rate=16000):
        self.encoding, self.channels, self.sample_rate = encoding, channels, sample_rate
        self.frame_bytes = SAMPLE_BYTES[encoding] * channels
        self.carry = b""
        self.frames = 0
        self.samples = b""

    def take(self, data: bytes) -> dict:
        """The measured keys of the reply to this chunk of samples."""
        data = self.carry + data
        frames = len(data) // self.frame_bytes
        whole, self.carry = data[:frames * self.frame_bytes], data[frames * self.frame_bytes:]
        figures = measure(whole, self.encoding)
        start = self.frames / self.sample_rate
        self.frames += frames
        self.samples += whole
        return {"rms": figures.rms, "dbfs": figures.dbfs, "peak": figures.peak, "clipped": figures.clipped,
                "duration": frames / self.sample_rate, "start": start}

    def receipt(self) -> dict:
        """The measured keys of the receipt."""
        figures = measure(self.samples, self.encoding)
        return {"duration": self.frames / self.sample_rate, "rms": figures.rms, "peak": figures.peak,
                "clipped": figures.clipped}
