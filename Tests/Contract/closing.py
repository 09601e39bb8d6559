"""Part 1, a client's own close: what it has sent is answered first, whoever else may come back."""
import asyncio
import json

from cases import case
from peer import Peer, expect, expect_true
from raw import Raw, frame

CHUNK = frame(2, bytes(3200))


def text(message):
    return frame(1, json.dumps(message).encode())


def close(code=None):
    return frame(8, b"" if code is None else code.to_bytes(2, "big"))


def check(texts, chunks):
    """Each chunk is acknowledged and transcribed, once."""
    expect([t["seq"] for t in texts if "chunk_size" in t], list(range(1, chunks + 1)), "acknowledgements")
    expect([t["seq"] for t in texts if "transcription" in t], list(range(1, chunks + 1)), "transcriptions")


async def started(raw):
    await raw.send(text({"type": "start"}))
    _, payload = await raw.message()
    return json.loads(payload)["session"]


@case("what came right before a close is answered, and then the close")
async def answered(server):
    for code in (1000, None, 1001, 4000):
        async with await Raw.upgraded(server) as raw:
            await raw.send(CHUNK * 20 + close(code))
            check(await raw.closed(code), 20)
    async with await Raw.upgraded(server) as raw:
        await raw.send(close(1000))
        expect(await raw.closed(1000), [], "messages after a close without chunks")


@case("a stop right before a close has its receipt")
async def stopped(server):
    async with await Raw.upgraded(server) as raw:
        await raw.send(CHUNK * 10 + text({"type": "stop"}) + close(1000))
        texts = await raw.closed(1000)
        check(texts[:-3], 10)
        expect(texts[-1]["processed"], 10, "chunks of the receipt")


@case("what comes after a close is not looked at")
async def after(server):
    async with await Raw.upgraded(server) as raw:
        await raw.send(CHUNK + close(1000) + CHUNK * 3 + b"\xff" * 100)
        check(await raw.closed(1000), 1)


@case("the end of the input without a close is answered, too, and the session can be resumed")
async def half_closed(server):
    async with await Raw.upgraded(server) as raw:
        session = await started(raw)
        await raw.send(CHUNK * 20)
        raw.writer.write_eof()
        check(await raw.closed(1000, answers=False), 20)
    await resumes(server, session, 20)
    async with await Raw.upgraded(server) as raw:
        await raw.send(CHUNK * 20)
        raw.writer.write_eof()
        check(await raw.closed(1000, answers=False), 20)


@case("a client that is going away may come back, one that has closed may not")
async def going_away(server):
    async with await Raw.upgraded(server) as raw:
        session = await started(raw)
        await raw.send(CHUNK * 5 + close(1001))
        check(await raw.closed(1001), 5)
    await resumes(server, session, 5)
    async with await Raw.upgraded(server) as raw:
        session = await started(raw)
        await raw.send(CHUNK * 5 + close(1000))
        check(await raw.closed(1000), 5)
    async with await Peer.open(server) as peer:
        await peer.send({"type": "start", "resume": session, "answered": 5})
        expect_true((await peer.error())["error"].startswith("resume: "), "a closed session is gone")


async def resumes(server, session, seq):
    async with await Peer.open(server) as peer:
        await peer.send({"type": "start", "resume": session, "answered": seq})
        expect((await peer.receive())["seq"], seq, "the last chunk received")
        await asyncio.sleep(0)
        await peer.still_works(seq + 1)
