"""Cases: a microphone of a real sound server, in Chromium and in Firefox."""
import asyncio
import io
import time
import wave

from cases import case
from firefox import Firefox
from recording import CUT
from sending import digest
from service import REPOSITORY
from soundserver import SoundServer, jumps, write_tone
from speak import distance
from tab import expect, expect_true

SPEECH = f"{REPOSITORY}/Assets/speech.wav"
SAID = ("and mr john dashwood had then leisure to consider how much there might be prudently in his power to do for "
        "them he was not an ill disposed young man").split()


async def sound_server(world, name):
    server = await SoundServer(world.path(name)).start()
    world.stack.push_async_callback(server.stop)
    return server


async def chromium(world, name):
    sound = await sound_server(world, name)
    browser = await world.new_browser(environment=sound.environment)
    return sound, await world.speak((await world.mock()).origin, browser=browser)


async def tone_of(page):
    """The tone's jumps and its length, as the recording has it."""
    _, sound = await page.download("wav")
    with wave.open(io.BytesIO(sound)) as file:
        return jumps(file.readframes(file.getnframes()), file.getframerate())


@case("a tone through a sound server arrives without a gap", group="long", speech=False)
async def tone(world):
    sound, page = await chromium(world, "tone")
    await page.start()
    player = sound.play(write_tone(world.path("tone.wav"), 15))
    await player
    await page.stop()
    await page.receipt()
    found, length = await tone_of(page)
    expect(found, [], "jumps of the tone")
    expect_true(length > 14.5, f"{length} s of tone")
    expect(await page.figure("lost before the page"), 0.0, "lost before the page")
    page.quiet()


@case("a sound server that stalls for four seconds costs nothing, and the page says so meanwhile", group="long",
      speech=False)
async def stalled(world):
    sound, page = await chromium(world, "stalled")
    await page.start()
    await page.seconds(2)
    await sound.run("pause")
    await asyncio.sleep(2)
    expect_true("gives nothing" in await page.text("#notice"), await page.text("#notice"))
    await asyncio.sleep(2)
    await sound.run("resume")
    await page.seconds(7)
    await page.stop()
    await page.receipt()
    expect(await page.figure("lost before the page"), 0.0, "lost before the page")
    page.quiet()


@case("a sound server that is killed ends the recording, with its receipt", group="long", speech=False)
async def killed(world):
    sound, page = await chromium(world, "killed")
    await page.start()
    await page.seconds(2)
    await sound.run("kill")
    await page.receipt()
    expect_true("gone" in await page.text("#notice"), await page.text("#notice"))
    page.quiet()


async def firefox(world):
    """One for all cases, and its sound server."""
    async def make():
        sound = await sound_server(world, "firefox")
        return sound, await world.stack.enter_async_context(Firefox(sound.environment))
    return await world.shared("firefox", make)


async def spoken(world, origin=None):
    """A page in Firefox that hears both sentences, and the player of them."""
    sound, browser = await firefox(world)
    page = await world.speak(origin or (await world.server()).origin, browser=browser)
    await page.start()
    return page, sound.play(world.recording(0, 10.59))


async def expect_said(page):
    words = await page.words()
    expect_true(distance(words, SAID) <= 3, f"the words are {words}")


@case("Firefox: what is said is shown, and the receipt agrees", group="firefox")
async def firefox_words(world):
    page, player = await spoken(world)
    await player
    await page.stop()
    await page.receipt()
    await expect_said(page)
    page.quiet()


@case("Firefox: five cut connections cost no word", group="firefox")
async def firefox_cuts(world):
    cable = await world.cable(await world.server())
    page, player = await spoken(world, cable.origin)
    for second in [2, 4, 6, 8, 10]:
        await page.seconds(second)
        cable.cut()
    await player
    await page.stop()
    await page.receipt()
    await expect_said(page)


@case("Firefox: a reload in the midst of a recording is found again and finished", group="firefox")
async def firefox_reload(world):
    page, player = await spoken(world)
    await page.seconds(8)
    await page.tab.reload()
    await page.state("found")
    await page.tab.click("#finish")
    await page.receipt()
    words = await page.words()
    expect_true("dashwood" in words, f"the words are {words}")
    await player
    page.quiet(*CUT)


@case("Firefox: a WAV file is sent as it is", group="firefox")
async def firefox_file(world):
    _, browser = await firefox(world)
    page = await world.speak((await world.server()).origin, browser=browser)
    await page.state("ready")
    await page.tab.choose_files("#file", SPEECH)
    expect((await page.receipt())["SHA-256"], digest(SPEECH), "sha256")
    page.quiet()


@case("Firefox: after a stalled sound server, what is recorded and what is said to be lost are all the time there was",
      group="firefox")
async def firefox_stalled(world):
    sound = await sound_server(world, "firefox-stalled")
    async with Firefox(sound.environment) as browser:
        page = await world.speak((await world.mock()).origin, browser=browser)
        await page.start()
        begin = time.monotonic() - await page.recorded()
        await page.seconds(2)
        await sound.run("pause")
        await asyncio.sleep(4)
        await sound.run("resume")
        # What only comes late is not lost: the page waits before it says so.
        await page.seconds(20)
        passed = time.monotonic() - begin
        await page.stop()
        await page.receipt()
        known = await page.recorded() + await page.figure("lost before the page")
        expect_true(abs(known - passed) < 1.5, f"{passed} s passed, the page knows of {known}")


@case("Firefox: without a microphone it says so, and the operator's screen is shown", group="firefox")
async def firefox_missing(world):
    async with Firefox({"PULSE_SERVER": "unix:/nowhere", "ALSA_CONFIG_PATH": "/dev/null"}) as browser:
        origin = (await world.mock()).origin
        page = await world.speak(origin, browser=browser)
        await page.press_start()
        await page.state("none")
        expect_true("No microphone" in await page.text("#notice"), await page.text("#notice"))
        page.quiet()
        page = await world.speak(origin, "/operator", browser=browser)
        await page.tab.until("document.documentElement.dataset.health === 'well'")
        page.quiet()
