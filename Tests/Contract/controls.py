"""Part 4: start, flush, stop and its receipt, ping."""
import hashlib
import json
import os
import random

from cases import case
from figures import SAMPLE_BYTES, Reference
from peer import Peer, expect, expect_figures, expect_true

STARTED = ["type", "client_id", "session", "engine", "sample_rate", "channels", "encoding"]
SUMMARY = ["type", "client_id", "chunks", "bytes", "duration", "rms", "peak", "clipped", "sha256", "processed",
           "dropped", "replayed"]


async def start(peer, **members):
    await peer.send({"type": "start", **members})
    started = await peer.receive()
    expect(list(started), STARTED, f"keys of {started}")
    expect(started["type"], "started", "type")
    return started


@case("start without a word keeps the standard format and says it")
async def plain_start(server):
    async with await Peer.open(server) as peer:
        started = await start(peer)
        expect([started[key] for key in STARTED[3:]], ["mock", 16000, 1, "s16le"], "format")
        expect_true(started["session"], "session is empty")
        accepted, _ = await peer.chunk(b"ab", 1)
        expect(accepted["client_id"], started["client_id"], "client_id")


@case("start sets the format, every encoding")
async def full_start(server):
    for encoding, width in SAMPLE_BYTES.items():
        async with await Peer.open(server) as peer:
            started = await start(peer, sample_rate=44100, channels=3, encoding=encoding, engine="mock")
            expect([started[key] for key in STARTED[3:]], ["mock", 44100, 3, encoding], "format")
            data = bytes(random.Random(1).choices(range(60), k=width * 3 * 30))
            _, reply = await peer.chunk(data, 1)
            expect_figures(reply, Reference(encoding, 3, 44100).take(data))


@case("start keeps what the URL said where it says nothing")
async def partial_start(server):
    async with await Peer.open(server, "sample_rate=48000&channels=2") as peer:
        started = await start(peer, encoding="f32le")
        expect([started[key] for key in STARTED[3:]], ["mock", 48000, 2, "f32le"], "format")


@case("start before the first chunk may come again, the last one counts")
async def start_again(server):
    async with await Peer.open(server) as peer:
        first = await start(peer, sample_rate=8000)
        second = await start(peer, sample_rate=32000)
        expect(second["client_id"], first["client_id"], "client_id")
        _, reply = await peer.chunk(bytes(640), 1)
        expect(reply["duration"], 0.01, "duration")


@case("unknown members of start are left alone")
async def extra_members(server):
    async with await Peer.open(server) as peer:
        await start(peer, colour="green", nested={"a": [1, 2, {"b": None}]})


@case("a bad parameter in start is named with what is allowed, and nothing of it counts")
async def bad_start(server):
    bad = [("sample_rate", 7999, "8000"), ("sample_rate", 384001, "384000"), ("sample_rate", 16000.5, "8000"),
           ("sample_rate", "fast", "8000"), ("sample_rate", True, "8000"), ("channels", 0, "1"), ("channels", 9, "8"),
           ("channels", -1, "8"), ("channels", [1], "8"), ("encoding", "mp3", "s16le"), ("encoding", 5, ""),
           ("encoding", "S16LE", "s16le"), ("engine", "oracle", "mock"), ("engine", {}, "")]
    async with await Peer.open(server) as peer:
        for parameter, value, allowed in bad:
            await peer.send({"type": "start", "sample_rate": 8000, "channels": 2, parameter: value})
            text = (await peer.error())["error"]
            shown = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            for part in [parameter, shown, allowed]:
                expect_true(part in text, f"{text!r} does not name {part!r}")
        _, reply = await peer.chunk(bytes(3200), 1)
        expect(reply["duration"], 0.1, "duration: the format is the standard one")


@case("a whole number is taken however it is written, and null is no member")
async def numbers(server):
    for text in ('{"type":"start","sample_rate":44100.0,"channels":1}', '{"type":"start","sample_rate":4.41e4}',
                 '{"type":"start","sample_rate":44100,"channels":null,"encoding":null,"engine":null,"updates":null}'):
        async with await Peer.open(server) as peer:
            await peer.send(text)
            expect((await peer.receive())["sample_rate"], 44100, text)
            _, reply = await peer.chunk(bytes(88200), 1)
            expect(reply["duration"], 1, "duration")
    async with await Peer.open(server, "sample_rate=44100.0&channels=2.0") as peer:
        _, reply = await peer.chunk(bytes(176400), 1)
        expect(reply["duration"], 1, "duration of a stream with its rate in the URL")


@case("start after the first chunk is an error, and the stream goes on as it was")
async def late_start(server):
    async with await Peer.open(server) as peer:
        await peer.chunk(bytes(3200), 1)
        await peer.send({"type": "start", "sample_rate": 8000})
        await peer.error()
        _, reply = await peer.chunk(bytes(3200), 2)
        expect((reply["duration"], reply["start"]), (0.1, 0.1), "time")


@case("flush answers the last seq again as final, and then flushed")
async def flush(server):
    async with await Peer.open(server) as peer:
        for seq in (1, 2, 3):
            _, reply = await peer.chunk(os.urandom(320), seq)
        for _ in range(2):
            await peer.send({"type": "flush"})
            final = await peer.receive()
            expect((final["seq"], final["final"]), (3, True), "the final reply")
            expect(list(final), list(reply), "keys of the final reply")
            expect(await peer.receive(), {"type": "flushed", "seq": 3}, "answer")
        await peer.still_works(4)


