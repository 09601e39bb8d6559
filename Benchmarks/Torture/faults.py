"""The faults injected into the service."""
import asyncio
import os
import signal
import time


class Faults:
    def __init__(self, service, proxy, clients, dice, ledger):
        self.service, self.proxy, self.clients, self.dice, self.ledger = service, proxy, clients, dice, ledger
        self.tasks = set()

    async def cause(self, end, cuts, restarts):
        """Spreads them evenly over the run, in an order given by the seed."""
        begin = time.monotonic()
        span = max(0, end - begin - 5)
        kinds = [self.cut] * (cuts * 3 // 4) + [self.stall_connection] * (cuts - cuts * 3 // 4)
        kinds += [self.kill_worker] * max(3, int(span / 3)) + [self.stop_worker] * max(1, int(span / 20))
        kinds += [self.stall_client] * max(3, int(span / 4))
        self.dice.shuffle(kinds)
        for number in range(restarts):
            kinds.insert(len(kinds) * (number + 1) // (restarts + 1), (self.restart, self.crash)[number % 2])
        for number, kind in enumerate(kinds):
            await asyncio.sleep(max(0, begin + 2 + span * number / len(kinds) - time.monotonic()))
            await kind()
        await asyncio.sleep(max(0, end - time.monotonic()))

    def note(self, name):
        self.ledger.faults[name] = self.ledger.faults.get(name, 0) + 1

    def background(self, coroutine):
        task = asyncio.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def signal_worker(self, number, name):
        workers = self.service.workers()
        if workers:
            os.kill(self.dice.choice(workers), number)
            self.note(name)

    async def kill_worker(self):
        self.signal_worker(signal.SIGKILL, "workers killed")

    async def stop_worker(self):
        self.signal_worker(signal.SIGSTOP, "workers stopped")

    async def connection(self):
        while not self.proxy.pairs:
            await asyncio.sleep(0.02)
        return self.dice.choice(list(self.proxy.pairs))

    async def cut(self):
        (await self.connection()).cut()
        self.note("connections cut")

    async def stall_connection(self):
        self.background((await self.connection()).stall(self.dice.uniform(0.2, 5)))
        self.note("connections stalled, then cut")

    async def stall_client(self):
        self.dice.choice(self.clients).stall(self.dice.uniform(0.5, 5))
        self.note("clients stalled")

    async def restart(self):
        self.note("server ended and started anew")
        await self.again(signal.SIGTERM)

    async def crash(self):
        self.note("server killed and started anew")
        await asyncio.to_thread(self.service.count_replays)
        await self.again(signal.SIGKILL)

    async def again(self, number):
        for client in self.clients:
            client.server_went()
        await self.service.stop(number)
        await self.service.start()
