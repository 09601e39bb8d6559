"""Part 3: a first chunk that begins with RIFF….WAVE says the format, and its bytes are no samples."""
import io
import os
import struct
import wave

from cases import case
from figures import SAMPLE_BYTES, Reference
from peer import Peer, expect, expect_figures, expect_true

TAGS = {"u8": 1, "s16le": 1, "s24le": 1, "s32le": 1, "f32le": 3, "alaw": 6, "mulaw": 7}


def header(encoding, channels=1, rate=16000, size=0, before=b"", extensible=False, tag=None, bits=None):
    """Everything up to the samples, written by hand after Microsoft's description."""
    width = SAMPLE_BYTES[encoding]
    tag = TAGS[encoding] if tag is None else tag
    bits = 8 * width if bits is None else bits
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else tag, channels, rate, rate * channels * width,
                       channels * width, bits)
    if extensible:
        guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
        form += struct.pack("<HHI", 22, bits, 0) + guid
    chunks = before + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", (4 + len(chunks) + size) & 0xFFFFFFFF) + b"WAVE" + chunks


async def plays(server, head, data, reference, query="", cuts=()):
    """Sends header and samples, cut at these places, and checks each reply against the reference."""
    whole = head + data
    edges = [0, *cuts, len(whole)]
    async with await Peer.open(server, query) as peer:
        for left, right in zip(edges, edges[1:]):
            accepted, reply = await peer.chunk(whole[left:right])
            expect(accepted["chunk_size"], right - left, "chunk_size")
            samples = whole[max(left, len(head)):max(right, len(head))]
            expect_figures(reply, reference.take(samples))


@case("a WAV file of each encoding is measured by its header's format")
async def each_encoding(server):
    for encoding in SAMPLE_BYTES:
        data = os.urandom(400 * SAMPLE_BYTES[encoding]) if encoding != "f32le" else struct.pack("<f", 0.3) * 400
        await plays(server, header(encoding, 2, 44100, len(data)), data, Reference(encoding, 2, 44100))


@case("files as Python's wave module writes them are understood")
async def wave_module(server):
    for width, encoding in [(1, "u8"), (2, "s16le"), (3, "s24le"), (4, "s32le")]:
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setparams((3, width, 22050, 0, "NONE", ""))
            writer.writeframes(os.urandom(300 * width))
        whole = file.getvalue()
        await plays(server, whole[:44], whole[44:], Reference(encoding, 3, 22050))


@case("an extensible header is understood")
async def extensible(server):
    data = os.urandom(600)
    await plays(server, header("s24le", 2, 48000, 600, extensible=True), data, Reference("s24le", 2, 48000))
    data = struct.pack("<f", -0.75) * 100
    await plays(server, header("f32le", 1, 96000, 400, extensible=True), data, Reference("f32le", 1, 96000))


@case("the header wins over the URL")
async def over_the_url(server):
    data = os.urandom(400)
    query = "sample_rate=8000&channels=4&encoding=u8"
    await plays(server, header("s16le", 2, 48000, 400), data, Reference("s16le", 2, 48000), query)


@case("a header may be split across chunks anywhere")
async def split_header(server):
    data = os.urandom(64)
    head = header("s16le", 2, 32000, 64)
    for cut in range(1, len(head) + 6):
        await plays(server, head, data, Reference("s16le", 2, 32000), cuts=[cut])
    await plays(server, head, data, Reference("s16le", 2, 32000), cuts=[4, 8, 12, 13, 20, 21, 36, 43, 44, 45, 47])


@case("a chunk of odd length may lack its padding")
async def without_padding(server):
    data = os.urandom(200)
    notes = b"LIST" + struct.pack("<I", 5) + b"INFOx" + b"bext" + struct.pack("<I", 3) + b"abc"
    await plays(server, header("s16le", size=200, before=notes), data, Reference(), cuts=[30, 60])


@case("an RF64 header has its length in 64 bits")
async def wide_lengths(server):
    data = os.urandom(300)
    for name in [b"RF64", b"BW64"]:
        sizes = b"ds64" + struct.pack("<IQQQI", 28, 0, 300, 150, 0)
        head = name + header("s16le", size=0xFFFFFFFF, before=sizes)[4:]
        async with await Peer.open(server) as peer:
            reference = Reference()
            _, reply = await peer.chunk(head + data + b"LIST" + bytes(4), 1)
            expect_figures(reply, reference.take(data))


@case("other chunks before the samples are skipped, of odd length too")
async def other_chunks(server):
    data = os.urandom(200)
    notes = b"LIST" + struct.pack("<I", 5) + b"INFOx\0" + b"JUNK" + struct.pack("<I", 28) + bytes(28)
    await plays(server, header("s16le", size=200, before=notes), data, Reference(), cuts=[30, 60])


@case("what follows the samples is no sound")
async def after_the_samples(server):
    data = os.urandom(100)
    async with await Peer.open(server) as peer:
        reference = Reference()
        _, reply = await peer.chunk(header("s16le", size=100) + data + b"LIST" + struct.pack("<I", 4) + b"INFO", 1)
        expect_figures(reply, reference.take(data))
        _, reply = await peer.chunk(os.urandom(50), 2)
        expect_figures(reply, reference.take(b""))


