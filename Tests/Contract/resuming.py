"""Part 4, `resume`: a client whose connection broke goes on where it was, and gets what it had not received, once."""
import asyncio
import hashlib
import json
import os
import random

from websockets.exceptions import ConnectionClosed

from cases import case
from peer import Peer, expect, expect_true
from raw import Raw, frame


async def begin(server, **wish):
    """A new connection and what its `start` is answered with."""
    peer = await Peer.open(server)
    await peer.send({"type": "start", **wish})
    return peer, await peer.receive()


def cut(peer):
    """Breaks the connection without a word."""
    peer.socket.transport.abort()


def answers(messages):
    return [message["seq"] for message in messages if "transcription" in message]


@case("a session that is resumed has received what it says and repeats what was not")
async def resumed(server):
    chunks = [os.urandom(3200) for _ in range(60)]
    peer, started = await begin(server)
    session, client_id = started["session"], started["client_id"]
    for data in chunks[:20]:
        await peer.send(data)
    seen = []
    while len(seen) < 7:
        message = await peer.receive()
        seen += answers([message])
    cut(peer)
    for round_ in range(2):
        peer, started = await begin(server, resume=session, answered=seen[-1])
        expect(list(started), ["type", "client_id", "session", "engine", "sample_rate", "channels", "encoding", "seq"],
               "keys of started")
        expect((started["client_id"], started["session"]), (client_id, session), "client_id and session")
        received = started["seq"]
        expect_true(seen[-1] <= received <= 20 * (round_ + 1), f"seq {received}")
        for data in chunks[received:20 * (round_ + 2)]:
            await peer.send(data)
        while seen[-1] < 20 * (round_ + 1) + 13:
            seen += answers([await peer.receive()])
        cut(peer)
    peer, started = await begin(server, resume=session, answered=seen[-1])
    for data in chunks[started["seq"]:]:
        await peer.send(data)
    await peer.send({"type": "stop"})
    messages, code = await peer.rest()
    expect(code, 1000, "close code")
    seen += answers(messages)
    # The last one comes once more for the stop.
    expect(seen, [*range(1, 61), 60], "chunks answered")
    receipt = messages[-1]
    expect((receipt["chunks"], receipt["processed"], receipt["dropped"]), (60, 60, 0), "chunks of the receipt")
    expect(receipt["sha256"], hashlib.sha256(b"".join(chunks)).hexdigest(), "sha256")


@case("a client that comes back while its old connection still seems open takes its session over")
async def half_open(server):
    old, started = await begin(server)
    await old.chunk(bytes(3200), 1)
    new, again = await begin(server, resume=started["session"], answered=1)
    expect(again["seq"], 1, "seq")
    expect(await old.closed(), None, "close code of the old connection")
    await new.still_works(2)


@case("a client whose connection broke behind its stop gets its receipt after all")
async def receipt(server):
    peer, started = await begin(server)
    await peer.chunk(bytes(3200), 1)
    await peer.send({"type": "stop"})
    cut(peer)
    for _ in range(2):
        peer, again = await begin(server, resume=started["session"], answered=1)
        expect(again["seq"], 1, "seq")
        try:
            await peer.send({"type": "stop"})  # the first may have been lost with the connection
        except ConnectionClosed:
            pass  # it was not, and everything has been said
        messages, code = await peer.rest()
        expect(code, 1000, "close code")
        summaries = [message for message in messages if message.get("type") == "summary"]
        expect([summary["chunks"] for summary in summaries], [1], "chunks of the summaries")


@case("what can't be resumed is said, and the connection is a new stream")
async def refused(server):
    peer = await Peer.open(server)
    for wish in ["0" * 32, "", "x\u00e4", "a" * 3000]:
        await peer.send({"type": "start", "resume": wish})
        expect_true((await peer.error())["error"].startswith("resume: "), "the error names resume")
    for wish in [7, True, {}, []]:
        await peer.send({"type": "start", "resume": wish})
        expect_true("resume" in (await peer.error())["error"], "the error names resume")
    await peer.send({"type": "start"})
    started = await peer.receive()
    await peer.send({"type": "start", "resume": started["session"]})
    expect_true("first message" in (await peer.error())["error"], "resume after start")
    await peer.still_works(1)
    other = await Peer.open(server)
    for answered in [-1, 2, 10**15]:
        await other.send({"type": "start", "resume": started["session"], "answered": answered})
        expect_true("answered" in (await other.error())["error"], "the error names answered")
    await peer.still_works(2)
    await other.still_works(1)


@case("a client that is too far behind is told to begin anew")
async def too_late(server):
    peer, started = await begin(server)
    for seq in range(1, 1001):
        await peer.chunk(bytes(32), seq)
    cut(peer)
    peer = await Peer.open(server)
    await peer.send({"type": "start", "resume": started["session"], "answered": 1})
    expect_true("no longer" in (await peer.error())["error"], "replies that are gone")
    await peer.send({"type": "start", "resume": started["session"], "answered": 990})
    expect((await peer.receive())["seq"], 1000, "seq")
    for seq in range(991, 1001):
        expect((await peer.receive())["seq"], seq, "seq of a reply that was missing")
    await peer.still_works(1001)


@case("a connection that was closed well, or broke without a start, is not kept")
async def not_kept(server):
    peer, started = await begin(server)
    await peer.chunk(bytes(32), 1)
    await peer.socket.close()
    peer = await Peer.open(server)
    await peer.send({"type": "start", "resume": started["session"], "answered": 1})
    expect_true("no such session" in (await peer.error())["error"], "a session that was closed")
    await peer.still_works(1)


@case("a session that is being closed for what was wrong with it is not taken up again")
async def closing(server):
    async with await Raw.upgraded(server) as raw:
        await raw.send(frame(1, b'{"type":"start"}'))
        session = json.loads((await raw.message())[1])["session"]
        await raw.send(frame(2, b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\x02\0\x01\0" + bytes(12) + b"data\0\0\0\0"))
        while (await raw.message())[0] != 8:
            pass
        # The close is left without an answer: the server waits for one.
        peer = await Peer.open(server)
        await peer.send({"type": "start", "resume": session, "answered": 1})
        expect_true("no such session" in (await peer.error())["error"], "a session that is being closed")
        await peer.still_works(1)


@case("fifty clients whose connections break at random lose and double nothing")
async def many(server):
    async def one(index):
        dice = random.Random(index)
        chunks = [dice.randbytes(640) for _ in range(200)]
        seen, session, peer = [], None, None
        while not seen or seen[-1] < len(chunks):
            if peer is None:
                wish = {} if session is None else {"resume": session, "answered": seen[-1] if seen else 0}
                peer, started = await begin(server, **wish)
                session = started["session"]
                sent = started.get("seq", 0)
            while sent < len(chunks) and sent - len(seen) < 32:
                await peer.send(chunks[sent])
                sent += 1
            seen += answers([await peer.receive()])
            if dice.random() < 0.01:
                cut(peer)
                peer = None
        if peer is None:
            peer, _ = await begin(server, resume=session, answered=len(chunks))
        await peer.send({"type": "stop"})
        messages, code = await peer.rest()
        expect(code, 1000, "close code")
        expect(seen, list(range(1, 201)), "chunks answered")
        expect(messages[-1]["sha256"], hashlib.sha256(b"".join(chunks)).hexdigest(), "sha256")

    await asyncio.gather(*(one(index) for index in range(50)))
