"""Parts 2 and 3: what is measured, in every format, however the bytes are split."""
import math
import os
import random
import struct

from cases import case
from figures import SAMPLE_BYTES, Reference, alaw, mulaw
from peer import Peer, expect, expect_figures, expect_true


def signals(encoding):
    """Bytes for one encoding: silence, noise, both ends of the scale, a sine."""
    silent = {"u8": b"\x80", "mulaw": b"\xff", "alaw": b"\xd5"}.get(encoding, bytes(SAMPLE_BYTES[encoding]))
    ends = {"u8": [0, 1, 2, 254, 255], "mulaw": [0, 1, 128, 129, 127], "alaw": [0x2A, 0xAA, 0x2B, 0xAB, 0x55]}
    yield silent * 800
    if encoding == "f32le":
        yield struct.pack("<800f", *(random.Random(7).uniform(-1.5, 1.5) for _ in range(800)))
        yield struct.pack("<6f", 1.0, -1.0, 0.99999994, -0.99999994, 1e-30, 3.0)
        yield struct.pack("<800f", *(0.5 * math.sin(index / 9) for index in range(800)))
        return
    yield random.Random(7).randbytes(800 * SAMPLE_BYTES[encoding])
    if encoding in ends:
        yield bytes(ends[encoding])
        yield bytes(range(256))
        return
    width = SAMPLE_BYTES[encoding]
    top = 1 << (8 * width - 1)
    values = [-top, -top + 1, -top + 2, 0, 1, -1, top - 2, top - 1]
    yield b"".join(value.to_bytes(width, "little", signed=True) for value in values)
    yield b"".join(round(top * 0.5 * math.sin(index / 9)).to_bytes(width, "little", signed=True) for index in range(800))


def encoding_case(encoding):
    @case(f"{encoding} measures as an independent computation does")
    async def measured(server):
        async with await Peer.open(server, f"encoding={encoding}") as peer:
            reference = Reference(encoding)
            for data in signals(encoding):
                _, reply = await peer.chunk(data)
                expect_figures(reply, reference.take(data))


for name in SAMPLE_BYTES:
    encoding_case(name)


@case("the reference itself decodes G.711 as the standard's tables do")
async def known_codes(server):
    for code, value in {0x00: -32124, 0x80: 32124, 0x7F: 0, 0xFF: 0, 0x0F: -16764, 0xEF: 132, 0x70: -120}.items():
        expect(mulaw(code), value, f"mu-law {code:#x}")
    for code, value in {0x2A: -32256, 0xAA: 32256, 0x55: -8, 0xD5: 8, 0x05: -4224, 0x80: 5504}.items():
        expect(alaw(code), value, f"A-law {code:#x}")


@case("digital silence has rms 0 and no dbfs")
async def silence(server):
    async with await Peer.open(server) as peer:
        _, reply = await peer.chunk(bytes(3200))
        expect((reply["rms"], reply["dbfs"], reply["peak"], reply["clipped"]), (0, None, 0, 0), "figures")
        expect((reply["duration"], reply["start"]), (0.1, 0), "time")


@case("float samples that are no numbers count as clipped and measure as 0")
async def not_numbers(server):
    async with await Peer.open(server, "encoding=f32le") as peer:
        reference = Reference("f32le")
        for values in [(math.nan, 0.5), (math.inf, -math.inf, 0.25), (math.nan,), (3e38, -3e38), (1e-42, 1e-42)]:
            data = struct.pack(f"<{len(values)}f", *values)
            _, reply = await peer.chunk(data)
            expect_figures(reply, reference.take(data))


@case("one to eight channels are measured together and counted as frames")
async def channels(server):
    for encoding in ["s16le", "s24le", "mulaw"]:
        for count in range(1, 9):
            async with await Peer.open(server, f"channels={count}&encoding={encoding}") as peer:
                reference = Reference(encoding, count)
                for _ in range(3):
                    data = os.urandom(count * SAMPLE_BYTES[encoding] * 50)
                    _, reply = await peer.chunk(data)
                    expect_figures(reply, reference.take(data))


@case("duration and start count frames at every rate")
async def rates(server):
    for rate in [8000, 11025, 16000, 44100, 48000, 96000, 192000, 384000]:
        async with await Peer.open(server, f"sample_rate={rate}") as peer:
            reference = Reference(sample_rate=rate)
            for _ in range(4):
                data = os.urandom(2 * 441)
                _, reply = await peer.chunk(data)
                expect_figures(reply, reference.take(data))


@case("a stream may be split anywhere: inside a frame, inside a sample, byte by byte")
async def odd_splits(server):
    rng = random.Random(3)
    for encoding, count in [("s16le", 1), ("s16le", 2), ("s24le", 3), ("f32le", 8), ("s32le", 5), ("u8", 7)]:
        async with await Peer.open(server, f"channels={count}&encoding={encoding}&sample_rate=48000") as peer:
            reference = Reference(encoding, count, 48000)
            width = reference.frame_bytes
            for size in [1] * (width + 2) + [width - 1 or 1, width + 1, 1, 2, 3, 997, 1, 1001, 5, 4096]:
                data = struct.pack("<f", 0.25) * size if encoding == "f32le" else rng.randbytes(size)
                data = data[:size]
                accepted, reply = await peer.chunk(data)
                expect(accepted["chunk_size"], size, "chunk_size")
                expect_figures(reply, reference.take(data))
            await peer.send({"type": "stop"})
            messages, code = await peer.rest()
            expect(code, 1000, "close code")
            expect_figures(messages[-1], reference.receipt())


@case("every place to split two stereo frames measures the same")
async def every_split(server):
    frames = struct.pack("<4h", 32767, -32768, 16384, -1)
    for cut in range(1, len(frames)):
        async with await Peer.open(server, "channels=2") as peer:
            reference = Reference(channels=2)
            for data in [frames[:cut], frames[cut:]]:
                _, reply = await peer.chunk(data)
                expect_figures(reply, reference.take(data))


@case("a chunk without a whole frame is answered with nothing measured")
async def less_than_a_frame(server):
    async with await Peer.open(server, "channels=8&encoding=s32le") as peer:
        _, reply = await peer.chunk(b"\x7f" * 31, 1)
        expect((reply["rms"], reply["dbfs"], reply["duration"], reply["start"]), (0, None, 0, 0), "figures")
        _, reply = await peer.chunk(b"\x7f", 2)
        expect_true(reply["rms"] > 0.99 and reply["start"] == 0, f"{reply} does not have the carried bytes")


@case("a long chunk keeps its precision")
async def long_chunk(server):
    async with await Peer.open(server, "encoding=s32le&sample_rate=48000") as peer:
        data = struct.pack("<i", 1) * 100_000 + struct.pack("<i", -2**31) * 3 + os.urandom(400_000)
        reference = Reference("s32le", sample_rate=48000)
        _, reply = await peer.chunk(data)
        expect_figures(reply, reference.take(data))
