"""The faults of a cluster."""
import asyncio
import signal

from machines import send
from probes import refusals, until_answered

LONG_S = 12  # in which the balancer or the server itself ends what a server that stands or hears no broker has
OVERLAPPING_S = 4  # the same where faults overlap: else most of the time no server would be left
ELECTION_S = 12  # longer than brokers that are enough need to elect a leader


class Breaker:
    """Causes faults of these kinds in turn, shuffled by the seed."""
    kinds = [
        "kill worker", "stop worker",
        "kill machine", "stop machine", "unplug machine", "deafen machine", "leave machine",
        "kill broker", "stop broker", "unplug broker", "end broker",
        "kill gateway", "kill gateway for long", "stop gateway", "unplug gateway", "deafen gateway", "end gateway",
        "kill balancer", "stop balancer", "unplug balancer", "end balancer", "cut clients",
        "lose machine", "lose broker", "lose gateway", "slow machine", "slow broker", "slow gateway",
        "kill gateway and machine", "kill two brokers", "kill brokers",
    ]

    def __init__(self, cluster, clients, kinds, dice, ledger):
        self.cluster, self.clients, self.kinds, self.dice, self.ledger = cluster, clients, kinds, dice, ledger
        self.longest = LONG_S if ledger.is_strict else OVERLAPPING_S
        self.deck = []
        self.pauses = {}

    @staticmethod
    def obstacles(kinds, brokers, lacking):
        """Those of the kinds that there cannot be here, with the reason: of the brokers, or by a kind's first word."""
        reasons = {kind: lacking.get(kind.split()[0]) for kind in kinds}
        if brokers < 3:
            reasons["kill two brokers"] = "there are not three brokers"
        return {kind: reason for kind, reason in reasons.items() if kind in kinds and reason}

    def deal(self):
        if not self.deck:
            self.deck = list(self.kinds)
            self.dice.shuffle(self.deck)
        return self.deck.pop()

    async def fault(self):
        """One fault, until it is over; its name. Where faults overlap, one may find nothing to break."""
        name = self.deal()
        self.ledger.begin_fault(name)
        if await getattr(self, name.replace(" ", "_"))() is False:
            self.ledger.withdraw_fault(name)
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
        if not (pid := self.worker()):
            return False
        send(pid, signal.SIGKILL)

    async def stop_worker(self):
        if not (pid := self.worker()):
            return False
        send(pid, signal.SIGSTOP)
        await self.rest()
        send(pid, signal.SIGCONT)

    async def stop(self, part, longest=3):
        pids = part.pids()
        if not pids:
            return False
        for pid in pids:
            send(pid, signal.SIGSTOP)
        await self.rest(longest)
        for pid in pids:
            send(pid, signal.SIGCONT)

    async def kill(self, part, number=signal.SIGKILL, longest=1):
        was_there = bool(part.pids())
        await part.end(number)
        await self.rest(longest)
        await part.start()
        return was_there

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
        return await self.kill(self.machine())

    async def leave_machine(self):
        return await self.kill(self.machine(), signal.SIGTERM)

    async def stop_machine(self):
        return await self.stop(self.machine())

    async def unplug_machine(self):
        await self.unplug(self.machine())

    async def deafen_machine(self):
        await self.deafen(self.machine())

    async def kill_broker(self):
        return await self.kill(self.broker())

    async def end_broker(self):
        return await self.kill(self.broker(), signal.SIGTERM)

    async def stop_broker(self):
        return await self.stop(self.broker())

    async def unplug_broker(self):
        await self.unplug(self.broker())

    async def kill_gateway(self):
        return await self.kill(self.gateway())

    async def kill_gateway_for_long(self):
        return await self.kill(self.gateway(), longest=self.longest)

    async def end_gateway(self):
        return await self.kill(self.gateway(), signal.SIGTERM)

    async def stop_gateway(self):
        return await self.stop(self.gateway(), self.longest)

    async def unplug_gateway(self):
        await self.unplug(self.gateway(), self.longest)

    async def deafen_gateway(self):
        await self.deafen(self.gateway(), self.longest)

    async def kill_balancer(self):
        return await self.kill(self.cluster.balancer)

    async def end_balancer(self):
        return await self.kill(self.cluster.balancer, signal.SIGTERM)

    async def stop_balancer(self):
        return await self.stop(self.cluster.balancer)

    async def unplug_balancer(self):
        await self.unplug(self.cluster.balancer)

    async def cut_clients(self):
        """Some lose their connections, and perhaps reach another server while theirs is well."""
        streams = [client.stream for client in self.clients if client.stream and client.stream.socket]
        for stream in self.dice.sample(streams, -(-len(streams) // 4)):
            stream.socket.transport.abort()
        return bool(streams)

    async def lose(self, part, others):
        with part.host.losing([other.host for other in others if other is not part], self.dice.uniform(0.05, 0.3)):
            await self.rest(self.longest)

    async def lose_machine(self):
        await self.lose(self.machine(), self.cluster.brokers)

    async def lose_gateway(self):
        await self.lose(self.gateway(), self.cluster.brokers)

    async def lose_broker(self):
        await self.lose(self.broker(), [*self.cluster.brokers, *self.cluster.servers, *self.cluster.worker_machines])

    async def slow(self, part):
        with part.host.limited(self.dice.randint(500, 4000), self.dice.randint(50, 1500)):
            await self.rest(self.longest)

    async def slow_machine(self):
        await self.slow(self.machine())

    async def slow_gateway(self):
        await self.slow(self.gateway())

    async def slow_broker(self):
        await self.slow(self.broker())

    async def kill_all(self, parts):
        await asyncio.gather(*(part.end(signal.SIGKILL) for part in parts))

    async def start_all(self, parts):
        await asyncio.gather(*(part.start() for part in parts))

    async def kill_gateway_and_machine(self):
        """Only sessions that have both of them may be begun anew."""
        parts = [self.gateway(), self.machine()]
        safe = await asyncio.to_thread(self.cluster.sessions_beside, *parts)
        self.ledger.spare(safe)
        await self.kill_all(parts)
        await self.rest(1)
        await self.start_all(parts)

    async def kill_two_brokers(self):
        """Streams go on, and nothing begins with `start`."""
        parts = self.dice.sample(self.cluster.brokers, 2)
        await self.kill_all(parts)
        if self.ledger.is_strict:
            problems = await asyncio.gather(
                until_answered(self.clients), *(refusals(server, ELECTION_S) for server in self.cluster.servers))
            self.ledger.wrong += [f"two of three brokers are down: {problem}" for problem in problems if problem]
        else:
            await self.rest(self.longest)
        await self.start_all(parts)

    async def kill_brokers(self):
        """As if all had lost their power."""
        await self.kill_all(self.cluster.brokers)
        await self.rest(self.longest)
        await self.start_all(self.cluster.brokers)
