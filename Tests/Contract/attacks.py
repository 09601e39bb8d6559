"""Attacks on an open WebSocket, and on the way to one: frames that break the protocol, floods, silence.

The server must have been started with the flags of Tests/Long/AttackTests.swift: short times, a token, few connections.
The cases run at once, each from an address of its own, so that none uses up what the server allows another.
"""
import asyncio
import json
import time

from cases import case
from peer import expect, expect_true
from raw import Raw, frame, still_serves

VIOLATIONS = {
    "an unmasked frame": frame(2, b"ab", masked=False),
    "an unmasked empty frame": frame(2, b"", masked=False),
    "an unmasked ping": frame(9, b"?", masked=False),
    **{f"reserved bits {bits}": frame(2, b"ab", reserved=bits) for bits in (1, 2, 4, 7)},
    **{f"opcode {opcode}": frame(opcode, b"ab") for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a ping of 126 bytes": frame(9, bytes(126)),
    "a pong of 65,536 bytes": frame(10, bytes(65_536)),
    "a close of 126 bytes": frame(8, bytes(126)),
    "a close of one byte": frame(8, b"\x03"),
    "a ping in fragments": frame(9, b"a", fin=False),
    "a close in fragments": frame(8, b"\x03\xe8", fin=False),
    "a continuation of nothing": frame(0, b"ab"),
    "a message within a message": frame(2, b"ab", fin=False) + frame(2, b"cd"),
    "a text within a binary message": frame(2, b"ab", fin=False) + frame(1, b"cd"),
    "a short length in two bytes": frame(2, b"ab", width=2),
    "a short length in eight bytes": frame(2, b"ab", width=8),
    "a length of 2^63": frame(2, b"ab", length=1 << 63, width=8),
}


@case("attack: every frame that breaks the protocol is answered with 1002, and what came before it is served", "attack")
async def violations(server):
    async def violate(name, data):
        async with await Raw.upgraded(server) as raw:
            await raw.send(frame(2, bytes(320)) + data + frame(2, bytes(320)))
            try:
                texts = await raw.closed(1002)
            except AssertionError as wrong:
                raise AssertionError(f"{name}: {wrong}") from wrong
            expect([text["seq"] for text in texts if "chunk_size" in text], [1], f"chunks taken around {name}")
    await asyncio.gather(*(violate(name, data) for name, data in VIOLATIONS.items()))
    await still_serves(server)


@case("attack: a broken frame is known when it comes byte by byte", "attack")
async def byte_by_byte(server):
    async def drip(name):
        async with await Raw.upgraded(server) as raw:
            for byte in frame(1, b'{"type":"ping"}') + VIOLATIONS[name][:12]:
                try:
                    await raw.send(bytes([byte]))
                except ConnectionError:
                    break  # The close may come before all has gone.
                await asyncio.sleep(0.002)
            expect(await raw.closed(1002), [{"type": "pong"}], "texts before the close")
    await asyncio.gather(*map(drip, ("an unmasked frame", "a length of 2^63", "reserved bits 4")))


@case("attack: compression is not agreed to, and a compressed frame is refused", "attack")
async def compression(server):
    async with await Raw.open(server) as raw:
        await raw.send(raw.handshake(headers=["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]))
        status, fields, _ = await raw.answer()
        expect((status, fields.get("sec-websocket-extensions")), (101, None), "status and extensions")
        # 1,000,000 zeros, deflated thrice over: what a compression bomb is made of.
        await raw.send(frame(2, bytes.fromhex("ecc1010d000000c2a0f74f6d0e37a0000000000000000000"), reserved=4))
        await raw.closed(1002)


@case("attack: text that is not UTF-8 is closed with 1007, also when it is cut into fragments", "attack")
async def bad_utf8(server):
    async def send(data):
        async with await Raw.upgraded(server) as raw:
            await raw.send(data)
            texts = await raw.closed(1007)
            expect([text["code"] for text in texts], ["invalid_utf8"], f"codes after {data.hex()}")
    await asyncio.gather(*map(send, (
        frame(1, b"\xff"), frame(1, b"\xed\xa0\x80"), frame(1, b"\xc0\xaf"), frame(1, b"\xf4\x90\x80\x80"),
        frame(1, b"\xe2\x82", fin=False) + frame(0, b"ab"), frame(1, b"\xe2", fin=False) + frame(0, b"\x82"))))
    async with await Raw.upgraded(server) as raw:
        await raw.send(frame(1, b"\xe2", fin=False) + frame(0, b"\x82", fin=False) + frame(0, b"\xac"))
        expect(json.loads((await raw.message())[1])["error"], "Unknown control message: €", "answer to a whole sign")


@case("attack: a length that is too large is refused by its header, one that grows by what has come", "attack")
async def huge(server):
    async def announce(length):
        async with await Raw.upgraded(server) as raw:
            await raw.send(frame(2, bytes(8), length=length))
            expect([text.get("code") for text in await raw.closed(1009)], ["message_too_big"], "codes")
    await asyncio.gather(*map(announce, ((16 << 20) + 1, 1 << 40, (1 << 63) - 1)))
    async with await Raw.upgraded(server) as raw:
        piece = bytes(1 << 20)
        await raw.send(frame(2, piece, fin=False))
        for _ in range(16):
            await raw.send(frame(0, piece, fin=False))
        await raw.closed(1009)
    async with await Raw.upgraded(server) as raw:
        await raw.send(frame(1, bytes(4097)))
        await raw.closed(1009)


@case("attack: floods of pings and of empty fragments hold up nobody else", "attack")
async def floods(server):
    async with await Raw.upgraded(server) as pinger, await Raw.upgraded(server) as splitter, await Raw.upgraded(server) as other:
        await splitter.send(frame(2, b"a", fin=False))
        for _ in range(50):
            await pinger.send(frame(9, b"x" * 100) * 200)
            await splitter.send(frame(0, fin=False) * 1000)
            await other.chunk()
        await splitter.send(frame(0, b"b"))
        opcode, payload = await splitter.message()
        expect(json.loads(payload)["chunk_size"], 2, "chunk_size of the message in 50,002 fragments")


@case("attack: closes with codes that may not be sent end the connection", "attack")
async def close_codes(server):
    for code in (0, 999, 1004, 1005, 1006, 1015, 5000, 65535):
        async with await Raw.upgraded(server) as raw:
            await raw.send(frame(8, code.to_bytes(2, "big")))
            await raw.rest()
    await still_serves(server)


@case("attack: frames sent with the handshake are served", "attack")
async def early_frames(server):
    async with await Raw.open(server) as raw:
        await raw.send(raw.handshake().encode() + frame(2, bytes(320)) + frame(2, bytes(640)))
        expect((await raw.answer())[0], 101, "status")
        sizes = [json.loads((await raw.message())[1]).get("chunk_size") for _ in range(4)]
        expect(sorted(size for size in sizes if size), [320, 640], "chunks")


@case("attack: a peer that answers no ping is cut, one that does is not", "attack")
async def half_open(server):
    async with await Raw.upgraded(server) as dead, await Raw.upgraded(server) as alive:
        silent = asyncio.ensure_future(dead.rest())
        pings = 0
        while not silent.done():
            opcode, payload = await alive.message()
            expect(opcode, 9, "opcode")
            pings += 1
            await alive.send(frame(10, payload))
        expect((await silent)[:1], b"\x89", "first byte of what the dead peer was sent")
        expect_true(pings > 0, "the living peer was not asked")
        expect((await alive.chunk())["seq"], 1, "seq of a chunk of the living peer")


@case("attack: a peer that never reads is closed with 1013 when it reads at last, or cut", "attack")
async def slow_reader(server):
    async with await Raw.upgraded(server, receive_buffer=4096) as raw:
        raw.reader._transport.pause_reading()
        ping = frame(1, b'{"type":"ping","id":"' + b"x" * 3900 + b'"}')
        # However long it takes to fill what lies between: only then the server stops reading, and has patience for 2 s.
        try:
            for _ in range(20_000):
                raw.writer.write(ping)
                await asyncio.wait_for(raw.writer.drain(), 5)
        except (asyncio.TimeoutError, ConnectionResetError):
            pass
        raw.reader._transport.resume_reading()
        data = b""
        while b"were not read" not in data[-200:] and (piece := await raw.some()):
            data += piece
    expect_true(b'"code":"slow_reader"' in data and b"\x03\xf5the replies were not read" in data,
                f"the last of {len(data)} bytes are {data[-80:]!r}")
    await still_serves(server)


@case("attack: a head that comes a byte at a time is cut, and holds up nobody", "attack")
async def slowloris(server):
    async def drip(raw):
        answer = asyncio.ensure_future(raw.rest())
        for byte in raw.handshake().encode():
            if answer.done():
                break
            raw.writer.write(bytes([byte]))
            await asyncio.sleep(0.1)
        return await answer
    slow = [await Raw.open(server) for _ in range(40)]
    drips = [asyncio.ensure_future(drip(raw)) for raw in slow]
    began = time.monotonic()
    while not all(drip.done() for drip in drips):
        await still_serves(server)
        await asyncio.sleep(0.05)
        expect_true(time.monotonic() - began < 50, "the slow connections are still open")
    for drip, raw in zip(drips, slow):
        expect((await drip)[:12], b"HTTP/1.1 408", "what a slow request got")
        raw.writer.transport.abort()


@case("attack: a connection that says nothing is closed", "attack")
async def silence(server):
    async with await Raw.open(server) as raw, await Raw.open(server, tls=False) as mute:
        expect(await raw.rest(), b"", "what a silent connection got")
        expect(await mute.rest(), b"", "what one without a TLS handshake got")


@case("attack: an address with as many streams as it may have gets 429, and more connections close its oldest half requests", "attack")
async def crowd(server):
    streams = []
    try:
        while True:
            raw = await Raw.open(server)
            await raw.send(raw.handshake())
            status, fields, body = await raw.answer()
            if status != 101:
                break
            streams.append(raw)
            expect_true(len(streams) <= 60, "61 streams are open")
        expect((len(streams), status, "retry-after" in fields), (60, 429, True), "streams, status and Retry-After")
        expect_true("error" in json.loads(body), f"{body} names no error")
        unheard = []
        for _ in range(60):
            unheard.append(await Raw.open(server, tls=False))
        expect(await unheard[0].rest(), b"", "what the oldest half request got")
        for raw in unheard:
            raw.writer.transport.abort()
        streams.pop().writer.transport.abort()
        await asyncio.sleep(0.2)
        streams.append(await Raw.upgraded(server))
        expect((await streams[0].chunk())["seq"], 1, "seq of a chunk of the first stream")
    finally:
        for raw in streams:
            raw.writer.transport.abort()
    await asyncio.sleep(0.2)
    await still_serves(server)
