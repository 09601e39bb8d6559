"""The parts of a cluster, each on a host of its own: brokers, servers, and machines of workers."""
import asyncio
import json
import os
import shutil
import signal
import subprocess
import urllib.request


class Part:
    """A program on a host, which is started again when it was ended."""

    def __init__(self, host, command, log):
        self.host, self.command, self.log = host, command, log
        self.process = None

    async def start(self):
        if self.process and self.process.returncode is None:
            return
        self.process = await asyncio.create_subprocess_exec(
            *self.host.prefix, *self.command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def pids(self):
        """Its process, then those that it started."""
        if not self.process or self.process.returncode is not None:
            return []
        return [self.process.pid, *children(self.process.pid)]

    def tell(self, number):
        for pid in self.pids():
            send(pid, number)

    async def end(self, number=signal.SIGTERM):
        if self.process and self.process.returncode is None:
            if number == signal.SIGKILL:
                send(self.process.pid, number)
            else:
                self.tell(signal.SIGCONT)
                send(self.process.pid, number)
            await self.process.wait()


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as found:
            return [int(child) for child in found.read().split()]
    except OSError:
        return []


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Cluster:
    """Some brokers, two servers, three machines of two workers."""
    gateways, machines, workers = 2, 3, 2

    def __init__(self, network, programs, folder, brokers, timeout):
        self.network, self.programs, self.folder = network, programs, folder
        self.log = open(f"{folder}/log", "wb")
        names = {
            "gateways": [f"gateway-{number + 1}" for number in range(self.gateways)],
            "workers": [f"machine-{number + 1}" for number in range(self.machines)],
        }
        hosts = [network.host(f"broker-{number + 1}") for number in range(brokers)]
        self.make_files(hosts, names)
        self.brokers = [self.broker(host, hosts) for host in hosts]
        scheme = "nats" if brokers == 1 else "tls"
        at_broker = ["--broker", ",".join(f"{scheme}://{host.address}" for host in hosts)]
        if brokers > 1:
            at_broker += ["--broker-ca", f"{folder}/authority.pem"]
        self.servers = [
            self.part(name, "audio-server", *at_broker, *self.login(name), "--workers", "0", "--host", "0.0.0.0", "--port", "8000",
                      "--worker-timeout", str(timeout), "--max-connections-per-address", "0") for name in names["gateways"]]
        self.worker_machines = [
            self.part(name, "audio-worker", *at_broker, *self.login(name), "--workers", str(self.workers))
            for name in names["workers"]]
        self.parts = self.brokers + self.worker_machines + self.servers

    def make_files(self, hosts, names):
        """Authority, certificate, users and their rights, as for a real cluster."""
        subprocess.run(
            ["packaging/cluster/secrets.sh", self.folder, "--hosts", ",".join(host.address for host in hosts),
             "--gateways", ",".join(names["gateways"]), "--workers", ",".join(names["workers"])],
            env={**os.environ, "AUDIO_SERVER": f"{self.programs}/audio-server"}, check=True)
        shutil.copy("packaging/cluster/nats.conf", self.folder)
        # The one broker is without TLS, so that workers have their connections themselves.
        with open(f"{self.folder}/plain.conf", "w") as file:
            file.write("authorization { include \"users.conf\" }\n")

    def login(self, name):
        return ["--machine", name, "--broker-credentials", f"{self.folder}/{name}.nk"]

    def part(self, name, program, *flags):
        return Part(self.network.host(name), [f"{self.programs}/{program}", "--log-level", "warning", *flags], self.log)

    def broker(self, host, hosts):
        program = os.path.abspath(".deps/broker/bin/nats-server")
        if len(hosts) == 1:
            return Part(host, [program, "--addr", host.address, "--config", f"{self.folder}/plain.conf"], self.log)
        routes = ", ".join(f"nats://{other.address}:6222" for other in hosts)
        variables = [
            f"BROKER_NAME={host.name}", f"BROKER_LISTEN={host.address}:4222", f"BROKER_CLUSTER_LISTEN={host.address}:6222",
            f"BROKER_ROUTES=[{routes}]"]
        return Part(host, ["env", "-C", self.folder, *variables, program, "--config", "nats.conf"], self.log)

    async def start(self):
        for part in self.parts:
            await part.start()
        for server in self.servers:
            for _ in range(200):
                if await asyncio.to_thread(self.workers_of, server) == self.machines * self.workers:
                    break
                await asyncio.sleep(0.1)
            else:
                raise SystemExit(f"the cluster does not get ready; its log is {self.folder}/log")

    @staticmethod
    def stats(server):
        try:
            with urllib.request.urlopen(f"http://{server.host.address}:8000/api/audio/stats", timeout=2) as answer:
                return json.load(answer)
        except OSError:
            return {}

    def workers_of(self, server):
        return sum(worker["ready"] for worker in self.stats(server).get("workers", []) if worker.get("machine"))

    async def end(self):
        for part in [*self.servers, *self.worker_machines, *self.brokers]:
            try:
                await asyncio.wait_for(part.end(), 20)
            except asyncio.TimeoutError:
                await part.end(signal.SIGKILL)
        self.log.close()
