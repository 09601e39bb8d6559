"""Cases: a recording from the microphone, and what becomes of it when things break."""
import asyncio
import hashlib
import io
import json
import wave

from cases import case
from speak import distance, plain
from tab import expect, expect_true

CUT = ("WebSocket connection to", "Failed to load resource: net::ERR_CONNECTION")  # the browser's own words


async def record(world, origin, path="/"):
    """A recording from Start to its receipt, until both sentences are over."""
    page = await world.speak(origin, path)
    await page.start()
    await page.seconds(11.5)
    await page.stop()
    await page.receipt()
    return page


async def undisturbed(world):
    """The words of a recording that nothing happened to."""
    async def make():
        page = await record(world, (await world.server()).origin)
        page.quiet()
        return page
    return await world.shared("undisturbed", make)


@case("what is said is shown, and the receipt agrees in every row")
async def words_and_receipt(world):
    page = await undisturbed(world)
    words = await page.words()
    expect_true("dashwood" in words and "ill" in words, f"the words are {words}")
    receipt = await page.receipt()
    chunks = int(receipt["chunks"].replace(",", ""))
    expect_true(chunks >= 115, f"{chunks} chunks")
    expect(await page.figure("lost before the page"), 0.0, "lost before the page")
    expect(await page.figure("reconnected"), 0.0, "reconnected")


@case("the downloads are what was said and what was sent")
async def downloads(world):
    page = await undisturbed(world)
    words = await page.words()
    name, text = await page.download("txt")
    expect_true(name.endswith(".txt"), name)
    expect(plain(text.decode()), words, "txt")
    receipt = await page.receipt()
    _, sound = await page.download("wav")
    with wave.open(io.BytesIO(sound)) as file:
        samples = file.readframes(file.getnframes())
        expect((file.getnchannels(), file.getsampwidth(), file.getframerate()), (1, 2, 44100), "WAV format")
    expect(hashlib.sha256(samples).hexdigest(), receipt["SHA-256"], "hash of the WAV's samples")
    _, data = await page.download("json")
    data = json.loads(data)
    expect(data["receipt"]["sha256"], receipt["SHA-256"], "sha256 in JSON")
    expect(plain(" ".join(one["text"] for one in data["segments"])), words, "words in JSON")
    for one in data["segments"]:
        expect_true(0 <= one["start"] < one["end"] <= data["duration"] + 1, f"times of {one}")
    for kind, point in [("srt", ","), ("vtt", ".")]:
        _, text = await page.download(kind)
        blocks = [block.split("\n") for block in text.decode().strip().split("\n\n")]
        if kind == "vtt":
            expect(blocks.pop(0), ["WEBVTT"], "the first block")
        said, before = [], 0.0
        for number, block in enumerate(blocks, 1):
            if kind == "srt":
                expect(block.pop(0), str(number), "the cue's number")
            begin, end = (seconds(time, point) for time in block.pop(0).split(" --> "))
            expect_true(before <= begin < end, f"times of {block}")
            before = end
            said += plain(" ".join(block))
        expect(said, words, f"words in {kind}")


def seconds(time, point):
    hours, minutes, rest = time.replace(point, ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


async def as_undisturbed(world, page):
    """The same words; a word at the edge of a chunk may be understood otherwise, but not missing."""
    await page.receipt()
    words, wanted = await page.words(), await (await undisturbed(world)).words()
    expect_true(distance(words, wanted) <= 2, f"the words are {words}, undisturbed {wanted}")
    page.quiet(*CUT)


async def cut(cable, page):
    """Cuts the connection, and waits until the next one carries something."""
    count = await page.figure("reconnected")
    cable.cut()
    while await page.figure("reconnected") == count:
        await asyncio.sleep(0.05)
    before = await page.figure("acknowledged")
    while await page.figure("acknowledged") == before:
        await asyncio.sleep(0.05)


@case("five cut connections cost no word, and the receipt agrees")
async def five_cuts(world):
    cable = await world.cable(await world.server())
    page = await world.speak(cable.origin)
    await page.start()
    for second in [1.5, 3, 5, 7.5, 9]:
        await page.seconds(second)
        await cut(cable, page)
    await page.seconds(11.5)
    await page.stop()
    await as_undisturbed(world, page)
    expect(await page.figure("reconnected"), 5.0, "reconnected")


@case("ten seconds without a server cost no word", group="long")
async def ten_seconds_away(world):
    cable = await world.cable(await world.server())
    page = await world.speak(cable.origin)
    await page.start()
    await page.seconds(2)
    await cable.pull()
    await page.state("away")
    expect_true("is kept" in (await page.text("#notice")), await page.text("#notice"))
    await page.seconds(12)
    await cable.plug()
    await page.state("recording", "catching")
    await page.state("recording")
    await page.stop()
    await as_undisturbed(world, page)


@case("Stop without a connection looks for one until the receipt is there")
async def stop_while_away(world):
    cable = await world.cable(await world.server())
    page = await world.speak(cable.origin)
    await page.start()
    await page.seconds(2)
    await cable.pull()
    await page.state("away")
    await page.seconds(11.5)
    await page.stop()
    await page.state("finishing")
    await asyncio.sleep(1)
    await cable.plug()
    await as_undisturbed(world, page)


@case("a connection that carries nothing is left for another", group="long")
async def held_socket(world):
    cable = await world.cable(await world.server())
    page = await world.speak(cable.origin)
    await page.start()
    await page.seconds(2)
    cable.hold()
    await page.state("away")
    await page.seconds(12)
    cable.release()
    await page.state("recording", "catching")
    await page.stop()
    await as_undisturbed(world, page)


@case("a server that is killed twice costs no word, and the last receipt agrees", group="long")
async def server_killed(world):
    server = await world.new_server("--engine", "speech", "--workers", "1")
    page = await world.speak(server.origin)
    await page.start()
    for second in [4, 9]:
        await page.seconds(second)
        await server.restart()
    await page.seconds(11.5)
    await page.stop()
    await as_undisturbed(world, page)
    await server.end()
