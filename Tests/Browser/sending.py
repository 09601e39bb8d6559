"""Cases: files."""
import asyncio
import hashlib
import struct

from cases import case
from recording import CUT
from service import REPOSITORY
from soundfiles import write_sound
from speak import plain
from tab import expect, expect_true

SPEECH = f"{REPOSITORY}/Assets/speech.wav"
FORMATS = {"s16le": (1, 16), "s24le": (1, 24), "f32le": (3, 32), "u8": (1, 8), "mulaw": (7, 8), "alaw": (6, 8)}


async def sent(world, origin, path):
    page = await world.speak(origin)
    await page.state("ready", "none")
    await page.tab.choose_files("#file", path)
    return page


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


@case("a WAV file is sent as it is: the receipt's hash is the file's own")
async def wave_file(world):
    page = await sent(world, (await world.server()).origin, SPEECH)
    receipt = await page.receipt()
    expect(receipt["SHA-256"], digest(SPEECH), "sha256")
    words = await page.words()
    expect_true("dashwood" in words and "amiable" in words and len(words) > 60, f"the words are {words}")
    _, data = await page.download("wav")
    expect(hashlib.sha256(data).hexdigest(), digest(SPEECH), "the WAV that can be downloaded")
    page.quiet()


@case("WAV files of every kind are measured as the server does", speech=False)
async def kinds(world):
    for encoding, (kind, bits) in FORMATS.items():
        channels = 2 if encoding in ["s24le", "f32le"] else 1
        frame = channels * bits // 8
        samples = b"".join(hashlib.sha256(bytes([count & 255, count >> 8])).digest() for count in range(frame * 300))
        samples = samples[:len(samples) // frame * frame]
        if encoding == "f32le":
            count = len(samples) // 4
            samples = struct.pack(f"<{count}f", *((place % 301 - 150) / 140 for place in range(count)))
        head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 0, b"WAVE", b"fmt ", 16, kind, channels, 24000, 24000 * frame,
                           frame, bits) + b"LIST\x03\x00\x00\x00abc\x00" + struct.pack("<4sI", b"data", len(samples))
        path = world.path(f"{encoding}.wav")
        with open(path, "wb") as file:
            file.write(head + samples + b"LIST\x04\x00\x00\x00tail")
        page = await sent(world, (await world.mock()).origin, path)
        receipt = await page.receipt()
        expect(receipt["SHA-256"], digest(path), f"sha256 of {encoding}")
        page.quiet()
        await page.tab.close()


@case("FLAC, Ogg and MP3 are decoded and understood", group="long")
async def decoded(world):
    for ending in ["flac", "ogg", "mp3"]:
        path = write_sound(world.recording(0, 10.59), world.path(f"speech.{ending}"))
        page = await sent(world, (await world.server()).origin, path)
        await page.receipt()
        words = await page.words()
        expect_true("dashwood" in words and len(words) > 25, f"the words of {ending} are {words}")
        _, text = await page.download("txt")
        expect(plain(text.decode()), words, "txt")
        page.quiet()
        await page.tab.close()


@case("what is no sound is refused with a reason, and the page stays usable", speech=False)
async def junk(world):
    origin = (await world.mock()).origin
    for name, data in {"empty.wav": b"", "text.txt": b"hello " * 500, "junk.mp3": bytes(range(256)) * 40,
                       "cut.wav": b"RIFF\x00\x00\x00\x00WAVEfmt "}.items():
        path = world.path(name)
        with open(path, "wb") as file:
            file.write(data)
        page = await sent(world, origin, path)
        await page.tab.until("document.getElementById('notice').textContent", what=f"a reason for {name}")
        await page.state("ready")
        page.quiet()
        await page.tab.close()
    await (await sent(world, origin, SPEECH)).receipt()


@case("a file whose server is killed begins anew, and the receipt's hash is the file's own", group="long")
async def killed(world):
    server = await world.new_server("--engine", "speech", "--workers", "1")
    page = await sent(world, server.origin, SPEECH)
    await page.tab.until("document.querySelectorAll('#finals .final').length >= 1")
    await server.restart()
    receipt = await page.receipt()
    expect(receipt["SHA-256"], digest(SPEECH), "sha256")
    words = await page.words()
    expect(words.count("dashwood"), 1, f"Dashwood in {words}")
    page.quiet(*CUT)
    await server.end()


@case("a file over a connection that is cut again and again arrives whole", speech=False)
async def cuts(world):
    cable = await world.cable(await world.mock())
    page = await sent(world, cable.origin, SPEECH)
    # The worker that reads the file is there once a chunk is: from then on only the stream is cut.
    await page.tab.until("Number(document.querySelector('#account dd')?.textContent.replace(/\\D/g, '')) > 0")
    for _ in range(3):
        cable.cut()
        await asyncio.sleep(0.3)
    expect((await page.receipt())["SHA-256"], digest(SPEECH), "sha256")
    page.quiet(*CUT)
