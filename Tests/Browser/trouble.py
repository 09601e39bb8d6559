"""Cases: no microphone, or one that goes away; pages that nobody looks at; what the screen and the keyboard do."""
import asyncio

from cases import case
from recording import CUT
from tab import expect, expect_true

UNTRUSTED = ("Failed to load resource",)  # the browser's own words for an answer of 4xx or 5xx


async def in_browser(world, *flags, **options):
    """A page in a browser of its own, started with these flags."""
    return await world.speak((await world.mock()).origin, browser=await world.new_browser(*flags, **options))


async def refused(page, part):
    await page.press_start()
    await page.state("none")
    expect_true(part in (await page.text("#notice")), await page.text("#notice"))
    expect(await page.tab.evaluate("document.getElementById('start').disabled"), False, "Start, to try again")


@case("a microphone that is refused says so, and what to do", speech=False)
async def denied(world):
    page = await in_browser(world, "--use-fake-ui-for-media-stream=deny", "--use-fake-device-for-media-stream")
    await refused(page, "refused")
    page.quiet()


@case("a machine without a microphone says so, and files can be sent", speech=False)
async def missing(world):
    page = await in_browser(
        world, environment={"PULSE_SERVER": "unix:/nowhere", "ALSA_CONFIG_PATH": "/dev/null"})
    await refused(page, "No microphone")
    await page.tab.choose_files("#file", world.recording(7.6, 10.59))
    await page.receipt()
    page.quiet()


@case("a microphone that is taken away ends the recording, with its receipt", speech=False)
async def revoked(world):
    browser = await world.browser()
    server = await world.mock()
    context = await browser.context(server.origin)
    page = await world.speak(server.origin, context=context)
    await page.start()
    await page.seconds(1)
    await browser.call("Browser.setPermission", permission={"name": "microphone"}, setting="denied",
                       origin=server.origin, browserContextId=context)
    await page.receipt()
    expect_true("gone" in (await page.text("#notice")), await page.text("#notice"))
    page.quiet()


@case("a page under an insecure name has no microphone, says why, and sends files", speech=False)
async def insecure(world):
    server = await world.new_server("--allow-origin", "*")
    browser = await world.new_browser("--host-resolver-rules=MAP speech.test 127.0.0.1")
    page = await world.speak(f"http://speech.test:{server.port}", browser=browser)
    await page.state("none")
    text = await page.text("#notice")
    expect_true("HTTPS" in text and "certificate --host speech.test" in text, text)
    await page.tab.choose_files("#file", world.recording(7.6, 10.59))
    await page.receipt()
    page.quiet()


@case("a hidden page records on, without a frame lost", speech=False)
async def hidden(world):
    page = await world.speak((await world.mock()).origin)
    await page.start()
    await page.tab.window("minimized")
    await page.tab.until("document.hidden")
    await asyncio.sleep(5)
    await page.tab.window("normal")
    await page.tab.until("!document.hidden")
    await page.stop()
    chunks = int((await page.receipt())["chunks"])
    expect_true(chunks >= 48, f"{chunks} chunks in more than five seconds")
    expect(await page.figure("lost before the page"), 0.0, "lost before the page")
    page.quiet()


@case("a page that was frozen for six seconds loses nothing", group="long", speech=False)
async def frozen(world):
    page = await world.speak((await world.mock()).origin)
    await page.start()
    await page.seconds(1)
    await page.tab.call("Page.setWebLifecycleState", state="frozen")
    await asyncio.sleep(6)
    await page.tab.call("Page.setWebLifecycleState", state="active")
    await page.seconds(8)
    await page.stop()
    chunks = int((await page.receipt())["chunks"])
    expect_true(chunks >= 78, f"{chunks} chunks in eight seconds")
    expect(await page.figure("lost before the page"), 0.0, "lost before the page")
    page.quiet(*CUT)


