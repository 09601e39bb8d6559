"""Cases: what a person does with a recording: hears it, copies it, drops a file, looks at every chunk."""
import hashlib
import os
import shutil

from cases import case
from modules import PAGE
from sending import SPEECH, digest
from speak import FREE
from tab import expect, expect_true


async def recorded(world, seconds=2):
    """A page with a short recording and its receipt."""
    page = await world.speak((await world.mock()).origin)
    await page.start()
    await page.seconds(seconds)
    await page.stop()
    await page.receipt()
    return page


@case("a recording is played back, and a click on a word plays from there", speech=False)
async def playback(world):
    page = await recorded(world, 3)
    await page.tab.click("#play")
    await page.tab.until("document.querySelector('.word.heard')", what="a word that is heard")
    expect_true(" / " in await page.text("#time"), await page.text("#time"))
    await page.tab.click("#play")
    await page.tab.until("document.getElementById('play').ariaLabel === 'Play'", what="a pause")
    line = "document.querySelectorAll('#finals .final')[20]"
    await page.tab.evaluate(f"{line}.querySelectorAll('.word')[1].id = 'clicked'")
    await page.tab.click("#clicked")
    # A line is a tenth of a second: the word may be over before anyone looks.
    await page.tab.until("Number(document.getElementById('seek').value) >= 2", what="the place of the word")
    await page.tab.until("document.getElementById('play').ariaLabel === 'Play'", what="the end")
    page.quiet()


@case("Copy takes the text, and says so", speech=False)
async def copy(world):
    page = await recorded(world, 1)
    origin = (await world.mock()).origin
    await page.tab.browser.call("Browser.grantPermissions", origin=origin,
                                permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
                                browserContextId=page.tab.context)
    await page.tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
    await page.tab.click("#copy")
    await page.tab.until("document.getElementById('copy').textContent === 'Copied'", what="Copied")
    _, text = await page.download("txt")
    expect(await page.tab.evaluate("navigator.clipboard.readText()") + "\n", text.decode(), "the clipboard")
    page.quiet()


@case("a file that is dropped on the page is sent", speech=False)
async def drop(world):
    page = await world.speak((await world.mock()).origin)
    await page.state("ready")
    data = {"items": [], "files": [SPEECH], "dragOperationsMask": 1}
    for kind in ["dragEnter", "dragOver"]:
        await page.tab.call("Input.dispatchDragEvent", type=kind, x=300, y=300, data=data)
    await page.tab.until("document.documentElement.classList.contains('dropping')", what="a place to drop it")
    await page.tab.call("Input.dispatchDragEvent", type="drop", x=300, y=300, data=data)
    expect((await page.receipt())["SHA-256"], digest(SPEECH), "sha256")
    expect(await page.tab.evaluate("document.documentElement.className"), "", "the page after the drop")
    page.quiet()


@case("every chunk is in the table, the newest first, with its levels and latencies", speech=False)
async def chunks(world):
    page = await recorded(world)
    count = int((await page.receipt())["chunks"])
    await page.tab.click("#chunks summary")
    rows = await page.tab.until("((rows) => rows.length && rows)([...document.querySelectorAll('#every tbody tr')]"
                                ".map((row) => [...row.children].map((cell) => cell.textContent)))")
    expect([int(row[0]) for row in rows], list(range(count, 0, -1)), "the numbers")
    for row in rows[1:]:
        expect(row[1], "8,820", f"bytes of {row}")
        expect_true(len(row) == 7 and all(float(time) >= 0 for time in row[5:]), f"latencies of {row}")
        expect_true(float(row[2].replace("−", "-").replace("∞", "inf")) <= 0, f"level of {row}")
    page.quiet()


@case("a part of the page that cannot be loaded is told, and Start can be pressed again", speech=False)
async def broken(world):
    folder = world.path("broken-page")
    shutil.copytree(world.page or PAGE, folder)
    server = await world.new_server("--workers", "1", "--page", folder)
    page = await world.speak(server.origin)
    os.rename(f"{folder}/frames.js", f"{folder}/away.js")
    await page.press_start()
    await page.state("none")
    expect_true("could not be loaded" in await page.text("#notice"), await page.text("#notice"))
    os.rename(f"{folder}/away.js", f"{folder}/frames.js")
    await page.tab.click("#start")
    await page.state("recording")
    await page.stop()
    await page.receipt()
    page.quiet("Failed to load resource")


@case("a finished recording is shown again after a reload, with its receipt, until it is forgotten", speech=False)
async def again(world):
    page = await recorded(world)
    receipt, words = await page.receipt(), await page.words()
    await page.tab.reload()
    expect(await page.receipt(), receipt, "the receipt")
    expect(await page.words(), words, "the words")
    _, sound = await page.download("wav")
    expect(hashlib.sha256(sound[44:]).hexdigest(), receipt["SHA-256"], "the hash of the WAV's samples")
    await page.tab.click("#discard")
    await page.state("ready")
    await page.tab.reload()
    await page.tab.until(FREE)
    await page.state("ready")
    page.quiet()


@case("a browser that keeps nothing says so, and the recording is whole all the same", speech=False)
async def full(world):
    page = await world.speak((await world.mock()).origin)
    await page.state("ready")
    await page.tab.evaluate("""(() => {
      const put = IDBObjectStore.prototype.put;
      let count = 0;
      IDBObjectStore.prototype.put = function (...values) {
        if (this.name === "chunks" && ++count > 5) throw new DOMException("no room", "QuotaExceededError");
        return put.apply(this, values);
      };
    })()""")
    await page.start()
    await page.seconds(2)
    expect_true("keeps no more" in await page.text("#notice"), await page.text("#notice"))
    await page.stop()
    receipt = await page.receipt()
    _, sound = await page.download("wav")
    expect(hashlib.sha256(sound[44:]).hexdigest(), receipt["SHA-256"], "the hash of the WAV's samples")
    page.quiet()
