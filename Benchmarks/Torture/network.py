"""Hosts of a network on one machine: a network namespace each, and a bridge in one of its own (elsewhere the packet filter of the
machine, Docker's for one, drops what is bridged). Needs root and `ip`."""
import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000


def obstacle():
    """The reason why there can be no namespaces here, or None."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"audio-{os.getpid()}-try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True)
    if made.returncode != 0:
        return made.stderr.strip() or "no network namespaces"
    ip("netns", "del", name)
    return None


def ip(*arguments):
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


def lack():
    """What the machine cannot do to packets: by "lose" and "slow", the reason."""
    name = f"audio-{os.getpid()}-try"
    attempts = {
        "lose": ["iptables", "-w", "-A", "INPUT", *losing(0.1)],
        "slow": ["tc", "qdisc", "add", "dev", "lo", "root", *limiting(1000, 100)],
    }
    ip("netns", "add", name)
    try:
        return {kind: reason for kind, words in attempts.items() if (reason := failure(["ip", "netns", "exec", name, *words]))}
    finally:
        ip("netns", "del", name)


def failure(command):
    done = subprocess.run(command, capture_output=True, text=True)
    return None if done.returncode == 0 else done.stderr.strip() or f"{command[4]} failed"


def losing(share):
    return ["-m", "statistic", "--mode", "random", "--probability", f"{share:.3f}", "-j", "DROP"]


def limiting(kilobits, longest_ms):
    """A rate, and how long a packet may wait for it."""
    return ["tbf", "rate", f"{kilobits}kbit", "burst", "16kb", "latency", f"{longest_ms}ms"]


class Network:
    def __init__(self):
        self.prefix = f"audio-{os.getpid()}"
        self.hub = f"{self.prefix}-hub"
        self.hosts = []
        ip("netns", "add", self.hub)
        ip("-n", self.hub, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.hub, "link", "set", "bridge", "up")

    def host(self, name):
        host = Host(self, name, len(self.hosts) + 1)
        self.hosts.append(host)
        return host

    def remove(self):
        for host in self.hosts:
            ip("netns", "del", host.namespace)
        ip("netns", "del", self.hub)


class Host:
    def __init__(self, network, name, number):
        self.network, self.name, self.port = network, name, f"port{number}"
        self.namespace = f"{network.prefix}-{name}"
        self.address = f"10.77.0.{number}"
        self.cuts = 0
        self.limits = 0
        self.deaf = {}
        ip("netns", "add", self.namespace)
        ip("-n", network.hub, "link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", self.namespace)
        ip("-n", network.hub, "link", "set", self.port, "master", "bridge", "up")
        ip("-n", self.namespace, "addr", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            ip("-n", self.namespace, "link", "set", device, "up")

    @property
    def prefix(self):
        """The words before a command that runs there."""
        return ["ip", "netns", "exec", self.namespace]

    def enter(self):
        """This thread, and what it starts, is there from now on."""
        with open(f"/var/run/netns/{self.namespace}") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise SystemExit("setns failed")

    def unplug(self):
        self.cuts += 1
        if self.cuts == 1:
            ip("-n", self.network.hub, "link", "set", self.port, "down")

    def plug(self):
        self.cuts -= 1
        if self.cuts == 0:
            ip("-n", self.network.hub, "link", "set", self.port, "up")

    def deafen(self, other):
        """Nothing passes between the two; everybody else is heard."""
        self.deaf[other] = self.deaf.get(other, 0) + 1
        if self.deaf[other] == 1:
            self.route("add", other)

    def hear(self, other):
        self.deaf[other] -= 1
        if self.deaf[other] == 0:
            self.route("del", other)

    @contextlib.contextmanager
    def losing(self, others, share):
        """A share of what is sent between it and each of the others is lost, both ways."""
        rule = losing(share)
        for other in others:
            self.filter("-A", other, rule)
            other.filter("-A", self, rule)
        yield
        for other in others:
            self.filter("-D", other, rule)
            other.filter("-D", self, rule)

    def filter(self, verb, other, rule):
        # Drops at the receiver: a sender hears of packets that are dropped before they leave.
        ip("netns", "exec", self.namespace, "iptables", "-w", verb, "INPUT", "-s", other.address, *rule)

    @contextlib.contextmanager
    def limited(self, kilobits, longest_ms):
        """What comes and what goes passes at this rate, and is lost where it would wait for longer than that."""
        self.limits += 1
        ends = [(self.namespace, "eth0"), (self.network.hub, self.port)]
        if self.limits == 1:
            for namespace, device in ends:
                ip("netns", "exec", namespace, "tc", "qdisc", "add", "dev", device, "root", *limiting(kilobits, longest_ms))
        yield
        self.limits -= 1
        if self.limits == 0:
            for namespace, device in ends:
                ip("netns", "exec", namespace, "tc", "qdisc", "del", "dev", device, "root")

    def route(self, verb, other):
        ip("-n", self.namespace, "route", verb, "blackhole", f"{other.address}/32")
        ip("-n", other.namespace, "route", verb, "blackhole", f"{self.address}/32")
