"""Case: the recorder that browsers have, with the protocol of another service, as docs/dialects.md shows it."""
import re

from cases import case
from service import REPOSITORY
from speak import plain
from tab import expect, expect_true


def example(server):
    """The page's block of JavaScript with a MediaRecorder, at this server."""
    with open(f"{REPOSITORY}/docs/dialects.md", encoding="utf-8") as file:
        [block] = [block for block in re.findall(r"```js\n(.*?)```", file.read(), re.S) if "MediaRecorder" in block]
    return block.replace("ws://HOST:8000", server.origin.replace("http", "ws", 1))


@case("a file that the browser records is transcribed while it comes, as the documents show")
async def media_recorder(world):
    server = await world.server()
    browser = await world.browser()
    tab = await browser.tab(server.origin, await browser.context())
    await tab.evaluate(f"""(async () => {{
      const texts = window.texts = [];
      const console = {{ log: (text) => text && texts.push(text) }};
      {example(server)}
      socket.onclose = ({{ code }}) => window.closeCode = code;
      window.recorder = recorder;
    }})()""")
    await tab.until("texts.join(' ').includes('Dashwood')", what="the first words")
    await tab.evaluate("recorder.stop()")
    expect(await tab.until("window.closeCode"), 1000, "the code of the close")
    words = plain(await tab.evaluate("texts.at(-1)"))
    expect_true("dashwood" in words, f"the last words are {words}")
    await tab.close()