@case("a page that stood still for two seconds loses nothing", speech=False)
async def busy(world):
    page = await world.speak((await world.mock()).origin)
    await page.start()
    await page.seconds(1)
    await page.tab.evaluate("(() => { const end = performance.now() + 2000; while (performance.now() < end) {} })()")
    await page.seconds(3.5)
    await page.stop()
    await page.receipt()
    expect(await page.figure("lost before the page"), 0.0, "lost before the page")
    page.quiet()


@case("the space bar starts and stops, and every control can be reached with Tab", speech=False)
async def keyboard(world):
    page = await world.speak((await world.mock()).origin)
    await page.state("ready")
    await asyncio.sleep(0.3)
    await page.tab.press("Space")
    await page.state("recording")
    await page.seconds(1)
    await page.tab.press("Space")
    await page.receipt()
    wanted = set(await page.tab.evaluate(
        "[...document.querySelectorAll('a, button, select, input, summary')].filter((one) => one.checkVisibility({"
        "visibilityProperty: true}) && !one.disabled).map((one) => one.id || one.className || one.textContent)"))
    reached = set()
    for _ in range(await page.tab.evaluate("document.querySelectorAll('a, button, select, input, summary').length")):
        await page.tab.press("Tab")
        reached.add(await page.tab.evaluate(
            "((one) => one.id || one.className || one.textContent)(document.activeElement)"))
    expect(sorted(wanted - reached), [], "controls that Tab does not reach")
    page.quiet()


@case("from 320 to 1600 pixels nothing is cut off, and what is pressed is large enough", speech=False)
async def widths(world):
    server = await world.mock()
    for path in ["/", "/operator", "/embed"]:
        page = await world.speak(server.origin, path)
        await page.tab.until("document.body.innerText.length > 1", what=f"text of {path}")
        if path == "/":
            await page.start()
            await page.seconds(1)
            await page.stop()
            await page.receipt()
        for width in [320, 360, 768, 1024, 1600]:
            await page.tab.size(width)
            await asyncio.sleep(0.1)
            expect(await page.tab.evaluate("document.documentElement.scrollWidth"), width, f"{path}: width at {width}")
        await page.tab.size(320)
        small = await page.tab.evaluate(
            "[...document.querySelectorAll('button, select, nav a')].filter((one) => one.checkVisibility() && "
            "one.getBoundingClientRect().height < 24).map((one) => one.id || one.className)")
        expect(small, [], f"{path}: controls too low to press")
        page.quiet()
        await page.tab.close()


@case("the page speaks the browser's language, English or Russian, and changes it at once", speech=False)
async def languages(world):
    browser = await world.new_browser("--accept-lang=ru-RU,ru")
    page = await world.speak((await world.mock()).origin, browser=browser)
    await page.tab.until("document.documentElement.lang === 'ru'")
    expect_true("Начать" in (await page.text("#start")), await page.text("#start"))
    left = await page.tab.evaluate(
        "[...document.querySelectorAll('[data-text], [data-label]')].filter((one) => !/[А-я]/u.test(one.textContent + "
        "(one.ariaLabel ?? ''))).map((one) => one.outerHTML.slice(0, 80))")
    expect([one for one in left if "clip" not in one], [], "left in English")
    await page.tab.evaluate("((box) => { box.value = 'en'; box.dispatchEvent(new Event('change')) })"
                            "(document.getElementById('page-language'))")
    await page.tab.until("document.getElementById('start').textContent === 'Start'", what="the other language")
    await page.tab.reload()
    await page.tab.until("document.getElementById('start').textContent === 'Start'", what="the language that was kept")
    page.quiet()


@case("the address presets engine and language", speech=False)
async def presets(world):
    page = await world.speak((await world.mock()).origin, "/?engine=mock&language=en")
    await page.tab.until("document.getElementById('engine').value === 'mock'")
    await page.start()
    await page.seconds(1)
    await page.stop()
    await page.receipt()
    expect_true("mock" in (await page.words()), "the mock engine's words")
    page.quiet()
