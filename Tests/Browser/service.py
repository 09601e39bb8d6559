"""The real server for the cases, and a cable to it that can be cut."""
import asyncio
import json
import os
import re
import signal
import socket
import struct
import urllib.request

from tab import PATIENCE_S, Wrong

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEECH = os.environ.get("AUDIO_SPEECH_HOME", f"{REPOSITORY}/.deps/speech")
HAS_SPEECH = os.path.exists(f"{SPEECH}/complete")


class Server:
    """audio-server on a port that stays its own when it is killed and started again."""

    def __init__(self, programs, *flags, scheme="http"):
        self.program, self.flags, self.scheme, self.port = f"{programs}/audio-server", flags, scheme, 0
        self.process, self.lines = None, []

    @property
    def origin(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def start(self):
        # A worker that a busy machine starves is not taken for one that hangs.
        environment = {"AUDIO_WORKER_TIMEOUT": "10", "AUDIO_SPEECH_HOME": SPEECH, **{
            name: value for name, value in os.environ.items() if not name.startswith("AUDIO_")}}
        self.process = await asyncio.create_subprocess_exec(
            self.program, "--port", str(self.port), *self.flags, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE, env=environment)
        listening = asyncio.get_running_loop().create_future()
        self.reader = asyncio.create_task(self.read(self.process.stderr, listening))
        self.port = await asyncio.wait_for(listening, PATIENCE_S)
        return self

    async def read(self, stream, listening):
        async for line in stream:
            self.lines.append(line.decode(errors="replace").rstrip())
            found = re.search(r"listening on https?://[^ ]*:(\d+)", self.lines[-1])
            if found and not listening.done():
                listening.set_result(int(found[1]))
        if not listening.done():
            listening.set_exception(Wrong("audio-server ended: " + "\n".join(self.lines[-5:])))

    async def end(self, number=signal.SIGTERM):
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)
        await asyncio.wait_for(self.process.wait(), PATIENCE_S)

    async def restart(self):
        """As after a crash: nothing is said to anyone."""
        await self.end(signal.SIGKILL)
        await self.start()

    async def get(self, path, **headers):
        def ask():
            request = urllib.request.Request(self.origin + path, headers=headers)
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
                return json.load(answer)
        return await asyncio.to_thread(ask)

    async def figure(self, name):
        return (await self.get("/api/audio/stats"))["figures"][name]


class Cable:
    """Passes connections to a server, and can be cut, pulled out, or held."""

    def __init__(self, server):
        self.server, self.writers, self.port = server, set(), 0
        self.flows = asyncio.Event()
        self.flows.set()

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    async def plug(self):
        self.listener = await asyncio.start_server(self.connected, "127.0.0.1", self.port)
        self.port = self.listener.sockets[0].getsockname()[1]
        return self

    async def connected(self, reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        except OSError:
            self.reset(writer)
            return
        pair = {writer, far_writer}
        self.writers |= pair
        await asyncio.gather(self.pass_on(reader, far_writer), self.pass_on(far_reader, writer))
        self.writers -= pair
        for one in pair:
            one.close()

    async def pass_on(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            self.reset(writer)

    @staticmethod
    def reset(writer):
        """Ends it with RST: nothing was said."""
        raw = writer.get_extra_info("socket")
        if raw and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    def cut(self):
        for writer in list(self.writers):
            self.reset(writer)

    async def pull(self):
        """No connection, and none can be made until `plug`."""
        self.listener.close()
        self.cut()

    def hold(self):
        """Connections stay and carry nothing until `release`."""
        self.flows.clear()

    def release(self):
        self.flows.set()
