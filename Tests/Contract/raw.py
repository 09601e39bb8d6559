"""A client that does what it is told and nothing by itself: bytes on a socket, or on TLS."""
import asyncio
import json
import os
import socket
import ssl
import struct

from peer import PATH, PATIENCE_S, Wrong, expect, expect_true

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def frame(opcode, payload=b"", *, fin=True, reserved=0, masked=True, length=None, width=None):
    """A frame with any header: `length` is what it claims, `width` the bytes it claims it in (0, 2 or 8)."""
    length = len(payload) if length is None else length
    width = (0 if length < 126 else 2 if length < 65536 else 8) if width is None else width
    short = {0: length, 2: 126, 8: 127}[width]
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode, (0x80 if masked else 0) | short])
    head += {0: b"", 2: struct.pack(">H", length & 0xFFFF), 8: struct.pack(">Q", length)}[width]
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


class Raw:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer

    @classmethod
    async def open(cls, server, *, tls=None, receive_buffer=None):
        """`tls`: whether to speak it; the server's own way if not said."""
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.setblocking(False)
        connection.bind((server.source, 0))
        await asyncio.get_running_loop().sock_connect(connection, (server.host, server.port))
        options = {}
        if server.ca if tls is None else tls:
            options = {"ssl": ssl.create_default_context(cafile=server.ca), "server_hostname": server.host}
        return cls(server, *await asyncio.open_connection(sock=connection, limit=1 << 16, **options))

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        self.writer.transport.abort()

    async def send(self, data):
        self.writer.write(data.encode() if isinstance(data, str) else data)
        await asyncio.wait_for(self.writer.drain(), PATIENCE_S)

    async def read(self, count):
        return await asyncio.wait_for(self.reader.readexactly(count), PATIENCE_S)

    async def some(self):
        return await asyncio.wait_for(self.reader.read(1 << 16), PATIENCE_S)

    async def rest(self):
        """Everything up to the end, which must come; a reset is an end too."""
        data = b""
        try:
            while piece := await self.some():
                data += piece
        except (ConnectionError, ssl.SSLError):
            pass
        return data

    async def answer(self):
        """A whole HTTP answer: status, headers, body."""
        try:
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        except asyncio.IncompleteReadError as end:
            raise Wrong(f"no answer but {end.partial[:80]!r}, then the end") from end
        lines = head.decode("latin-1").split("\r\n")
        fields = {key.strip().lower(): value.strip() for key, value in (line.split(":", 1) for line in lines[1:] if line)}
        return int(lines[0].split(" ")[1]), fields, await self.read(int(fields.get("content-length", 0)))

    def handshake(self, path=PATH, *, version="13", key=KEY, token=True, headers=(), protocol="HTTP/1.1"):
        """The text of an upgrade, with a token the server knows; `None` leaves a header out."""
        lines = [f"GET {path} {protocol}", f"Host: {self.server.host}:{self.server.port}", "Upgrade: websocket",
                 "Connection: Upgrade", *headers]
        if version is not None:
            lines.append(f"Sec-WebSocket-Version: {version}")
        if key is not None:
            lines.append(f"Sec-WebSocket-Key: {key}")
        if token and self.server.token:
            lines.append(f"Authorization: Bearer {self.server.token}")
        return "\r\n".join(lines) + "\r\n\r\n"

    @classmethod
    async def upgraded(cls, server, **options):
        raw = await cls.open(server, **options)
        await raw.send(raw.handshake())
        status, _, body = await raw.answer()
        expect((status, body), (101, b""), "answer to a proper upgrade")
        return raw

    async def message(self):
        """The next frame of the server's: opcode and payload."""
        head = await self.read(2)
        expect_true(head[0] & 0x70 == 0 and head[1] & 0x80 == 0, f"a server's frame begins {head.hex()}")
        length = head[1] & 0x7F
        if length == 126:
            length = struct.unpack(">H", await self.read(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", await self.read(8))[0]
        return head[0] & 0x0F, await self.read(length)

    async def closed(self, code, answers=True):
        """The close, which comes next but for texts and pongs, is answered; then the end. The texts before it."""
        texts = []
        while True:
            try:
                opcode, payload = await self.message()
            except (asyncio.IncompleteReadError, ConnectionResetError) as end:
                raise Wrong(f"cut without a close after {texts}") from end
            if opcode == 8:
                expect(struct.unpack(">H", payload[:2])[0] if payload else None, code, f"close code ({payload[2:]})")
                if answers:
                    self.writer.write(frame(8, payload))
                await self.rest()
                return texts
            if opcode == 1:
                texts.append(json.loads(payload))

    async def chunk(self, data=bytes(320)):
        await self.send(frame(2, data))
        for _ in range(2):
            opcode, payload = await self.message()
            expect(opcode, 1, f"opcode of {payload[:80]}")
        return json.loads(payload)


async def still_serves(server):
    """Health is answered, and a new stream works."""
    async with await Raw.open(server) as raw:
        await raw.send(f"GET /api/audio/health HTTP/1.1\r\nHost: {server.host}\r\n\r\n")
        status, _, body = await raw.answer()
        expect((status, body), (200, b'{"status":"ok"}'), "health")
    async with await Raw.upgraded(server) as raw:
        expect((await raw.chunk())["seq"], 1, "seq of a chunk")
