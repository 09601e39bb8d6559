"""Part 5, backpressure: past the limits the server stops reading; it never drops, and nobody else is held up."""
import asyncio
import hashlib
import socket

from cases import case
from peer import Peer, expect, expect_true

COUNT = 40_000  # replies of 14 MB: more than the kernel's buffers of both sides take


async def small_window(server):
    """A socket that takes in little while nobody reads it."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, (server.host, server.port))
    return plain


async def stalled(progress):
    """Returns when `progress` has stood still for a second."""
    last = -1
    while progress() != last:
        last = progress()
        await asyncio.sleep(1)


@case("a client that does not read is held up by itself alone and loses nothing")
async def backpressure(server):
    chunk = bytes(range(160)) * 2
    # max_queue: this client's library stops reading its socket when so many messages wait.
    window = await small_window(server)
    async with await Peer.open(server, sock=window, max_queue=4) as slow, await Peer.open(server) as steady:
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


@case("pings of a client that does not read hold it up, too")
async def ping_flood(server):
    async with await Peer.open(server, sock=await small_window(server), max_queue=4) as slow:
        sent = 0

        async def send():
            nonlocal sent
            for number in range(20_000):
                await slow.send('{"type":"ping","id":"%s %d"}' % ("x" * 2000, number))
                sent += 1
        sender = asyncio.ensure_future(send())
        await stalled(lambda: sent)
        expect_true(sent < 20_000, "the server took 40 MB of pings whose answers nobody reads")
        for number in range(20_000):
            answer = await slow.receive()
            expect(answer["id"].split(" ")[1], str(number), "id")
        await sender


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
