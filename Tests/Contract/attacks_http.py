"""Attacks with requests: paths, heads, handshakes, tokens, origins. See attacks.py for how the server was started."""
import json
import os

from cases import case
from peer import PATH, expect, expect_true
from raw import Raw, frame, still_serves

HEALTH = "/api/audio/health"

REQUESTS = {
    "a NUL in the path": (f"GET {HEALTH}\0 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "an encoded NUL": (f"GET {HEALTH}%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "an encoded line end": (f"GET {HEALTH}%0d%0ax:y HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a path above the root": ("GET /../../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "an encoded path above the root": ("GET /%2e%2e/%2E%2e/etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a path around": ("GET /x/../api/./audio/health HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "an encoded path": ("GET /api/audio/%68ealth HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "a whole URL": (f"GET http://h{HEALTH} HTTP/1.1\r\nHost: h\r\n\r\n", 200),
    "half an escape": (f"GET {HEALTH}%6 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "no escape": (f"GET {HEALTH}%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "an escape that is not UTF-8": (f"GET {HEALTH}%ff HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a backslash": ("GET /..\\..\\etc HTTP/1.1\r\nHost: h\r\n\r\n", 401),
    "a fragment": (f"GET {HEALTH}#x HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "no path": ("GET api HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "no version": (f"GET {HEALTH}\r\nHost: h\r\n\r\n", 400),
    "a fourth word": (f"GET {HEALTH} HTTP/1.1 x\r\nHost: h\r\n\r\n", 400),
    "two blanks": (f"GET  {HEALTH} HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "a small method": (f"get {HEALTH} HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "an unknown method": (f"BREW {HEALTH} HTTP/1.1\r\nHost: h\r\n\r\n", 405),
    "CONNECT": ("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "OPTIONS *": ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    "HTTP/2 without being asked": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/0.9": (f"GET {HEALTH} HTTP/0.9\r\n\r\n", 505),
    "HTTP/1.0": (f"GET {HEALTH} HTTP/1.0\r\n\r\n", 200),
    "HTTP/1.2": (f"GET {HEALTH} HTTP/1.2\r\nHost: h\r\n\r\n", 505),
    "no Host": (f"GET {HEALTH} HTTP/1.1\r\n\r\n", 400),
    "an empty Host": (f"GET {HEALTH} HTTP/1.1\r\nHost:\r\n\r\n", 400),
    "a Host that is none": (f"GET {HEALTH} HTTP/1.1\r\nHost: a b/c@d\r\n\r\n", 400),
    "half an address as Host": (f"GET {HEALTH} HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
    "a long target before headers": (f"GET /{'x' * 17_000} HTTP/1.1\r\nHost: h\r\n\r\n", 414),
    "two Hosts": (f"GET {HEALTH} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "a header on two lines": (f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400),
    "a blank before the colon": (f"GET {HEALTH} HTTP/1.1\r\nHost : h\r\n\r\n", 400),
    "a header without a colon": (f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\nnothing\r\n\r\n", 400),
    "a NUL in a header": (f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400),
    "lines that end in LF": (f"GET {HEALTH} HTTP/1.1\nHost: h\n\n", 400),
    "a CR alone": (f"GET {HEALTH} HTTP/1.1\rHost: h\r\n\r\n", 400),
    "10,000 headers": (f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\n" + "a: b\r\n" * 10_000 + "\r\n", 431),
    "a long header": (f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\nX: " + "x" * 100_000 + "\r\n\r\n", 431),
    "a giant request line": ("GET /" + "x" * 1_000_000 + " HTTP/1.1\r\nHost: h\r\n\r\n", 414),
    "100 headers": (f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\n" + "a: b\r\n" * 99 + "\r\n", 200),
}


@case("attack: a request that breaks the rules is answered in JSON, whatever else it holds", "attack")
async def requests(server):
    for name, (text, wanted) in REQUESTS.items():
        async with await Raw.open(server) as raw:
            try:
                await raw.send(text)
            except ConnectionError:
                pass  # The answer may come before all of a long one has gone.
            try:
                status, fields, body = await raw.answer()
            except AssertionError as wrong:
                raise AssertionError(f"{name}: {wrong}") from wrong
            expect((status, fields.get("content-type")), (wanted, "application/json"), f"answer to {name}")
            expect_true(wanted == 200 or "error" in json.loads(body), f"{body} names no error")
            if wanted in (400, 414, 431, 505):
                expect(await raw.rest(), b"", f"what came after the answer to {name}")


@case("attack: garbage is answered as such or cut, and TLS and plain HTTP on each other's port too", "attack")
async def garbage(server):
    hello = bytes.fromhex("16030100c8010000c40303") + os.urandom(192)
    for data in (os.urandom(300), bytes(300), b"\xff" * 300, hello, b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n", b"\x80\x2e\x01"):
        async with await Raw.open(server, tls=False) as raw:
            try:
                await raw.send(data)
                raw.writer.write_eof()
            except (ConnectionError, OSError):
                pass
            answer = await raw.rest()
            # TLS answers with an alert of its own. Random bytes may begin as a method does.
            expect_true(answer[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 401", b"HTTP/1.1 405") or answer[:2] == b"\x15\x03",
                        f"{data[:8].hex()} got {answer[:80]!r}")
    await still_serves(server)


@case("attack: a handshake that cannot be is told why", "attack")
async def handshakes(server):
    cases = [
        (dict(version=None), 426), (dict(version="8"), 426), (dict(version="13, 8"), 426), (dict(version=""), 426),
        (dict(key=None), 400), (dict(key="short"), 400), (dict(key="x" * 22 + "=\r\nX: y"), 400),
        (dict(key="dGhl|HNhbXBsZSBub25jZQ=="), 400), (dict(protocol="HTTP/1.0"), 400),
        (dict(headers=["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]), 400),
        (dict(headers=["Sec-WebSocket-Protocol: a b"]), 400), (dict(headers=["Content-Length: 9223372036854775807"]), 400),
        (dict(headers=["Sec-WebSocket-Protocol: chat, superchat"]), 400), (dict(path="/api/audio/socket"), 404),
        (dict(path=PATH + "?channels=9"), 400), (dict(headers=["Origin: https://elsewhere.example"]), 403),
        (dict(headers=["Origin: null"]), 403), (dict(headers=["Origin: "]), 403),
    ]
    for options, wanted in cases:
        async with await Raw.open(server) as raw:
            await raw.send(raw.handshake(**options))
            status, fields, body = await raw.answer()
            expect((status, fields.get("content-type")), (wanted, "application/json"), f"answer to {options}")
            expect_true("error" in json.loads(body), f"{body} names no error")
            if wanted == 426:
                expect(fields.get("sec-websocket-version"), "13", "Sec-WebSocket-Version")
            expect(await raw.rest(), b"", f"what came after the answer to {options}")


@case("attack: only a token that is known opens a stream, in each of its three places", "attack")
async def tokens(server):
    wrong = server.token[:-1] + ("A" if server.token[-1] != "A" else "B")
    refused = [
        ([], ""), ([f"Authorization: Bearer {wrong}"], ""), (["Authorization: Bearer"], ""), (["Authorization: Bearer "], ""),
        ([f"Authorization: Basic {server.token}"], ""), ([f"Authorization: Bearer {server.token}x"], ""),
        ([f"Authorization: Bearer {server.token} {server.token}"], ""), (["Authorization: Bearer " + "A" * 4000], ""),
        ([], "?token="), ([], f"?token={wrong}"), ([], f"?Token={server.token}"), ([f"Authorization: Bearer {wrong}"], f"?token={server.token}"),
        ([f"Sec-WebSocket-Protocol: audio-service, token.{wrong}"], ""), (["Sec-WebSocket-Protocol: audio-service"], ""),
    ]
    for headers, query in refused:
        async with await Raw.open(server) as raw:
            await raw.send(raw.handshake(PATH + query, token=False, headers=headers))
            status, fields, _ = await raw.answer()
            expect((status, fields.get("www-authenticate", "")[:7]), (401, "Bearer "), f"answer to {headers} {query}")
    admitted = [
        ([f"Authorization: Bearer {server.token}"], "", None), ([f"authorization: bearer  {server.token} "], "", None),
        ([], f"?token={server.token}", None),
        ([f"Sec-WebSocket-Protocol: audio-service, token.{server.token}"], "", "audio-service"),
        ([f"Sec-WebSocket-Protocol: token.{server.token},audio-service"], "", "audio-service"),
    ]
    for headers, query, subprotocol in admitted:
        async with await Raw.open(server) as raw:
            await raw.send(raw.handshake(PATH + query, token=False, headers=headers))
            status, fields, _ = await raw.answer()
            expect((status, fields.get("sec-websocket-protocol")), (101, subprotocol), f"answer to {headers} {query}")
            await raw.chunk()


@case("attack: a page is told on a WebSocket why it gets no stream, and nothing else", "attack")
async def pages(server):
    wrong = server.token[:-1] + ("A" if server.token[-1] != "A" else "B")
    for headers, query, code in (
            ([], "", "token_missing"), ([f"Sec-WebSocket-Protocol: token.{wrong}"], "", "token_unknown"),
            ([f"Authorization: Bearer {server.token}", "Origin: https://evil.example"], "", "origin_not_allowed"),
            ([f"Authorization: Bearer {server.token}"], "?channels=9", "invalid_request")):
        async with await Raw.open(server) as raw:
            offer = "Sec-WebSocket-Protocol: audio-service, audio-service.page"
            await raw.send(raw.handshake(PATH + query, token=False, headers=[offer, *headers]))
            # A stream is not begun by what comes with the request.
            await raw.send(frame(2, bytes(320)))
            status, fields, _ = await raw.answer()
            expect((status, fields["sec-websocket-protocol"]), (101, "audio-service.page"), f"answer to {headers}")
            messages = await raw.closed(1008)
            expect([message["code"] for message in messages], [code], f"what is said to {headers}")


@case("attack: without a token only health and the page are told", "attack")
async def plain_requests(server):
    for path, wanted in ((HEALTH, 200), ("/", 200), ("/api/audio/engines", 401), ("/api/audio/nothing", 401), (PATH, 401)):
        async with await Raw.open(server) as raw:
            await raw.send(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
            expect((await raw.answer())[0], wanted, f"status of {path}")
            await raw.send(f"GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {server.token}\r\n\r\n")
            status = (await raw.answer())[0]
            expect_true(status not in (401, 403), f"{path} with a token is answered with {status}")


@case("attack: pages of this machine may open streams, pages whose name was made to point here may not", "attack")
async def origins(server):
    place = f"{server.host}:{server.port}"
    for origin, host, wanted in ((f"http://{place}", place, 101), (f"HTTPS://{place}", place, 101),
                                 (f"http://localhost:{server.port}", f"LOCALHOST:{server.port}", 101),
                                 (f"http://{server.host}:1", place, 101), (f"http://evil.example:{server.port}", place, 403),
                                 (f"http://evil.example:{server.port}", f"evil.example:{server.port}", 403),
                                 (f"http://127.evil.example:{server.port}", f"127.evil.example:{server.port}", 403)):
        async with await Raw.open(server) as raw:
            text = raw.handshake(headers=[f"Origin: {origin}"]).replace(f"Host: {place}", f"Host: {host}")
            await raw.send(text)
            expect((await raw.answer())[0], wanted, f"answer to {origin} at {host}")


@case("attack: what follows a request with a body is no second request", "attack")
async def smuggling(server):
    hidden = f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\nX: hidden\r\n\r\n"
    for headers in (f"Content-Length: {len(hidden)}\r\n", "Transfer-Encoding: chunked\r\n",
                    f"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "Content-Length: +0\r\n"):
        async with await Raw.open(server) as raw:
            await raw.send(f"GET {HEALTH} HTTP/1.1\r\nHost: h\r\n{headers}\r\n{hidden}")
            expect((await raw.rest()).count(b"HTTP/1.1"), 1, f"answers with {headers!r}")
    # These bodies end elsewhere for a reader that is less strict.
    for headers, body in [
            *[("Transfer-Encoding: chunked", body) for body in (
                "5\r\nhelloXX0\r\n\r\n", "5\r\nhello\n\n0\r\n\r\n", "5\rXhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\n",
                "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n")],
            ("Transfer-Encoding:\r\nContent-Length: 5", "hello"), ("Content-Length: 5\r\nTransfer-Encoding:", "hello")]:
        async with await Raw.open(server) as raw:
            await raw.send(f"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {server.token}\r\n"
                           f"Content-Type: multipart/form-data; boundary=x\r\n{headers}\r\n\r\n{body}{hidden}")
            answers = await raw.rest()
            expect((answers[:13], answers.count(b"HTTP/1.1")), (b"HTTP/1.1 400 ", 1), f"answers to {headers!r} {body!r}")
    async with await Raw.open(server) as raw:
        await raw.send(hidden + hidden + hidden.replace("GET", "HEAD"))
        for body in (b'{"status":"ok"}', b'{"status":"ok"}'):
            status, _, answer = await raw.answer()
            expect((status, answer), (200, body), "answer to a request that came with others")
