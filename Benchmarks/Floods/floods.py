"""Floods of audio-server, from outside with bare sockets.

`floods.py half-requests --port N` opens connections that send one byte and no more, as fast as it can.
`floods.py costs --server PATH` measures what each kind of message costs the server: CPU and held bytes per byte that a
client sends. --certificate and --key add TLS.
"""

import argparse
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

UPGRADE = (
    b"GET /api/audio/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


def frame(opcode, payload):
    """A masked frame of less than 126 bytes; the mask is 0."""
    return bytes([0x80 | opcode, 0x80 | len(payload), 0, 0, 0, 0]) + payload


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


class Server:
    def __init__(self, path, tls):
        command = [path, "--port", "0", "--log-level", "error"]
        self.process = subprocess.Popen(
            command + (["--tls-cert", tls[0], "--tls-key", tls[1]] if tls else []), stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"listening on (https?)://127.0.0.1:(\d+)", line):
                self.scheme, self.port = found[1], int(found[2])
                return
        sys.exit("the server does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port))

    def open(self):
        connection = self.connect()
        connection.sendall(UPGRADE)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        return connection

    def cpu(self):
        """Seconds of the server and its workers."""
        pids = [self.process.pid] + [int(pid) for pid in self.children()]
        fields = [open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split() for pid in pids]
        return sum(int(stat[11]) + int(stat[12]) for stat in fields) / os.sysconf("SC_CLK_TCK")

    def children(self):
        pid = self.process.pid
        return open(f"/proc/{pid}/task/{pid}/children").read().split()

    def held(self):
        context = ssl._create_unverified_context() if self.scheme == "https" else None
        address = f"{self.scheme}://127.0.0.1:{self.port}/api/audio/stats"
        with urllib.request.urlopen(address, context=context) as answer:
            return json.load(answer)["figures"]["held_bytes"]

    def resident(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10


def drain(connection):
    """Everything the server has to say by now."""
    connection.settimeout(0.3)
    try:
        while connection.recv(1 << 20):
            pass
    except TimeoutError:
        pass


def messages(server, message, count):
    """Sends one message again and again on one connection, and reads the answers now and then."""
    connection = server.open()
    for _ in range(count // 500):
        connection.sendall(500 * message)
        drain_some(connection)
    held = server.held()
    drain(connection)
    return len(message) * (count // 500) * 500, held, [connection]


def drain_some(connection):
    connection.setblocking(False)
    try:
        while connection.recv(1 << 20):
            pass
    except BlockingIOError:
        pass
    connection.settimeout(30)


def requests(server, count):
    request = b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"
    connection = server.connect()
    for _ in range(count):
        connection.sendall(request)
        connection.recv(1 << 16)
    return len(request) * count, server.held(), [connection]


def half(server, count):
    connections = []
    for _ in range(count):
        connection = server.connect()
        connection.sendall(b"G")
        connections.append(connection)
    return count, server.held(), connections


def unfinished(server, size):
    connection = server.open()
    connection.sendall(bytes([0x82, 0xFF]) + (16 << 20).to_bytes(8, "big") + bytes(4) + bytes(size))
    time.sleep(1)
    return size, server.held(), [connection]


def handshakes(server, count):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    sent, connections = 0, []
    for _ in range(count):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing)
        connection = server.connect()
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                data = outgoing.read()
                sent += len(data)
                connection.sendall(data)
                incoming.write(connection.recv(1 << 16))
        data = outgoing.read()
        sent += len(data)
        connection.sendall(data)
        connections.append(connection)
    return sent, server.held(), connections


def costs(path, tls):
    kinds = [
        ("HTTP request (/metrics)", None, lambda server: requests(server, 5000)),
        ("half HTTP request", None, lambda server: half(server, 2000)),
        ("unfinished message", None, lambda server: unfinished(server, 12 << 20)),
        ("chunk of 1 byte", None, lambda server: messages(server, frame(2, b"x"), 100_000)),
        ("chunk of 100 bytes", None, lambda server: messages(server, frame(2, bytes(100)), 50_000)),
        ("flush", None, lambda server: messages(server, frame(2, b"xx") + frame(1, b'{"type":"flush"}'), 50_000)),
        ("start", None, lambda server: messages(server, frame(1, b'{"type":"start"}'), 50_000)),
    ]
    if tls:
        kinds.insert(0, ("TLS handshake", tls, lambda server: handshakes(server, 1000)))
    print("| kind | CPU ns per byte sent | held bytes per byte sent | resident bytes per byte sent |")
    print("|---|---:|---:|---:|")
    for name, files, attack in kinds:
        server = Server(path, files)
        time.sleep(0.5)
        before, resident = server.cpu(), server.resident()
        sent, held, connections = attack(server)
        # The heartbeats' share is below a hundredth.
        cpu, grown = server.cpu() - before, max(0, server.resident() - resident)
        print(f"| {name} | {cpu * 1e9 / sent:.0f} | {held / sent:.2f} | {grown / sent:.2f} |", flush=True)
        for connection in connections:
            connection.close()
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["half-requests", "costs"])
    parser.add_argument("--port", type=int)
    parser.add_argument("--source", default="127.0.0.1", help="the address that half requests come from")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--kept", type=int, default=5000, help="half requests kept open at most")
    parser.add_argument("--server", default=".build/release/audio-server")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    arguments = parser.parse_args()
    if arguments.what == "half-requests":
        half_requests(arguments.port, arguments.source, arguments.seconds, arguments.kept)
    else:
        costs(arguments.server, (arguments.certificate, arguments.key) if arguments.certificate else None)


main()
