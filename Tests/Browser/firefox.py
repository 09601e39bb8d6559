"""Drives Debian's Firefox over WebDriver BiDi, without a program between."""
import asyncio
import itertools
import json
import os
import shutil
import tempfile

from websockets.asyncio.client import connect

from tab import PATIENCE_S, Browser, Tab, Wrong

PROGRAM = shutil.which("firefox-esr")
SETTINGS = {"media.navigator.permission.disabled": True, "remote.prefs.recommended": True,
            "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
            "intl.accept_languages": "en-US"}
KEYS = {"Tab": "\ue004", "Space": " ", "Enter": "\ue007", "Escape": "\ue00c"}


class Firefox(Browser):
    """A browser of its own, with a profile of its own; every tab is in a user context of its own."""

    def __init__(self, environment=None, **settings):
        """`settings`: preferences of about:config, written with `_`."""
        self.folder = tempfile.mkdtemp(prefix="audio-browser-")
        self.environment = {**os.environ, "HOME": self.folder, "MOZ_HEADLESS": "1", **(environment or {})}
        preferences = {**SETTINGS, **{name.replace("_", "."): value for name, value in settings.items()}}
        with open(f"{self.folder}/user.js", "w") as file:
            file.writelines(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
                            for name, value in preferences.items())
        self.numbers, self.waiting, self.tabs = itertools.count(1), {}, {}

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            PROGRAM, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", self.folder, "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env=self.environment,
            start_new_session=True)
        try:
            await asyncio.wait_for(self.connect(), PATIENCE_S)
        except BaseException:
            self.kill()
            raise
        return self

    async def connect(self):
        while True:
            line = await self.process.stderr.readline()
            if not line:
                raise Wrong("firefox-esr ended before it listened")
            if b"WebDriver BiDi listening on " in line:
                break
        self.drain = asyncio.create_task(self.process.stderr.read())
        self.socket = await connect(line.split()[-1].decode() + "/session", max_size=None, compression=None, proxy=None,
                                    ping_interval=None)
        self.reader = asyncio.create_task(self.read())
        await self.call("session.new", capabilities={"alwaysMatch": {
            "acceptInsecureCerts": True, "unhandledPromptBehavior": {"default": "accept"}}})
        await self.call("session.subscribe", events=["log.entryAdded"])

    async def read(self):
        async for text in self.socket:
            message = json.loads(text)
            if message.get("id") in self.waiting:
                future = self.waiting.pop(message["id"])
                if not future.done():
                    future.set_result(message)
            elif message.get("method") == "log.entryAdded":
                entry = message["params"]
                tab = self.tabs.get(entry["source"].get("context"))
                if tab:
                    tab.console.append(f"{entry['level']}: {entry['text']}")

    async def call(self, method, /, **parameters):
        number = next(self.numbers)
        future = self.waiting[number] = asyncio.get_running_loop().create_future()
        await self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        answer = await asyncio.wait_for(future, PATIENCE_S)
        if answer["type"] == "error":
            raise Wrong(f"{method}: {answer['message']}")
        return answer["result"]

    async def context(self):
        return (await self.call("browser.createUserContext"))["userContext"]

    async def tab(self, url=None, context=None, size=(1000, 900)):
        made = await self.call("browsingContext.create", type="tab", **({"userContext": context} if context else {}))
        tab = self.tabs[made["context"]] = FirefoxTab(self, made["context"], context)
        await tab.size(*size)
        if url:
            await tab.open(url)
        return tab


class FirefoxTab(Tab):
    def __init__(self, browser, target, context):
        super().__init__()
        self.browser, self.target, self.context = browser, target, context

    def call(self, method, **parameters):
        return self.browser.call(f"browsingContext.{method}", context=self.target, **parameters)

    async def evaluate(self, expression):
        # As JSON: what BiDi gives by itself has types around every value.
        answer = await self.browser.call(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then((value) => JSON.stringify(value ?? null))",
            target={"context": self.target}, awaitPromise=True, userActivation=True)
        if answer["type"] == "exception":
            raise Wrong(f"{expression}: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    async def open(self, url):
        await self.call("navigate", url=url, wait="complete")

    async def reload(self):
        await self.call("reload", wait="complete")

    async def perform(self, *sources):
        await self.browser.call("input.performActions", context=self.target, actions=list(sources))

    async def press(self, key):
        await self.perform({"type": "key", "id": "keys", "actions": [
            {"type": kind, "value": KEYS[key]} for kind in ["keyDown", "keyUp"]]})

    async def click(self, selector):
        found = await self.call("locateNodes", locator={"type": "css", "value": selector}, maxNodeCount=1)
        if not found["nodes"]:
            raise Wrong(f"{selector} is not there: {await self.situation()}")
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        origin = {"type": "element", "element": {"sharedId": found["nodes"][0]["sharedId"]}}
        await self.perform({"type": "pointer", "id": "mouse", "actions": [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": origin}, {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0}]})

    async def choose_files(self, selector, *paths):
        found = await self.call("locateNodes", locator={"type": "css", "value": selector}, maxNodeCount=1)
        await self.browser.call("input.setFiles", context=self.target, files=list(paths),
                                element={"sharedId": found["nodes"][0]["sharedId"]})

    async def size(self, width, height=900, scale=1):
        await self.call("setViewport", viewport={"width": width, "height": height}, devicePixelRatio=scale)

    async def close(self):
        await self.call("close")
        self.browser.tabs.pop(self.target, None)
