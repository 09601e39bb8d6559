"""Cases: a recording outlives its page, and two tabs do not take it from each other."""
import asyncio

from cases import case
from recording import CUT, undisturbed
from speak import Speak, distance
from tab import expect, expect_true

CHUNKS_KEPT = """indexedDB.databases().then((all) => Promise.all(all.map(({name}) => new Promise((done) => {
  indexedDB.open(name).onsuccess = ({target}) => {
    target.result.transaction("chunks").objectStore("chunks").count().onsuccess = (count) => done(count.target.result);
  };
}))))"""


async def recorded(world, seconds=7.4):
    """A page in the midst of a recording, and the words of its first sentence."""
    server = await world.server()
    page = await world.speak(server.origin)
    await page.start()
    await page.seconds(seconds)
    return server, page


async def finished(world, page, resumed=True):
    """Found again, finished, and everything of it there."""
    await page.state("found")
    await page.tab.click("#finish")
    await page.receipt()
    words = await page.words()
    wanted = (await (await undisturbed(world)).words())[:len(words)]
    expect_true(len(words) >= 20 and distance(words, wanted) <= 2, f"the words are {words}, expected {wanted}")
    expect_true("part" not in (await page.text("#receipt")).lower(), "the receipt is that of a part")
    page.quiet(*CUT)


@case("a reload in the midst of a recording: found again, finished, one receipt")
async def reload(world):
    _, page = await recorded(world)
    await page.tab.reload()
    await finished(world, page)


@case("a tab that is closed in the midst of a recording: found again by the next", group="long")
async def closed(world):
    server, page = await recorded(world)
    await page.tab.close()
    await finished(world, await world.speak(server.origin, context=page.tab.context))


@case("a renderer that is killed in the midst of a recording: found again by the next tab")
async def killed(world):
    server, page = await recorded(world)
    await page.tab.crash()
    await page.tab.close()
    await finished(world, await world.speak(server.origin, context=page.tab.context))


@case("twenty reloads and twenty renderers killed lose no session", group="long")
async def many(world):
    server = await world.new_server("--workers", "1")
    page = await world.speak(server.origin)
    for round in range(40):
        await page.start()
        await page.seconds(0.5 + round % 4 / 4)
        await page.tab.until("Number(document.querySelectorAll('#account dd')[1]?.textContent) >= 3", what="3 replies")
        if round % 2:
            await page.tab.crash()
            await page.tab.close()
            page = await world.speak(server.origin, context=page.tab.context)
        else:
            await page.tab.reload()
        await page.state("found")
        await page.tab.click("#finish")
        await page.receipt()
    expect(await server.figure("resumptions_total"), 40, "sessions resumed")


@case("what is found again can be forgotten, and is gone")
async def forgotten(world):
    server, page = await recorded(world, 1)
    await page.tab.reload()
    await page.state("found")
    await page.tab.click("#forget")
    await page.state("ready")
    await page.tab.reload()
    await page.state("ready")
    await asyncio.sleep(0.5)
    await page.state("ready", seconds=1)
    expect(await page.tab.evaluate(CHUNKS_KEPT), [0], "chunks on this device")


@case("what is found again can be downloaded without finishing it", group="long")
async def kept(world):
    _, page = await recorded(world, 3)
    await page.tab.reload()
    await page.state("found")
    await page.tab.evaluate("window.saved = [];"
                            "HTMLAnchorElement.prototype.click = function () { saved.push(this.download) }")
    await page.tab.click("#keep")
    name = await page.tab.until("window.saved[0]")
    expect_true(name.endswith(".wav"), name)


@case("a second tab leaves the recording alone, and can record when it is over")
async def two_tabs(world):
    server, first = await recorded(world, 1)
    second = await world.speak(server.origin, context=first.tab.context)
    await second.state("elsewhere")
    expect(await second.tab.evaluate("document.getElementById('start').disabled"), True, "Start in the second tab")
    expect_true(await second.text("#notice"), "the second tab says nothing")
    await first.seconds(3)
    await first.state("recording", seconds=1)
    await first.stop()
    await first.receipt()
    await second.state("ready", "done")
    await first.tab.close()
    first.quiet()
    second.quiet()


@case("what is recorded twice in the same page is two recordings")
async def again(world):
    page = await world.speak((await world.server()).origin)
    chunks = []
    for _ in range(2):
        await page.start()
        await page.seconds(1)
        await page.stop()
        await page.state("done")
        chunks.append(int((await page.receipt())["chunks"]))
    expect_true(all(10 <= count < 150 for count in chunks), f"{chunks} chunks")
    page.quiet()


@case("Start pressed as soon as the page is there is not lost")
async def at_once(world):
    browser, server = await world.browser(), await world.server()
    tab = await browser.tab(context=await browser.context())
    await tab.open(server.origin)
    await tab.click("#start")
    page = Speak(tab)
    await page.state("recording", seconds=5)
    await page.stop()
    await page.receipt()