@case("a header of a stream whose length nobody knew takes everything as samples")
async def unknown_length(server):
    for size in [0, 0xFFFFFFFF, 0x7FFFFFFF]:
        data = os.urandom(4000)
        head = header("s16le")[:-4] + struct.pack("<I", size)
        await plays(server, head, data, Reference(), cuts=[1000, 2001])


@case("RIFF anywhere but at the stream's beginning is sound")
async def later_header(server):
    async with await Peer.open(server) as peer:
        reference = Reference()
        for data in [b"\0\0", header("u8", 2, 8000, 10), b"RIFF\0\0\0\0WAVX" + bytes(10)]:
            _, reply = await peer.chunk(data)
            expect_figures(reply, reference.take(data))


@case("a beginning that only looks like RIFF is sound")
async def nearly(server):
    for data in [b"RIFF\0\0\0\0WAVX" + bytes(20), b"RIFF\0\0\0\0AVIX" + bytes(20), b"RIFY"]:
        async with await Peer.open(server) as peer:
            _, reply = await peer.chunk(data, 1)
            expect_figures(reply, Reference().take(data))


@case("a beginning that may become RIFF is answered at once and carried until it is clear")
async def perhaps(server):
    for data in [b"R", b"RIFF", b"RIFF....WAV"]:
        async with await Peer.open(server) as peer:
            _, reply = await peer.chunk(data, 1)
            expect(reply["duration"], 0, f"duration after {data!r}")
            rest = b"xyz" * 5
            _, reply = await peer.chunk(rest, 2)
            expect_figures(reply, Reference().take(data + rest))


MPEG = b"\xff\xfb\x90\xc4" + bytes(413)
FILES = {"FLAC": b"fLaC" + bytes(40), "Ogg": b"OggS\0\2" + bytes(40), "AIFF": b"FORM\0\0\1\0AIFFCOMM" + bytes(20),
         "MP4": b"\0\0\0\x1cftypM4A " + bytes(20), "WebM": b"\x1aE\xdf\xa3" + bytes(40), "MP3": MPEG + MPEG,
         "RIFX": b"RIFX\0\0\0\x2eWAVEfmt \0\0\0\x10\0\1\0\1\0\0\x3e\x80\0\0\x7d\0\0\2\0\x10data\0\0\0\4abcd"}


@case("a file that has to be decoded is acknowledged, then refused by its name with 1003")
async def other_files(server):
    for name, data in FILES.items():
        for cut in [len(data), 5, 1]:
            async with await Peer.open(server) as peer:
                parts = [data[:cut], data[cut:]] if cut < len(data) else [data]
                for part in parts:
                    await peer.send(part)
                messages, code = await peer.rest()
                expect(code, 1003, f"close code after {name} in {len(parts)} parts")
                accepted = [m["seq"] for m in messages if "chunk_size" in m]
                expect(accepted[-1], messages[-1]["seq"], "the last chunk acknowledged")
                expect(messages[-1]["code"], "unsupported", "code")
                expect_true(name in messages[-1]["error"], f"{messages[-1]} does not name {name}")


@case("a single frame of MPEG audio is sound")
async def one_frame(server):
    async with await Peer.open(server) as peer:
        data = MPEG + bytes(3) + MPEG[:100]
        _, reply = await peer.chunk(data, 1)
        expect_figures(reply, Reference().take(data))


@case("a header that can't be used ends the stream with its reason and 1003")
async def unusable(server):
    bad = [header("s16le", channels=9), header("s16le", rate=4000), header("s16le", tag=2, bits=4),
           header("f32le", bits=64), header("s16le", channels=0),
           b"RIFF\0\0\0\0WAVEdata" + struct.pack("<I", 8) + bytes(8)]
    for data in bad:
        async with await Peer.open(server) as peer:
            await peer.send(data + bytes(64))
            messages, code = await peer.rest()
            expect(code, 1003, f"close code after {data[:60]!r}")
            expect_true("WAV" in messages[-1].get("error", ""), f"{messages[-1]} does not name the header")
            expect_true(isinstance(messages[-1].get("code"), str), f"{messages[-1]} has no code")


@case("what came before the unusable part of a header is answered before the end")
async def unusable_in_parts(server):
    head = header("s16le", channels=9)
    parts = [head[:12], head[12:20], head[20:]]
    async with await Peer.open(server) as peer:
        for part in parts:
            await peer.send(part)
        messages, code = await peer.rest()
        expect(code, 1003, "close code")
        expect([m["seq"] for m in messages if "chunk_size" in m], [1, 2, 3], "chunks acknowledged")
        expect([m["seq"] for m in messages if "transcription" in m], [1, 2], "chunks answered")
        expect((messages[-1]["seq"], messages[-1]["code"]), (3, "unsupported"), "the last message's seq and code")