@case("flush waits for every chunk before it")
async def flush_pipelined(server):
    async with await Peer.open(server) as peer:
        for _ in range(200):
            await peer.send(bytes(4000))
        await peer.send({"type": "flush"})
        await peer.send(bytes(2))
        seen = []
        while True:
            message = await peer.receive()
            if message.get("type") == "flushed":
                break
            if "transcription" in message:
                seen.append(message["seq"])
        expect((message["seq"], seen), (200, [*range(1, 201), 200]), "flushed, and the transcriptions before it")


@case("flush of a stream without chunks is flushed 0")
async def flush_nothing(server):
    async with await Peer.open(server) as peer:
        await peer.send({"type": "flush"})
        expect(await peer.receive(), {"type": "flushed", "seq": 0}, "answer")
        await peer.still_works(1)


@case("stop flushes, gives the receipt and closes with 1000")
async def stop(server):
    async with await Peer.open(server, "channels=2&encoding=s24le&sample_rate=48000") as peer:
        reference, whole = Reference("s24le", 2, 48000), b""
        for seq in range(1, 41):
            data = os.urandom(seq * 7)
            whole += data
            accepted, reply = await peer.chunk(data, seq)
            expect_figures(reply, reference.take(data))
        await peer.send({"type": "stop"})
        messages, code = await peer.rest()
        expect(code, 1000, "close code")
        final, flushed, summary = messages
        expect((final["seq"], final["final"]), (40, True), "the final reply")
        expect(flushed, {"type": "flushed", "seq": 40}, "flushed")
        expect(list(summary), SUMMARY, "keys of the summary")
        wanted = {"type": "summary", "client_id": accepted["client_id"], "chunks": 40, "bytes": len(whole),
                  "sha256": hashlib.sha256(whole).hexdigest(), "processed": 40, "dropped": 0, "replayed": 0}
        for key, value in wanted.items():
            expect(summary[key], value, key)
        expect_figures(summary, reference.receipt())


@case("stop right behind many chunks answers them all first")
async def stop_pipelined(server):
    async with await Peer.open(server) as peer:
        data = [os.urandom(4096) for _ in range(300)]
        for chunk in data:
            await peer.send(chunk)
        await peer.send({"type": "stop"})
        messages, code = await peer.rest()
        expect(code, 1000, "close code")
        expect([m["seq"] for m in messages if "chunk_size" in m], list(range(1, 301)), "acknowledgements")
        expect([m["seq"] for m in messages if "transcription" in m], [*range(1, 301), 300], "transcriptions")
        summary = messages[-1]
        expect((summary["chunks"], summary["processed"], summary["dropped"]), (300, 300, 0), "account")
        expect(summary["sha256"], hashlib.sha256(b"".join(data)).hexdigest(), "sha256")
        reference = Reference()
        reference.take(b"".join(data))
        expect_figures(summary, reference.receipt())


@case("stop of a stream without chunks gives an empty receipt")
async def stop_nothing(server):
    async with await Peer.open(server) as peer:
        await peer.send({"type": "stop"})
        messages, code = await peer.rest()
        expect(code, 1000, "close code")
        expect(messages[0], {"type": "flushed", "seq": 0}, "flushed")
        summary = messages[1]
        expect([summary[key] for key in SUMMARY[2:8]], [0, 0, 0, 0, 0, 0], "figures")
        expect(summary["sha256"], hashlib.sha256().hexdigest(), "sha256")
        expect((summary["processed"], summary["dropped"], summary["replayed"]), (0, 0, 0), "account")


@case("the receipt counts what an empty message was not")
async def receipt_without_errors(server):
    async with await Peer.open(server) as peer:
        await peer.send(b"")
        await peer.error()
        await peer.chunk(b"abcd", 1)
        await peer.send("nonsense")
        await peer.error()
        await peer.send({"type": "stop"})
        messages, _ = await peer.rest()
        expect((messages[-1]["chunks"], messages[-1]["bytes"], messages[-1]["processed"]), (1, 4, 1), "account")


@case("ping's id comes back, whatever JSON it is")
async def ping(server):
    ids = ["7", "-1", "0.125", "1e400", "12345678901234567890123", '"a \\"quoted\\" id"', '"\\u00e9\\ud83d\\ude00"',
           "null", "true", "[]", '[1,"two",{"three":[4]}]', '{"a":{"b":null}}', '""', '" "', '"\\u0001"']
    async with await Peer.open(server) as peer:
        for text in ids:
            await peer.send('{"type":"ping","id":%s}' % text)
            answer = await peer.text()
            expect(json.loads(answer), {"type": "pong", "id": json.loads(text)}, f"answer to {text}")
        await peer.send('{"id":12345678901234567890123,"type":"ping"}')
        expect(await peer.text(), '{"type":"pong","id":12345678901234567890123}', "answer")
        await peer.send({"type": "ping"})
        expect(await peer.receive(), {"type": "pong"}, "answer to a ping without id")
        await peer.still_works(1)
