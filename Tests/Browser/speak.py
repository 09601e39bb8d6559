"""The page where one speaks, as a person handles it."""
import base64
import json
import re

from tab import PATIENCE_S, expect, expect_true

STATE = "document.documentElement.dataset.state"
# No tab looks for a recording left behind, and none records.
FREE = "navigator.locks?.query().then(({held}) => !held.some(({name}) => name === 'audio-service.recording')) ?? true"
SECONDS = ("(([minutes, seconds]) => minutes * 60 + Number(seconds))"
           "(document.getElementById('time').textContent.split(' ')[0].split(':'))")
ROWS = """[...document.querySelectorAll("#receipt tbody tr")].map((row) => {
  for (const hash of row.querySelectorAll("button.hash")) if (hash.ariaExpanded !== "true") hash.click();
  return [...row.children].map((cell) => cell.textContent);
})"""
DOWNLOAD = """(async () => {
  const real = URL.createObjectURL;
  let blob = null;
  URL.createObjectURL = (one) => { blob = one; return real.call(URL, one); };
  const click = HTMLAnchorElement.prototype.click;
  let name = null;
  HTMLAnchorElement.prototype.click = function () { name = this.download; };
  document.getElementById("download-KIND").click();
  for (let round = 0; !name && round < 200; round++) await new Promise((resolve) => setTimeout(resolve, 25));
  URL.createObjectURL = real;
  HTMLAnchorElement.prototype.click = click;
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return [name, btoa(text)];
})()"""


def plain(text):
    """Words alone: how they are written may differ from run to run."""
    return re.sub(r"[^a-z' ]+", " ", text.lower()).split()


def distance(one, other):
    """How many words must be put in, left out or exchanged to make one of the other."""
    row = list(range(len(other) + 1))
    for count, word in enumerate(one, 1):
        row, before = [count], row
        for place, wanted in enumerate(other):
            row.append(min(before[place + 1] + 1, row[place] + 1, before[place] + (word != wanted)))
    return row[-1]


class Speak:
    def __init__(self, tab):
        self.tab = tab

    async def state(self, *wanted, seconds=PATIENCE_S):
        """Waits for one of these states, and returns it."""
        return await self.tab.until(f"{json.dumps(wanted)}.includes({STATE}) && {STATE}", seconds, f"state {wanted}")

    async def text(self, selector):
        return await self.tab.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    async def press_start(self):
        await self.state("ready", "done")
        await self.tab.until(FREE)
        await self.tab.click("#start")

    async def start(self):
        await self.press_start()
        await self.state("recording")

    async def stop(self):
        await self.tab.click("#start")

    async def done(self):
        await self.state("done")
        await self.tab.until("!document.getElementById('receipt').hidden")

    async def words(self):
        """What is final."""
        return plain(await self.tab.evaluate(
            "[...document.querySelectorAll('#finals .final > span')].map((line) => line.textContent).join(' ')"))

    async def heard(self, count):
        """Waits until that many words are final."""
        await self.tab.until("[...document.querySelectorAll('#finals .final > span')].map((line) => line.textContent)"
                             f".join(' ').split(/\\s+/).filter(Boolean).length >= {count}", what=f"{count} words")

    async def recorded(self):
        """Seconds of the recording."""
        return await self.tab.evaluate(SECONDS)

    async def seconds(self, count):
        """Waits until that much of the recording is there."""
        await self.tab.until(f"{SECONDS} >= {count}", what=f"{count} s recorded")

    async def receipt(self):
        """The server's figures by name, when all rows agree with the page's account."""
        await self.done()
        rows = await self.tab.evaluate(ROWS)
        expect_true(len(rows) >= 7, f"the receipt has {len(rows)} rows: {await self.tab.situation()}")
        for row in rows:
            expect_true(row[-1] == "✓" and row[1] == row[2], f"the receipt differs: {rows}")
        expect(await self.tab.evaluate("document.getElementById('receipt').classList.contains('bad')"), False, "bad")
        return {name: server for name, _, server, _ in rows}

    async def figure(self, name):
        """Of the account, by its label."""
        text = await self.tab.evaluate(
            "[...document.querySelectorAll('#account dl div')].find((one) => one.querySelector('dt').textContent === "
            f"{json.dumps(name)})?.querySelector('dd').textContent ?? null")
        expect_true(text is not None, f"the account has no {name}")
        return float(re.sub(r"[^0-9.]", "", text) or 0)

    async def download(self, kind):
        """The file's name and its bytes."""
        name, text = await self.tab.evaluate(DOWNLOAD.replace("KIND", kind))
        return name, base64.b64decode(text)

    def quiet(self, *allowed):
        """Nothing is in the console but what the browser itself says of cut connections."""
        lines = [line for line in self.tab.console if not any(part in line for part in allowed)]
        expect(lines, [], "the console")
