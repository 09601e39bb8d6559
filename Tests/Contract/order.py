"""Part 5, backpressure: past the limits the server stops reading; it never drops, and nobody else is held up."""
import asyncio
import hashlib

from cases import case
from peer import Peer, expect, expect_true

COUNT, SIZE = 5000, 16_000


@case("a client that does not read is held up by itself alone and loses nothing")
async def backpressure(server):
    chunk = bytes(range(250)) * (SIZE // 250)
    # max_queue: this client's library stops reading its socket when so many messages wait.
    async with await Peer.open(server, max_queue=4) as slow, await Peer.open(server) as steady:
        sent = 0

        async def send():
            nonlocal sent
            for _ in range(COUNT):
                await slow.send(chunk)
                sent += 1
            await slow.send({"type": "stop"})
        sender = asyncio.ensure_future(send())
        await stalled(lambda: sent)
        expect_true(sent < COUNT, f"the server took all {COUNT} chunks of a client that reads no replies")
        for seq in range(1, 101):
            await steady.still_works(seq)
        messages, code = await slow.rest()
        await sender
        expect(code, 1000, "close code")
        expect([m["seq"] for m in messages if "chunk_size" in m], list(range(1, COUNT + 1)), "acknowledgements")
        expect([m["seq"] for m in messages if "transcription" in m], [*range(1, COUNT + 1), COUNT], "transcriptions")
        wanted = hashlib.sha256()
        for _ in range(COUNT):
            wanted.update(chunk)
        expect((messages[-1]["chunks"], messages[-1]["dropped"]), (COUNT, 0), "account")
        expect(messages[-1]["sha256"], wanted.hexdigest(), "sha256")


async def stalled(progress):
    """Returns when `progress` has stood still for a second."""
    last = -1
    while progress() != last:
        last = progress()
        await asyncio.sleep(1)


@case("two hundred idle clients do not keep a busy one waiting for ever")
async def idle(server):
    peers = await asyncio.gather(*(Peer.open(server) for _ in range(200)))
    async with await Peer.open(server) as busy:
        for seq in range(1, 101):
            await busy.still_works(seq)
    for number, peer in enumerate(peers):
        _, reply = await peer.chunk(b"\x00\x40" * (number + 1), 1)
        expect(reply["rms"], 0.5, "rms")
    await asyncio.gather(*(peer.socket.close() for peer in peers))
