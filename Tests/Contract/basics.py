"""Part 1: health, the endpoint, two replies a chunk, client_id and seq."""
import asyncio
import os

from cases import case
from peer import Peer, expect, expect_true, request, upgrade

PLAIN_ERROR = {"error": "Expected binary audio chunk or text"}


@case("health answers 200 with exactly {\"status\":\"ok\"}")
async def health(server):
    status, fields, body = await request(server, "GET", "/api/audio/health")
    expect((status, fields.get("content-type"), body), (200, "application/json", b'{"status":"ok"}'), "health")


@case("a chunk is answered by the acknowledgement and then the transcription, to the letter")
async def one_chunk(server):
    async with await Peer.open(server) as peer:
        await peer.send(bytes(4096))
        accepted, reply = await peer.text(), await peer.text()
        client_id = int(accepted.split(":")[1].split(",")[0])
        expect(accepted, f'{{"client_id":{client_id},"seq":1,"chunk_size":4096}}', "acknowledgement")
        wanted = f'{{"seq":1,"transcription":"mock transcription for client {client_id} msg#1 (binary 4096 bytes)"'
        expect(reply[:len(wanted)], wanted, "transcription")


@case("the transcription has the measured keys, each of its kind")
async def keys(server):
    async with await Peer.open(server) as peer:
        _, reply = await peer.chunk(b"\x00\x40" * 1600, 1)
        kinds = {"seq": int, "transcription": str, "rms": float, "dbfs": float, "peak": float, "clipped": int,
                 "duration": float, "start": (int, float), "final": bool, "segment": int}
        expect(list(reply), list(kinds), "keys")
        for key, kind in kinds.items():
            expect_true(isinstance(reply[key], kind), f"{key} is {reply[key]!r}")
        expect((reply["final"], reply["segment"]), (True, 1), "final and segment of the mock")


@case("client_id is unique among all clients and survives JavaScript")
async def client_ids(server):
    seen = []
    for _ in range(3):
        peers = await asyncio.gather(*(Peer.open(server) for _ in range(30)))
        for peer in peers:
            accepted, _ = await peer.chunk(b"ab", 1)
            seen.append(accepted["client_id"])
        await asyncio.gather(*(peer.socket.close() for peer in peers))
    expect_true(all(isinstance(value, int) and 1 <= value <= 2**53 - 1 for value in seen), f"out of range: {seen}")
    expect(len(set(seen)), len(seen), "number of different client_ids")


@case("under pipelining each kind comes in seq order, the acknowledgement before the transcription")
async def pipelining(server):
    sizes = [2 * (1 + index * 37 % 2000) for index in range(1500)]
    async with await Peer.open(server) as peer:
        sender = asyncio.ensure_future(send_all(peer, sizes))
        accepted = answered = 0
        while answered < len(sizes):
            message = await peer.receive()
            if "chunk_size" in message:
                accepted += 1
                expect((message["seq"], message["chunk_size"]), (accepted, sizes[accepted - 1]), "acknowledgement")
            else:
                answered += 1
                expect(message["seq"], answered, "seq of the transcription")
                expect_true(answered <= accepted, f"transcription {answered} came before its acknowledgement")
                said = message["transcription"]
                expect_true(said.endswith(f"msg#{answered} (binary {sizes[answered - 1]} bytes)"), said)
        await sender


async def send_all(peer, sizes):
    for size in sizes:
        await peer.send(bytes(size))


@case("a client that knows only the first part gets two messages a chunk and none unasked")
async def nothing_unasked(server):
    async with await Peer.open(server) as peer:
        for seq in range(1, 51):
            await peer.chunk(os.urandom(640), seq)
        await peer.send({"type": "ping"})
        expect(await peer.receive(), {"type": "pong"}, "the next message")


@case("an empty binary message is an error and no chunk")
async def empty_binary(server):
    async with await Peer.open(server) as peer:
        await peer.send(b"")
        expect(await peer.receive(), PLAIN_ERROR, "answer")
        await peer.still_works(1)
        await peer.send(b"")
        expect(await peer.receive(), PLAIN_ERROR, "answer")
        await peer.still_works(2)


@case("an empty text message is the same error")
async def empty_text(server):
    async with await Peer.open(server) as peer:
        await peer.send("")
        expect(await peer.receive(), PLAIN_ERROR, "answer")
        await peer.still_works(1)


@case("a message in fragments is one chunk")
async def fragments(server):
    async with await Peer.open(server) as peer:
        data = os.urandom(100_000)
        await peer.socket.send([data[:1], data[1:70_000], data[70_000:]])
        accepted, _ = await peer.receive(), await peer.receive()
        expect((accepted["seq"], accepted["chunk_size"]), (1, 100_000), "acknowledgement")


@case("a WebSocket ping is answered, also between the fragments of a message")
async def protocol_ping(server):
    async with await Peer.open(server) as peer:
        await asyncio.wait_for(await peer.socket.ping(b"there?"), 60)

        async def parts():
            yield b"ab"
            await asyncio.wait_for(await peer.socket.ping(b"still?"), 60)
            yield b"cd"
        await peer.socket.send(parts())
        expect((await peer.receive())["chunk_size"], 4, "chunk_size")


@case("an unknown path is 404, also for an upgrade")
async def not_found(server):
    for path in ["/page/", "/api/audio", "/api/audio/ws/", "/api/audio/healthy", "/api/audio/health/x"]:
        status, fields, body = await request(server, "GET", path)
        expect((status, fields.get("content-type")), (404, "application/json"), f"answer to {path}")
        expect_true(b'"error"' in body, f"{body} names no error")
    expect((await upgrade(server, "/api/audio/socket"))[0], 404, "answer to an upgrade")


@case("another method than GET is 405 and says what is allowed")
async def method(server):
    for path in ["/api/audio/health", "/api/audio/ws"]:
        for verb in ["POST", "PUT", "DELETE"]:
            status, fields, body = await request(server, verb, path, body=b"{}")
            expect(status, 405, f"answer to {verb} {path}")
            expect_true("GET" in fields.get("allow", ""), f"Allow is {fields.get('allow')!r}")
            expect_true(b'"error"' in body, f"{body} names no error")


@case("a plain GET of the WebSocket's path is 426 and names the protocol")
async def upgrade_required(server):
    status, fields, body = await request(server, "GET", "/api/audio/ws")
    expect((status, fields.get("upgrade", "").lower()), (426, "websocket"), "answer")
    expect_true(b'"error"' in body, f"{body} names no error")


@case("fifty clients at once lose nothing and are not mixed up")
async def many(server):
    async def one(number):
        async with await Peer.open(server) as peer:
            data = bytes([number]) * (1000 + number * 2)
            accepted, _ = await peer.chunk(data, 1)
            for seq in range(2, 41):
                _, reply = await peer.chunk(data, seq)
                said = f"mock transcription for client {accepted['client_id']} msg#{seq} (binary {len(data)} bytes)"
                expect(reply["transcription"], said, "transcription")
    await asyncio.gather(*(one(number) for number in range(1, 51)))


@case("a client that vanishes with chunks in flight disturbs no other")
async def vanishing(server):
    async with await Peer.open(server) as steady:
        for seq in range(1, 11):
            rude = await Peer.open(server)
            for _ in range(200):
                await rude.send(bytes(8000))
            rude.socket.transport.abort()
            accepted, reply = await steady.chunk(b"\x01\x00" * 800, seq)
            expect_true(f"client {accepted['client_id']} msg#{seq} " in reply["transcription"], f"mixed up: {reply}")
