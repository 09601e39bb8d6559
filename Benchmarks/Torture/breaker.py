"""The faults of a cluster."""
import asyncio
import signal
import time

from machines import send

LONG_S = 12  # in which the balancer or the server itself ends what a server that stands or hears no broker has
OVERLAPPING_S = 4  # the same where faults overlap: else most of the time no server would be left


class Breaker:
    """Causes faults of these kinds in turn, shuffled by the seed."""
    kinds = [
        "kill worker", "stop worker",
        "kill machine", "stop machine", "unplug machine", "deafen machine", "leave machine",
        "kill broker", "stop broker", "unplug broker", "end broker",
        "kill gateway", "kill gateway for long", "stop gateway", "unplug gateway", "deafen gateway", "end gateway",
        "kill balancer", "stop balancer", "unplug balancer", "end balancer", "cut clients",
    ]

    def __init__(self, cluster, clients, kinds, dice, ledger):
        self.cluster, self.clients, self.kinds, self.dice, self.ledger = cluster, clients, kinds, dice, ledger
        self.longest = LONG_S if ledger.is_strict else OVERLAPPING_S
        self.deck = []
        self.pauses = {}

    def deal(self):
        if not self.deck:
            self.deck = list(self.kinds)
            self.dice.shuffle(self.deck)
        return self.deck.pop()

    async def fault(self):
        """One fault, until it is over; its name."""
        name = self.deal()
        self.ledger.faults[name] = self.ledger.faults.get(name, 0) + 1
        self.ledger.fault = (name, time.monotonic())
        await getattr(self, name.replace(" ", "_"))()
        return name

    async def rest(self, longest=3):
        await asyncio.sleep(self.dice.uniform(0.2, longest))

    def machine(self):
        return self.dice.choice(self.cluster.worker_machines)

    def broker(self):
        return self.dice.choice(self.cluster.brokers)

    def gateway(self):
        return self.dice.choice(self.cluster.servers)

    def worker(self):
        workers = [pid for machine in self.cluster.worker_machines for pid in machine.pids()[1:]]
        return self.dice.choice(workers) if workers else None

    async def kill_worker(self):
        if pid := self.worker():
            send(pid, signal.SIGKILL)

    async def stop_worker(self):
        if pid := self.worker():
            send(pid, signal.SIGSTOP)
            await self.rest()
            send(pid, signal.SIGCONT)

    async def stop(self, part, longest=3):
        pids = part.pids()
        for pid in pids:
            send(pid, signal.SIGSTOP)
        await self.rest(longest)
        for pid in pids:
            send(pid, signal.SIGCONT)

    async def kill(self, part, number=signal.SIGKILL, longest=1):
        await part.end(number)
        await self.rest(longest)
        await part.start()

    async def unplug(self, part, longest=3):
        part.host.unplug()
        await self.rest(longest)
        part.host.plug()

    async def deafen(self, part, longest=3):
        others = [broker.host for broker in self.cluster.brokers]
        for other in others:
            part.host.deafen(other)
        await self.rest(longest)
        for other in others:
            part.host.hear(other)

    async def kill_machine(self):
        await self.kill(self.machine())

    async def leave_machine(self):
        await self.kill(self.machine(), signal.SIGTERM)

    async def stop_machine(self):
        await self.stop(self.machine())

    async def unplug_machine(self):
        await self.unplug(self.machine())

    async def deafen_machine(self):
        await self.deafen(self.machine())

    async def kill_broker(self):
        await self.kill(self.broker())

    async def end_broker(self):
        await self.kill(self.broker(), signal.SIGTERM)

    async def stop_broker(self):
        await self.stop(self.broker())

    async def unplug_broker(self):
        await self.unplug(self.broker())

    async def kill_gateway(self):
        await self.kill(self.gateway())

    async def kill_gateway_for_long(self):
        await self.kill(self.gateway(), longest=self.longest)

    async def end_gateway(self):
        await self.kill(self.gateway(), signal.SIGTERM)

    async def stop_gateway(self):
        await self.stop(self.gateway(), self.longest)

    async def unplug_gateway(self):
        await self.unplug(self.gateway(), self.longest)

    async def deafen_gateway(self):
        await self.deafen(self.gateway(), self.longest)

    async def kill_balancer(self):
        await self.kill(self.cluster.balancer)

    async def end_balancer(self):
        await self.kill(self.cluster.balancer, signal.SIGTERM)

    async def stop_balancer(self):
        await self.stop(self.cluster.balancer)

    async def unplug_balancer(self):
        await self.unplug(self.cluster.balancer)

    async def cut_clients(self):
        """Some lose their connections, and perhaps reach another server while theirs is well."""
        streams = [client.stream for client in self.clients if client.stream and client.stream.socket]
        for stream in self.dice.sample(streams, -(-len(streams) // 4)):
            stream.socket.transport.abort()
