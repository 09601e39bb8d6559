"""What connections cost in memory: many that say nothing, and many that stream, each against a server of its own.

    python memory.py --server audio-server --client audio-client

Prints a table: what the server and its worker have in RAM before, with the connections, and of that for each connection. The kernel's
own buffers are in neither.
"""
import argparse
import asyncio
import re
import resource
import subprocess
import sys
import time

UPGRADE = ("GET /api/audio/ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
CHUNK = bytes([0x82, 0x84, 0, 0, 0, 0, 1, 2, 3, 4])  # a masked binary message
AT_ONCE = 256  # connections being made


class Server:
    def __init__(self, path):
        self.process = subprocess.Popen([path, "--port", "0", "--log-level", "error", "--idle-timeout", "600"],
                                        stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stderr:
            said += line
            if match := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                self.port = int(match[1])
                time.sleep(1)  # what starting up took is given back
                self.before = self.memory()
                return
        sys.exit(f"the server does not start: {said}")

    def memory(self, key="VmRSS"):
        """KiB of the server, and of its workers."""
        def of(pid):
            with open(f"/proc/{pid}/status") as status:
                return int(re.search(rf"{key}:\s+(\d+) kB", status.read())[1])
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            return of(self.process.pid), sum(of(pid) for pid in children.read().split())

    def tell(self, what, connections):
        most = self.memory("VmHWM")
        server, worker = self.before
        print(f"{what:<34} {server / 1024:8.1f} {most[0] / 1024:8.1f} {(most[0] - server) / connections:8.1f}   "
              f"{worker / 1024:8.1f} {most[1] / 1024:8.1f} {(most[1] - worker) / connections:8.1f}", flush=True)

    def stop(self):
        self.process.terminate()
        if self.process.wait() != 0:
            sys.exit("the server did not end well")


async def idle(server, count):
    async def one():
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4096)
            writer.write(UPGRADE.format(port=server.port).encode())
            if not (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 "):
                sys.exit("a connection was refused")
            return reader, writer

    gate = asyncio.Semaphore(AT_ONCE)
    connections = await asyncio.gather(*(one() for _ in range(count)))
    await asyncio.sleep(3)
    server.tell(f"{count:,} idle", count)
    for reader, writer in connections[::100]:  # they are served all the same
        writer.write(CHUNK)
        await reader.readuntil(b'"segment":1}')
    for _, writer in connections:
        writer.transport.abort()
    await asyncio.sleep(1)


def streaming(server, client, count, seconds):
    load = subprocess.run(
        [client, "simulate", "--clients", str(count), "--messages", str(seconds * 10), "--rate-ms", "100", "--chunk-bytes", "3200",
         "--url", f"ws://127.0.0.1:{server.port}/api/audio/ws"], capture_output=True, text=True)
    server.tell(f"{count:,} streaming for {seconds} s", count)
    print(load.stdout.strip())
    if load.returncode != 0:
        sys.exit(load.stderr)


def main(options):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    print(f"{'':<34} {'server':>8} {'most':>8} {'each':>8}   {'worker':>8} {'most':>8} {'each':>8}\n"
          f"{'':<34} {'MiB':>8} {'MiB':>8} {'KiB':>8}   {'MiB':>8} {'MiB':>8} {'KiB':>8}")
    server = Server(options.server)
    asyncio.run(idle(server, options.idle))
    server.stop()
    server = Server(options.server)
    streaming(server, options.client, options.streaming, options.seconds)
    server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True, help="the program")
    parser.add_argument("--client", required=True, help="the program")
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--streaming", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=20, help="how long they stream")
    main(parser.parse_args())
