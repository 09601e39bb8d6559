"""Cases: axe finds no fault, whatever the colors, the width and the state."""
import asyncio

from cases import case
from service import REPOSITORY
from tab import expect

AXE = f"{REPOSITORY}/.deps/axe/axe_playwright_python/axe.min.js"
LOOKS = {
    "light": ({"prefers_color_scheme": "light"}, 1280), "dark": ({"prefers_color_scheme": "dark"}, 1280),
    "360 px": ({"prefers_color_scheme": "light"}, 360), "320 px, dark": ({"prefers_color_scheme": "dark"}, 320),
    "forced colors": ({"forced_colors": "active"}, 1280),
}


async def faults(page):
    """What axe objects to, by rule and place, in every look."""
    with open(AXE, encoding="utf-8") as file:
        await page.tab.evaluate(file.read() + ";true")
    found = []
    for name, (features, width) in LOOKS.items():
        # Without motion: a color on its way from one look to the other is neither.
        await page.tab.media(prefers_reduced_motion="reduce", **features)
        await page.tab.size(width)
        await asyncio.sleep(0.3)
        found += await page.tab.evaluate(
            f"axe.run().then(({{violations}}) => violations.flatMap((rule) => rule.nodes.map((node) => "
            f"'{name}: ' + rule.id + ' ' + node.target.join(' ') + ': ' + node.failureSummary)))")
    return found


async def look(world, path="/", prepare=None, server=None):
    page = await world.speak((server or await world.mock()).origin, path)
    await page.tab.until("document.body.innerText.length > 20")
    if prepare:
        await prepare(page)
    expect(await faults(page), [], f"what axe finds at {path}")


@case("axe: the page at rest", group="axe", speech=False)
async def idle(world):
    await look(world)


@case("axe: the page while it records", group="axe")
async def recording(world):
    async def prepare(page):
        await page.start()
        await page.seconds(1)
    # The engine speech writes a line for a sentence, not for each chunk: axe looks at every one of them.
    await look(world, prepare=prepare, server=await world.server())


@case("axe: the page with a receipt", group="axe", speech=False)
async def done(world):
    async def prepare(page):
        await page.start()
        await page.seconds(1)
        await page.stop()
        await page.receipt()
    await look(world, prepare=prepare)


@case("axe: a recording that is found again", group="axe", speech=False)
async def found(world):
    async def prepare(page):
        await page.start()
        await page.seconds(1)
        await page.tab.reload()
        await page.state("found")
    await look(world, prepare=prepare)


@case("axe: a page without a microphone, and its notice", group="axe", speech=False)
async def notice(world):
    browser = await world.new_browser("--use-fake-ui-for-media-stream=deny", "--use-fake-device-for-media-stream")
    page = await world.speak((await world.mock()).origin, browser=browser)
    await page.press_start()
    await page.state("none")
    expect(await faults(page), [], "what axe finds beside a notice")


@case("axe: the operator's screen", group="axe", speech=False)
async def operator(world):
    async def prepare(page):
        speaker = await world.speak((await world.mock()).origin)
        await speaker.start()
        await page.tab.until("!!document.querySelector('#sessions tbody tr')")
    await look(world, "/operator", prepare)


@case("axe: the embedded page", group="axe", speech=False)
async def embed(world):
    async def prepare(page):
        await page.start()
        await page.tab.until("document.querySelectorAll('#finals .final').length > 3")
    await look(world, "/embed", prepare)
