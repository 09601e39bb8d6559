"""The candidates: the service, the least that can do its work, and the design it replaces in both forms."""
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace

BASELINE_PYTHON = ".deps/baseline/bin/python"
SERVICE = ".build/release/audio-server"
LIMIT = ".build/release/Limit"


class NotMeasured(Exception):
    """A server that does not start, or a generator without output."""


@dataclass(frozen=True)
class Candidate:
    name: str
    command: tuple
    # How it comes to be there.
    origin: str = ""
    takes_workers: bool = False
    has_tls: bool = False

    @property
    def is_there(self):
        return os.access(self.command[0], os.X_OK)

    def start(self, cores, workers=1, loops=1):
        """Starts it on these cores; it is healthy when this returns."""
        extra = ("--workers", str(workers), "--loops", str(loops)) if self.takes_workers else ()
        return Running(self.command + extra, cores, self.has_tls)

    @contextmanager
    def over_tls(self):
        """The same with a certificate of its own, which ends with the `with`; only the service can."""
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", "/CN=127.0.0.1", "-days", "2", "-keyout", key, "-out", certificate],
                check=True, stderr=subprocess.DEVNULL)
            flags = ("--tls-cert", certificate, "--tls-key", key)
            yield replace(self, name=f"{self.name} over wss", command=self.command + flags, has_tls=True)


def candidates():
    baseline = (BASELINE_PYTHON, "-B", "Benchmarks/Baseline/baseline.py")
    return [
        Candidate("service", (SERVICE,), "swift build -c release", takes_workers=True),
        Candidate("limit", (LIMIT,), "Scripts/bench"),
        Candidate("baseline", baseline, "Scripts/setup --bench"),
        Candidate("tuned", baseline + ("--batched",), "Scripts/setup --bench"),
    ]


class Running:
    """One of them, running until the end of a `with`."""

    def __init__(self, command, cores, has_tls):
        self.port = free_port()
        self.tls = ssl._create_unverified_context() if has_tls else None
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, preexec_fn=lambda: os.sched_setaffinity(0, cores))
        while not self.is_healthy():
            if self.process.poll() is not None or time.monotonic() > begin + 20:
                self.process.kill()
                self.process.wait()
                raise NotMeasured(f"{' '.join(command)} did not become healthy")
            time.sleep(0.001)
        self.start_seconds = time.monotonic() - begin
        self.url = f"{'wss' if has_tls else 'ws'}://127.0.0.1:{self.port}/api/audio/ws"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        children = self.children()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            # The baseline is overwhelmed at times; what it leaves unfinished does not matter.
            for child in children:
                os.kill(child, signal.SIGKILL)
            self.process.kill()
            self.process.wait()

    def is_healthy(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                if self.tls:
                    connection = self.tls.wrap_socket(connection)
                connection.sendall(b"GET /api/audio/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                answer = b""
                while part := connection.recv(4096):
                    answer += part
                return answer.startswith(b"HTTP/1.1 200") and answer.endswith(b'{"status":"ok"}')
        except OSError:
            return False

    def children(self):
        found = []
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{thread}/children") as children:
                found += [int(child) for child in children.read().split()]
        return found

    @property
    def pids(self):
        """The server's own comes first."""
        return [self.process.pid, *self.children()]

    def move_workers(self, cores):
        for child in self.children():
            for thread in os.listdir(f"/proc/{child}/task"):
                os.sched_setaffinity(int(thread), cores)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
