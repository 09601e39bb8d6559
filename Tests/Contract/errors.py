"""Parts 3 to 5: what a client may do wrong, and that it learns what and goes on."""
import asyncio
from urllib.parse import quote

from cases import case
from peer import Peer, expect, expect_true, upgrade

LARGEST = 16 << 20


@case("a bad parameter in the URL is 400 naming parameter, value and what is allowed")
async def bad_url(server):
    bad = [("sample_rate", "7999", "8000"), ("sample_rate", "384001", "384000"), ("sample_rate", "cd", "8000"),
           ("sample_rate", "", "8000"), ("sample_rate", "16000.5", "8000"), ("channels", "0", "1"),
           ("channels", "9", "8"), ("channels", "99999999999999999999", "8"), ("encoding", "mp3", "s16le"),
           ("encoding", "", "alaw"), ("engine", "oracle", "mock"), ("encoding", 'a"b\\c', "s16le")]
    for parameter, value, allowed in bad:
        status, fields, body = await upgrade(server, f"/api/audio/ws?{parameter}={quote(value)}")
        expect(status, 400, f"status for {parameter}={value}")
        for part in [parameter, value, allowed]:
            expect_true(part in body["error"], f"{body['error']!r} does not name {part!r}")


@case("one bad parameter among good ones is the one that is named")
async def one_bad(server):
    status, _, body = await upgrade(server, "/api/audio/ws?sample_rate=48000&channels=12&encoding=f32le")
    expect(status, 400, "status")
    expect_true("channels" in body["error"] and "12" in body["error"], f"{body}")


@case("parameters nobody knows are left alone, and escapes are understood")
async def unknown_parameters(server):
    async with await Peer.open(server, "token=x&encod%69ng=f32%6ce&&a") as peer:
        _, reply = await peer.chunk(bytes(64000), 1)
        expect(reply["duration"], 1, "duration of float samples")


@case("text that is no known control message is repeated back, and the stream goes on")
async def unknown_control(server):
    unknown = ["hello", "{", "[]", "7", "null", '"stop"', "{}", '{"type":7}', '{"type":null}', '{"type":"dance"}',
               '{"type":"Stop"}', '{"kind":"stop"}', '{"type":"stop"', '{"type":"stop"} x', "{'type':'stop'}",
               "[" * 1000, '{"a":' * 500, "\u00fc\U0001f600", '{"type":"ping","id":01}', '{"type":"stop",}', " "]
    async with await Peer.open(server) as peer:
        for seq, text in enumerate(unknown, 1):
            await peer.send(text)
            error = await peer.error()
            expect_true(error["error"].startswith("Unknown control message: " + text[:100]), f"{error} for {text!r}")
            expect(list(error), ["error"], "keys")
            await peer.still_works(seq)


@case("a control message that is long is cut where it is repeated")
async def long_control(server):
    async with await Peer.open(server) as peer:
        await peer.send("x" * 4000)
        error = (await peer.error())["error"]
        expect_true(error.startswith("Unknown control message: xxx") and len(error) < 300, error)
        await peer.still_works(1)


@case("a chunk of the largest size is taken, one byte more is closed with 1009")
async def too_big(server):
    async with await Peer.open(server) as peer:
        accepted, _ = await peer.chunk(bytes(LARGEST), 1)
        expect(accepted["chunk_size"], LARGEST, "chunk_size")
        expect(await refused(peer, bytes(LARGEST + 1)), (1009, "message_too_big"), "close and its code")


@case("a message that grows too big in fragments is closed with 1009")
async def too_big_in_fragments(server):
    async with await Peer.open(server) as peer:
        expect(await refused(peer, [bytes(1 << 20)] * 17), (1009, "message_too_big"), "close and its code")


@case("a text message of the largest size is looked at, one byte more is closed with 1009")
async def too_long(server):
    async with await Peer.open(server) as peer:
        await peer.send("x" * 4096)
        await peer.error()
        await peer.still_works(1)
        expect(await refused(peer, "x" * 4097), (1009, "message_too_big"), "close and its code")


async def refused(peer, message):
    """Sends what can't be taken (the server may close in the middle of it): the close code and the code of the error."""
    async def send():
        try:
            await peer.send(message)
        except Exception:  # the close is looked at by the reader
            pass
    sender = asyncio.ensure_future(send())
    messages, code = await peer.rest()
    await sender
    expect_true(messages and "error" in messages[-1] and isinstance(messages[-1].get("code"), str),
                f"no error with code came before the close: {messages[-1:]}")
    return code, messages[-1]["code"]


@case("text that is not UTF-8 is closed with 1007")
async def not_utf8(server):
    for data in [b"\xff\xfe", b'{"type":"ping","id":"\xc3"}', b"\xed\xa0\x80"]:
        async with await Peer.open(server) as peer:
            await peer.socket.send(data, text=True)
            messages, code = await peer.rest()
            expect((code, messages[-1].get("code")), (1007, "invalid_utf8"), f"close and its code after {data!r}")


@case("a client that breaks the WebSocket protocol is closed with 1002 and disturbs no other")
async def broken_frames(server):
    async with await Peer.open(server) as steady:
        # reserved opcode; reserved bit; control frame too long; continuation of nothing
        bad = [b"\x83\x80abcd", b"\xc2\x80abcd", b"\x89\xfe\x00\x80abcd" + bytes(128), b"\x80\x80abcd"]
        for seq, frame in enumerate(bad, 1):
            async with await Peer.open(server) as rude:
                rude.socket.transport.write(frame)
                messages, code = await rude.rest()
                expect_true(code in (1002, None), f"{frame!r} was closed with {code}")
                expect(messages, [], f"messages to {frame!r}")
            await steady.still_works(seq)
