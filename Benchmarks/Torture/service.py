"""The server under test: a process that is started, and restarted on the same port."""
import asyncio
import os
import re
import signal
import urllib.request
import json


class Service:
    def __init__(self, path, workers, speech, journal=None):
        self.path = path
        self.flags = ["--workers", str(workers), "--log-level", "error", "--worker-timeout", "1"]
        if speech:
            self.flags += ["--engine", "speech"]
        if journal:
            self.flags += ["--journal", journal]
        self.port = 0
        self.replayed = 0

    async def start(self):
        for _ in range(100):
            self.process = await asyncio.create_subprocess_exec(
                self.path, "--port", str(self.port), *self.flags, stderr=asyncio.subprocess.PIPE)
            while line := (await self.process.stderr.readline()).decode():
                if found := re.search(r"listening on http://[^ ]*:(\d+)", line):
                    self.port = int(found[1])
                    self.drain = asyncio.create_task(self.read(self.process.stderr))
                    return
            await self.process.wait()
            if self.port == 0:
                break
            await asyncio.sleep(0.1)  # the port is still taken
        raise SystemExit("the server does not start")

    async def read(self, stderr):
        while await stderr.readline():
            pass

    def workers(self):
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as children:
            return [int(pid) for pid in children.read().split()]

    def count_replays(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/audio/stats", timeout=5) as answer:
                self.replayed += json.load(answer)["figures"]["replayed_total"]
        except OSError:
            pass

    async def stop(self, number=signal.SIGTERM):
        if number == signal.SIGTERM:
            await asyncio.to_thread(self.count_replays)
        os.kill(self.process.pid, number)
        return await self.process.wait()
