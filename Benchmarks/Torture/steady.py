"""Clients of a cluster: they send until they are stopped, come back through the balancer, and note how long that took."""
import asyncio
import time

from clients import CHUNK_S, NoiseClient, NoiseStream, SpeechClient, Stream
from ledger import Ledger


class ClusterLedger(Ledger):
    def __init__(self, is_strict, may_begin_anew):
        super().__init__()
        # One fault at a time: no chunk is answered with an error, and every session goes on.
        self.is_strict, self.may_begin_anew = is_strict, may_begin_anew
        self.fault = None  # the name of the last one, and when it began
        self.returns = {}  # by fault, seconds from there to the first answer over another connection
        self.spared = None  # clients whose server and worker were not killed at once
        self.begun_anew_both = 0  # sessions whose server and worker were killed at once
        self.missed = {}  # by fault, those that found nothing to break, as it was broken already
        self.given_up = 0  # chunks that were with two workers in turn that were killed

    def begin_fault(self, name):
        self.faults[name] = self.faults.get(name, 0) + 1
        self.fault = (name, time.monotonic())
        self.spared = None

    def withdraw_fault(self, name):
        """It found nothing to break."""
        self.faults[name] -= 1
        self.missed[name] = self.missed.get(name, 0) + 1

    def spare(self, clients):
        """Only other clients' sessions may be begun anew in this fault."""
        self.spared = clients

    def begin_anew(self, client, what):
        if self.is_strict and self.spared is not None and client not in self.spared:
            self.begun_anew_both += 1
        super().begin_anew(client, what)

    def fail(self, error):
        if not self.is_strict and "crashed two workers" in error:
            self.given_up += 1
        else:
            super().fail(error)

    @property
    def is_clean(self):
        return super().is_clean and (
            not self.is_strict or self.may_begin_anew or self.begun_anew == self.begun_anew_both)

    def further_rows(self):
        if self.is_strict:
            return [("sessions begun anew whose server and worker were killed", self.begun_anew_both)]
        return [
            ("chunks given up after their second worker was killed", self.given_up),
            *((f"{name}: nothing there to break", count) for name, count in sorted(self.missed.items())),
        ]

    def times(self):
        """The seconds by fault, in words."""
        for name, seconds in sorted(self.returns.items()):
            yield f"first answer over another connection after \"{name}\" began, {len(seconds)} streams: {quantiles(seconds)}"


def quantiles(seconds):
    ordered = sorted(seconds)
    middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"p50 {middle:.2f} s, p99 {late:.2f} s, longest {ordered[-1]:.2f} s"


class Returning(Stream):
    """A stream whose session goes on at whatever server the balancer chooses."""
    broken_by = None

    def broke(self):
        if self.session and not self.broken_by:
            self.broken_by = self.ledger.fault

    def resume(self, received):
        # There is no journal: who was told of an answer has it.
        if received < self.answered:
            self.ledger.wrong.append(f"resumed behind chunk {received}, though {self.answered} was answered")
        return super().resume(received)

    def reply(self, message):
        super().reply(message)
        if self.broken_by:
            name, began = self.broken_by
            self.ledger.returns.setdefault(name, []).append(time.monotonic() - began)
            self.broken_by = None


class ReturningNoise(Returning, NoiseStream):
    pass


class SteadyClient(NoiseClient):
    """Sends noise to the engine mock."""

    async def run(self, stop):
        while not stop.is_set():
            self.stream = ReturningNoise(self.url, self.ledger)
            sender = asyncio.create_task(self.stream.run())
            until = time.monotonic() + self.dice.uniform(20, 90)
            while time.monotonic() < until and not stop.is_set():
                self.stream.add(self.dice.choice(self.stock))
                await asyncio.sleep(CHUNK_S)
            await self.end(sender)


class SteadySpeaker(SpeechClient):
    """Speaks the recording in real time to the engine speech, again and again, after a while of its own."""

    def __init__(self, url, recording, ledger, pause):
        super().__init__(url, recording, ledger)
        self.pause = pause

    async def run(self, stop):
        await asyncio.sleep(self.pause)
        while not stop.is_set():
            await self.talk(Returning(self.url, self.ledger))
