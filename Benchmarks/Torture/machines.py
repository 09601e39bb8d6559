"""The parts of a cluster, each on a host of its own: brokers, servers, machines of workers, and a balancer."""
import asyncio
import json
import os
import shutil
import signal
import subprocess
import urllib.request

# Words that come late after a fault are no reason to refuse the next stream.
LONGEST_DELAY_S = 300


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

    async def end(self, number=signal.SIGTERM):
        if self.process and self.process.returncode is None:
            if number == signal.SIGKILL:
                send(self.process.pid, number)
            else:
                for pid in self.pids():
                    send(pid, signal.SIGCONT)
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
    """Some brokers, servers behind HAProxy, and machines of workers."""

    def __init__(self, network, options, folder, gateways=2, machines=3, workers=2, flags=()):
        self.network, self.programs, self.folder, self.workers = network, options.programs, folder, workers
        self.log = open(f"{folder}/log", "wb")
        gateway_names = [f"gateway-{number + 1}" for number in range(gateways)]
        machine_names = [f"machine-{number + 1}" for number in range(machines)]
        hosts = [network.host(f"broker-{number + 1}") for number in range(options.brokers)]
        self.make_files(hosts, gateway_names, machine_names)
        self.loops = options.loops
        self.brokers = [self.broker(host, hosts) for host in hosts]
        # The one broker is without TLS, so that workers have their connections themselves.
        scheme = "nats" if len(hosts) == 1 else "tls"
        self.at_broker = ["--broker", ",".join(f"{scheme}://{host.address}" for host in hosts)]
        if len(hosts) > 1:
            self.at_broker += ["--broker-ca", f"{folder}/authority.pem"]
        front = network.host("balancer")
        self.servers = [
            self.part(name, "audio-server", *self.login(name), "--workers", "0", "--host", "0.0.0.0", "--port", "8000",
                      "--loops", str(self.loops), "--engine", options.engine, "--worker-timeout", "1",
                      "--max-connections-per-address", "0",
                      "--trusted-proxy", front.address, "--max-final-delay", str(LONGEST_DELAY_S)) for name in gateway_names]
        self.worker_machines = [
            self.part(name, "audio-worker", *self.login(name), "--workers", str(workers), "--engines", options.engine, *flags)
            for name in machine_names]
        self.balancer = self.haproxy(front)
        self.url = f"ws://{front.address}:8000/api/audio/ws"
        self.idle = set()  # machines that are not there for now

    def make_files(self, hosts, gateways, machines):
        """Authority, certificate, users and their rights, as for a real cluster."""
        subprocess.run(
            ["packaging/cluster/secrets.sh", self.folder, "--hosts", ",".join(host.address for host in hosts),
             "--gateways", ",".join(gateways), "--workers", ",".join(machines)],
            env={**os.environ, "AUDIO_SERVER": f"{self.programs}/audio-server"}, check=True)
        shutil.copy("packaging/cluster/nats.conf", self.folder)
        with open(f"{self.folder}/plain.conf", "w") as file:
            file.write("authorization { include \"users.conf\" }\n")
            file.write("jetstream { store_dir: $BROKER_STORE, sync_interval: always }\n")

    def login(self, name):
        return [*self.at_broker, "--machine", name, "--broker-credentials", f"{self.folder}/{name}.nk"]

    def part(self, name, program, *flags):
        return Part(self.network.host(name), [f"{self.programs}/{program}", "--log-level", "info", *flags], self.log)

    def broker(self, host, hosts):
        routes = ", ".join(f"nats://{other.address}:6222" for other in hosts)
        variables = [
            f"BROKER_NAME={host.name}", f"BROKER_LISTEN={host.address}:4222", f"BROKER_CLUSTER_LISTEN={host.address}:6222",
            f"BROKER_ROUTES=[{routes}]", f"BROKER_STORE={self.folder}/{host.name}"]
        command = [os.path.abspath(".deps/broker/bin/nats-server")]
        command += ["--addr", host.address, "--config", "plain.conf"] if len(hosts) == 1 else ["--config", "nats.conf"]
        return Part(host, ["env", "-C", self.folder, *variables, *command], self.log)

    def haproxy(self, host):
        own = os.path.abspath(".deps/proxies")
        program = shutil.which("haproxy") or f"{own}/usr/sbin/haproxy"
        if not os.path.exists(program):
            raise SystemExit("no haproxy: run Scripts/setup-proxies")
        with open("packaging/cluster/haproxy.cfg") as file:
            configuration = file.read()
        # That one has two.
        further = [f"    server {server.host.name} {server.host.address}:8000\n" for server in self.servers[2:]]
        with open(f"{self.folder}/haproxy.cfg", "w") as file:
            file.write(configuration + "".join(further))
        one, two = (f"{server.host.address}:8000" for server in self.servers[:2])
        variables = [
            f"LD_LIBRARY_PATH={own}/usr/lib/{os.uname().machine}-linux-gnu", f"HAPROXY_LISTEN={host.address}:8000",
            "HAPROXY_CHECK_TOKEN=", f"SERVER_ONE={one}", f"SERVER_TWO={two}"]
        return Part(host, ["env", *variables, program, "-db", "-f", f"{self.folder}/haproxy.cfg"], self.log)

    async def start(self):
        for broker in self.brokers:
            await broker.start()
        await self.make_directory()
        for part in [*self.worker_machines, *self.servers, self.balancer]:
            if part not in self.idle:
                await part.start()
        for _ in range(200):
            lack = await asyncio.to_thread(self.lack)
            if not lack and await asyncio.to_thread(self.is_ready, self.balancer):
                return
            await asyncio.sleep(0.1)
        raise SystemExit(f"the cluster does not get ready: {lack or 'no balancer'}; its log is {self.folder}/log")

    async def make_directory(self):
        """The brokers' record of the sessions."""
        administrator = f"{self.folder}/admin.nk"
        if not os.path.exists(administrator):
            return
        maker = await asyncio.create_subprocess_exec(
            f"{self.programs}/audio-server", "broker", "init", "--replicas", str(len(self.brokers)), *self.at_broker,
            "--broker-credentials", administrator, stdout=self.log, stderr=self.log)
        if await maker.wait() != 0:
            raise SystemExit(f"there can be no directory of sessions; the log is {self.folder}/log")

    def lack(self):
        """What is not there, in words, or None."""
        expected = (len(self.worker_machines) - len(self.idle)) * self.workers * self.loops
        for server in self.servers:
            if not self.is_ready(server):
                return f"{server.host.name} is not ready"
            if (count := len(self.workers_of(server))) != expected:
                return f"{server.host.name} has {count} of {expected} workers"
        return None

    @staticmethod
    def get(part, path):
        try:
            with urllib.request.urlopen(f"http://{part.host.address}:8000/api/audio/{path}", timeout=2) as answer:
                return json.load(answer)
        except OSError:
            return None

    def is_ready(self, part):
        return self.get(part, "ready") is not None

    def workers_of(self, server):
        """Those that it can use."""
        workers = (self.get(server, "stats") or {}).get("workers", [])
        return [worker for worker in workers if worker["ready"] and worker.get("machine")]

    def sessions_beside(self, server, machine):
        """The numbers of the clients whose streams have another server or another machine."""
        numbers = set()
        for other in self.servers:
            machines = {worker["worker"]: worker["machine"] for worker in self.workers_of(other)}
            for stream in self.streams_of(other):
                if other is not server or machines.get(stream["worker"], machine.host.name) != machine.host.name:
                    numbers.add(stream["client_id"])
        return numbers

    @staticmethod
    def streams_of(server):
        """Its sessions, which it tells its own machine only."""
        command = [*server.host.prefix, "curl", "--silent", "--max-time", "2", "http://localhost:8000/api/audio/streams?limit=1000"]
        answer = subprocess.run(command, stdout=subprocess.PIPE).stdout
        return json.loads(answer)["streams"] if answer else []

    async def end(self):
        for part in [self.balancer, *self.servers, *self.worker_machines, *self.brokers]:
            try:
                await asyncio.wait_for(part.end(), 20)
            except asyncio.TimeoutError:
                await part.end(signal.SIGKILL)
        self.log.close()
