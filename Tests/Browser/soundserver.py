"""A microphone of PulseAudio's own, and what is played into it: Tests/Support/virtual-microphone."""
import asyncio
import cmath
import math
import struct
import wave

from service import REPOSITORY
from tab import Wrong

SCRIPT = f"{REPOSITORY}/Tests/Support/virtual-microphone"
RATE = 48000
HERTZ = 997  # no multiple of 100: lost blocks of 10 ms would leave the phase of 1 kHz as it was


class SoundServer:
    def __init__(self, folder):
        self.folder = folder

    async def run(self, *arguments):
        program = await asyncio.create_subprocess_exec(SCRIPT, self.folder, *arguments, stdout=asyncio.subprocess.PIPE,
                                                       stderr=asyncio.subprocess.PIPE)
        output, error = await program.communicate()
        if program.returncode:
            raise Wrong(f"virtual-microphone {arguments}: {error.decode()}")
        return output.decode()

    async def start(self):
        await self.run("start")
        self.environment = dict(line.split("=", 1) for line in (await self.run("env")).splitlines())
        return self

    def play(self, path):
        return asyncio.create_task(self.run("play", path))

    async def stop(self):
        await self.run("stop")


def write_tone(path, seconds):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", round(9830 * math.sin(2 * math.pi * HERTZ * place / RATE)))
                                  for place in range(int(seconds * RATE))))
    return path


def jumps(samples, rate):
    """Where the tone's phase is not what follows from before, in seconds, and how long the tone is."""
    block = rate // 100
    values = [sample[0] for sample in struct.iter_unpack("<h", samples)]
    turn = cmath.exp(-2j * math.pi * HERTZ / rate)
    wheel = [turn ** place for place in range(block)]
    step = turn ** block
    before, found, length = None, [], 0
    for number in range(len(values) // block):
        part = values[number * block:(number + 1) * block]
        tone = sum(value * one for value, one in zip(part, wheel))
        if abs(tone) < 9830 * block / 4:
            before = None
            continue
        length += 1
        phase = cmath.phase(tone * step ** number)
        # Half a frame's worth at the device's rate.
        if before is not None and abs(cmath.phase(cmath.exp(1j * (phase - before)))) > math.pi * HERTZ / RATE:
            found.append(number / 100)
        before = phase
    return found, length / 100
