"""One side of the contract: a WebSocket connection and a plain HTTP request, both over PyPI's `websockets` or sockets."""
import asyncio
import itertools
import json

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

PATH = "/api/audio/ws"
PATIENCE_S = 60  # how long a case waits for what must come; never how soon it must
RECORD = None  # a file for all messages, a line each: [connection, "<" or ">", text; null: binary or long]
NUMBERS = itertools.count()


class Wrong(AssertionError):
    """The server did something else than the contract says."""


def expect(actual, wanted, what):
    if actual != wanted:
        raise Wrong(f"{what} is {actual!r}, expected {wanted!r}")


def expect_true(condition, what):
    if not condition:
        raise Wrong(what)


def expect_figures(message, wanted):
    """Within 1e-6 relative, dbfs within 1e-4 dB."""
    for key, value in wanted.items():
        actual = message.get(key, "missing")
        if value is None or isinstance(actual, (str, type(None))):
            expect(actual, value, f"{key} of {message}")
        else:
            tolerance = 1e-4 if key == "dbfs" else 1e-6 * abs(value)
            expect_true(abs(actual - value) <= tolerance, f"{key} is {actual!r}, expected {value!r} in {message}")


class Peer:
    """A connection that checks nothing by itself but that every message is a JSON object in a text frame."""

    def __init__(self, socket):
        self.socket = socket
        self.number = next(NUMBERS)
        self.texts = []

    @classmethod
    async def open(cls, server, query="", **options):
        url = server.url + (f"?{query}" if query else "")
        options = {"max_size": None, "compression": None, "open_timeout": PATIENCE_S, "ping_interval": None,
                   "close_timeout": PATIENCE_S, "proxy": None, **options}
        return cls(await connect(url, **options))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.socket.close()

    def record(self, direction, message):
        if RECORD:
            text = message if isinstance(message, str) and len(message) < 1 << 16 else None
            RECORD.write(json.dumps([self.number, direction, text]) + "\n")

    async def send(self, message):
        message = json.dumps(message) if isinstance(message, dict) else message
        self.record(">", message)
        await self.socket.send(message)

    async def text(self):
        """The next message as it came."""
        message = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
        expect_true(isinstance(message, str), "a binary frame came from the server")
        self.record("<", message)
        return message

    async def receive(self):
        """The next message, parsed; its keys stay in order."""
        message = json.loads(await self.text())
        expect_true(isinstance(message, dict), f"{message!r} is no JSON object")
        return message

    async def chunk(self, data, seq=None):
        """Sends a chunk and returns the two replies to it, when nothing else is under way."""
        await self.send(data)
        accepted = await self.receive()
        expect(list(accepted), ["client_id", "seq", "chunk_size"], f"keys of {accepted}")
        expect(accepted["chunk_size"], len(data), "chunk_size")
        reply = await self.receive()
        expect_true("transcription" in reply, f"{reply} is no transcription")
        expect(reply["seq"], accepted["seq"], "seq of the transcription")
        if seq is not None:
            expect(accepted["seq"], seq, "seq")
        return accepted, reply

    async def error(self):
        message = await self.receive()
        expect_true(isinstance(message.get("error"), str), f"{message} is no error")
        return message

    async def still_works(self, seq):
        """The stream goes on: the next chunk is answered, with this seq, and nothing else comes before."""
        await self.chunk(b"\x00\x40" * 160, seq)

    async def closed(self):
        """The close code, when no message may come any more."""
        try:
            message = await self.text()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else None
        raise Wrong(f"{message} came instead of the close")

    async def rest(self):
        """Every message up to the close, and the close code."""
        messages = []
        while True:
            try:
                messages.append(await self.receive())
            except ConnectionClosed as end:
                return messages, end.rcvd.code if end.rcvd else None


async def request(server, method, path, headers=(), body=b""):
    """A plain HTTP request on a socket of its own: status, headers in lower case, body."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    lines = [f"{method} {path} HTTP/1.1", f"Host: {server.host}:{server.port}", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    await writer.drain()
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)).decode("latin-1").split("\r\n")
    fields = dict(line.split(":", 1) for line in head[1:] if line)
    fields = {key.strip().lower(): value.strip() for key, value in fields.items()}
    length = "0" if method == "HEAD" else fields.get("content-length")
    body = await asyncio.wait_for(reader.readexactly(int(length)) if length else reader.read(), PATIENCE_S)
    writer.close()
    return int(head[0].split(" ")[1]), fields, body


UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")


async def upgrade(server, path, headers=()):
    """An upgrade that is expected to be refused: status, headers, parsed body."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    lines = [f"GET {path} HTTP/1.1", f"Host: {server.host}:{server.port}", *UPGRADE, *headers]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    fields = {key.strip().lower(): value.strip() for key, value in (line.split(":", 1) for line in head[1:] if line)}
    body = await asyncio.wait_for(reader.readexactly(int(fields.get("content-length", 0))), PATIENCE_S)
    writer.close()
    expect_true(status != 101, f"{path} was upgraded")
    expect(fields.get("content-type"), "application/json", "content type")
    return status, fields, json.loads(body)
