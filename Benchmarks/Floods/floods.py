"""Floods of audio-server, from outside with bare sockets.

`floods.py half-requests --port N` opens connections that send one byte and no more, as fast as it can.
`floods.py costs --server PATH` measures what each kind of message costs the server (Scripts/bench-floods): its CPU and
the bytes it holds, for each byte that a client sends.
"""

import argparse
import json
import re
import resource
import select
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

UPGRADE = (
    "GET /api/audio/ws{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
STOP = b'{"type":"stop"}'
CLOSED = b"\x88\x02\x03\xe8"


def frame(opcode, payload):
    """A masked frame; the mask is 0."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def half_requests(port, source, seconds, kept):
    """Keeps the newest connections open, so that the server and not this program decides which ones end."""
    connections, opened, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        connection = socket.socket()
        try:
            connection.bind((source, 0))
            connection.settimeout(1)
            connection.connect(("127.0.0.1", port))
            connection.send(b"G")
        except OSError:
            connection.close()
            continue
        connections.append(connection)
        opened += 1
        if len(connections) > kept:
            connections.pop(0).close()
    print(f"{opened / seconds:.0f} half requests a second")


def certificate(folder):
    """A certificate of P-256 and its key."""
    names = [f"{folder}/cert.pem", f"{folder}/key.pem"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-out", names[0], "-keyout", names[1]], check=True, capture_output=True)
    return names


class Server:
    def __init__(self, path, flags):
        self.process = subprocess.Popen(
            [path, "--port", "0", "--log-level", "error", "--handshake-timeout", "60"] + flags,
            stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stderr:
            said += line
            if found := re.search(r"listening on (https?)://127\.0\.0\.1:(\d+)", line):
                self.scheme, self.port = found[1], int(found[2])
                time.sleep(0.5)  # what starting up took is over
                return
        sys.exit(f"the server does not start: it ended with {self.process.wait()}: {said}")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def connect(self, receive_bytes=None):
        connection = socket.socket()
        if receive_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def open(self, query="", receive_bytes=None):
        """A stream."""
        connection = self.connect(receive_bytes)
        connection.sendall(UPGRADE.format(query=query).encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        if not head.startswith(b"HTTP/1.1 101 "):
            sys.exit(f"a stream is refused: {head}")
        return connection

    def cpu(self):
        """Seconds of the server and its workers."""
        pid = self.process.pid
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
        # clock_getcpuclockid(3) makes a process's clock so.
        return sum(time.clock_gettime((~int(pid) << 3) | 2) for pid in [pid] + children)

    def get(self, path):
        context = ssl._create_unverified_context() if self.scheme == "https" else None
        with urllib.request.urlopen(f"{self.scheme}://127.0.0.1:{self.port}{path}", context=context) as answer:
            return json.load(answer)

    def held(self):
        return self.get("/api/audio/stats")["figures"]["held_bytes"]

    def resident(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10


class Cost:
    """Of one kind: bytes sent, seconds of CPU, held bytes, each for one."""

    def __init__(self, sent, cpu, held, resident=0):
        self.sent, self.cpu, self.held, self.resident = sent, cpu, held, resident


def pump(connection, data):
    """Sends it all, and reads what comes meanwhile."""
    connection.setblocking(False)
    rest = memoryview(data)
    while rest:
        readable, writable, _ = select.select([connection], [connection], [])
        if readable:
            connection.recv(1 << 20)
        if writable:
            rest = rest[connection.send(rest[:1 << 16]):]
    connection.setblocking(True)


def most_held(server, query, first, message):
    """Held bytes for each byte sent, at the moment when that is most, of a client that reads nothing."""
    connection = server.open(query, receive_bytes=4096)
    connection.sendall(first)
    time.sleep(0.2)
    sent, most, before = len(first), 0, server.held()
    connection.settimeout(1)
    for size in (1 << power for power in range(10, 21)):
        batch = max(1, size // len(message)) * message
        try:
            connection.sendall(batch)
        except TimeoutError:
            break
        sent += len(batch)
        time.sleep(0.05)
        most = max(most, (server.held() - before) / sent)
    connection.close()
    return most


def messages(server, message, count, query="", first=b""):
    """One message again and again on one stream whose replies are read; CPU until all is answered."""
    held = most_held(server, query, first, message)
    time.sleep(0.5)
    before = server.cpu()
    connection = server.open(query)
    pump(connection, first + count * message + frame(1, STOP))
    tail = b""
    while not tail.endswith(CLOSED):
        tail = (tail + connection.recv(1 << 20))[-len(CLOSED):]
    cpu = server.cpu() - before
    connection.close()
    return Cost(len(message), cpu / count, held * len(message))


def recorded(server, chunks):
    """Real speech, once."""
    cost = messages(server, b"".join(chunks), 1)
    return Cost(cost.sent / len(chunks), cost.cpu / len(chunks), cost.held / len(chunks))


def requests(server, path, count):
    request = f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    connection, before = server.connect(), server.cpu()
    for _ in range(count):
        connection.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += connection.recv(1 << 16)
        left = end + 4 + int(re.search(rb"(?i)content-length: (\d+)", answer)[1]) - len(answer)
        while left > 0:
            left -= len(connection.recv(left))
    cpu = server.cpu() - before
    connection.close()
    return Cost(len(request), cpu / count, 0)


def many(server, one, count):
    """Connections that stay open: `one` makes one, and returns it with the bytes that were sent."""
    kept = [one()[0] for _ in range(200)]  # the server's own tables and pools have grown
    time.sleep(0.5)
    cpu, held, resident, sent = server.cpu(), server.held(), server.resident(), 0
    for _ in range(count):
        connection, bytes_sent = one()
        kept.append(connection)
        sent += bytes_sent
    cpu = server.cpu() - cpu
    time.sleep(0.5)
    grown = server.resident() - resident
    cost = Cost(sent / count, cpu / count, max(0, server.held() - held) / count, grown / count)
    for connection in kept:
        connection.close()
    return cost


def half(server):
    connection = server.connect()
    connection.sendall(b"G")
    return connection, 1


def upgraded(server):
    return server.open(), len(UPGRADE.format(query=""))


def unfinished(server, size):
    before, connection, cpu = server.held(), server.open(), server.cpu()
    connection.sendall(bytes([0x82, 0xFF]) + (16 << 20).to_bytes(8, "big") + bytes(4) + bytes(size))
    time.sleep(1)
    cost = Cost(size, server.cpu() - cpu, server.held() - before)
    connection.close()
    return cost


class TLSClient:
    """Counts the bytes it sends."""
    context = ssl._create_unverified_context()

    def __init__(self, server):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing)
        self.connection, self.sent = server.connect(), 0
        self.do(self.tls.do_handshake)

    def do(self, step):
        while True:
            try:
                result = step()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                self.incoming.write(self.connection.recv(1 << 16))

    def flush(self):
        data = self.outgoing.read()
        self.sent += len(data)
        self.connection.sendall(data)

    def upgrade(self):
        self.do(lambda: self.tls.write(UPGRADE.format(query="").encode()))
        self.do(lambda: self.tls.read(1 << 16))
        return self


def handshake(server):
    client = TLSClient(server)
    return client.connection, client.sent


def secure_stream(server, more=b""):
    client = TLSClient(server).upgrade()
    client.connection.sendall(more)
    return client.connection, client.sent + len(more)


def kinds(tls, recording):
    """The name of each, the flags of its server, and how it is measured."""
    byte, short = frame(2, b"x"), frame(2, bytes(100))
    start, flush = frame(1, b'{"type":"start"}'), frame(1, b'{"type":"flush"}')
    record = b"\x17\x03\x03\x40\x11" + bytes(8 << 10)  # of 16 KiB
    tenth, speech = frame(2, bytes(3200)), ["--engine", "speech"]
    sound = [frame(2, recording[place:place + 3200]) for place in range(0, len(recording) - 3199, 3200)]
    return [
        ("TLS handshake", tls, lambda server: many(server, lambda: handshake(server), 1000)),
        ("TLS handshake, upgrade", tls, lambda server: many(server, lambda: secure_stream(server), 1000)),
        ("TLS handshake, upgrade, half a record", tls,
         lambda server: many(server, lambda: secure_stream(server, record), 1000)),
        ("upgrade without TLS", [], lambda server: many(server, lambda: upgraded(server), 1000)),
        ("half an HTTP request", [], lambda server: many(server, lambda: half(server), 1000)),
        ("HTTP request (health)", [], lambda server: requests(server, "/api/audio/health", 10_000)),
        ("HTTP request (metrics)", [], lambda server: requests(server, "/metrics", 3000)),
        ("unfinished message", [], lambda server: unfinished(server, 12 << 20)),
        ("chunk, 1 byte", [], lambda server: messages(server, byte, 50_000)),
        ("chunk, 100 bytes", [], lambda server: messages(server, short, 50_000)),
        ("chunk, 3,200 bytes", [], lambda server: messages(server, tenth, 20_000)),
        ("chunk, 1 byte, `speech`", speech, lambda server: messages(server, byte, 20_000)),
        ("chunk, 3,200 bytes of silence, `speech`", speech, lambda server: messages(server, tenth, 1000)),
        ("chunk, 3,200 bytes of speech, `speech`", speech, lambda server: recorded(server, sound)),
        ("`flush` after the same chunk", [], lambda server: messages(server, flush, 50_000, first=byte)),
        ("`flush` after the same chunk, `speech`", speech, lambda server: messages(server, flush, 50_000, first=tenth)),
        ("`flush` after each chunk of 1 byte", [], lambda server: messages(server, byte + flush, 20_000)),
        ("`flush` after each chunk of 1 byte, `speech`", speech, lambda server: messages(server, byte + flush, 2000)),
        ("`start`", [], lambda server: messages(server, start, 50_000)),
    ]


def costs(path, recording, turns, only):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print("| kind | bytes sent | CPU, µs | CPU, ns per byte | held bytes per byte | resident, KiB |")
    print("|---|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder, open(recording, "rb") as file:
        tls = [f"--tls-{name}={value}" for name, value in zip(["cert", "key"], certificate(folder))]
        for name, flags, measure in kinds(tls, file.read()[44:]):
            if only and only not in name:
                continue
            measured = []
            for _ in range(turns):
                server = Server(path, flags)
                measured.append(measure(server))
                server.stop()
            cost = Cost(*(statistics.median(getattr(one, key) for one in measured)
                          for key in ["sent", "cpu", "held", "resident"]))
            resident = f"{cost.resident / 1024:,.1f}" if cost.resident else ""
            print(f"| {name} | {cost.sent:,.0f} | {cost.cpu * 1e6:,.0f} | {cost.cpu * 1e9 / cost.sent:,.0f} "
                  f"| {cost.held / cost.sent:,.1f} | {resident} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["half-requests", "costs"])
    parser.add_argument("--port", type=int)
    parser.add_argument("--source", default="127.0.0.1", help="the address that half requests come from")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--kept", type=int, default=5000, help="half requests kept open at most")
    parser.add_argument("--server", default=".build/release/audio-server")
    parser.add_argument("--recording", default="Assets/speech.wav")
    parser.add_argument("--turns", type=int, default=3, help="the median of so many is printed")
    parser.add_argument("--only", help="kinds whose name contains this")
    arguments = parser.parse_args()
    if arguments.what == "half-requests":
        half_requests(arguments.port, arguments.source, arguments.seconds, arguments.kept)
    else:
        costs(arguments.server, arguments.recording, arguments.turns, arguments.only)


if __name__ == "__main__":
    main()
