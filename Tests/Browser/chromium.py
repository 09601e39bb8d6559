"""Drives Debian's chromium-headless-shell over the DevTools protocol."""
import asyncio
import base64
import itertools
import json
import os
import shutil
import tempfile

from websockets.asyncio.client import connect

from tab import PATIENCE_S, Browser, Tab, Wrong

PROGRAM = shutil.which("chromium-headless-shell")
FLAGS = ["--remote-debugging-port=0", "--no-first-run", "--disable-gpu", "--hide-scrollbars", "--mute-audio",
         "--force-color-profile=srgb", "--disable-background-networking", "--lang=en-US"]
KEYS = {"Tab": ("Tab", 9, ""), "Space": (" ", 32, " "), "Enter": ("Enter", 13, "\r"), "Escape": ("Escape", 27, "")}


class Chromium(Browser):
    """A browser of its own, with a profile of its own; every tab is in a context of its own unless told otherwise."""

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            PROGRAM, *FLAGS, *self.flags, f"--user-data-dir={self.folder}", *(["--no-sandbox"] * (os.getuid() == 0)),
            stderr=asyncio.subprocess.PIPE, env=self.environment, start_new_session=True)
        try:
            await asyncio.wait_for(self.connect(), PATIENCE_S)
        except BaseException:
            self.kill()
            raise
        return self

    def __init__(self, *flags, microphone=None, environment=None):
        """`microphone`: a WAV file to be heard once, or none for a device with beeps."""
        self.folder = tempfile.mkdtemp(prefix="audio-browser-")
        self.environment = {**os.environ, "HOME": self.folder, **(environment or {})}
        self.flags = list(flags)
        if microphone:
            self.flags += ["--use-fake-device-for-media-stream",
                           f"--use-file-for-fake-audio-capture={microphone}%noloop"]
        self.numbers, self.waiting, self.tabs = itertools.count(1), {}, {}

    async def connect(self):
        while True:
            line = await self.process.stderr.readline()
            if not line:
                raise Wrong("chromium-headless-shell ended before it listened")
            if b"DevTools listening on " in line:
                break
        self.drain = asyncio.create_task(self.process.stderr.read())
        self.socket = await connect(line.split()[-1].decode(), max_size=None, compression=None, proxy=None,
                                    ping_interval=None)
        self.reader = asyncio.create_task(self.read())

    async def read(self):
        async for text in self.socket:
            message = json.loads(text)
            if "id" in message:
                future = self.waiting.pop(message["id"], None)
                if future and not future.done():
                    future.set_result(message)
            elif message.get("sessionId") in self.tabs:
                self.tabs[message["sessionId"]].happened(message["method"], message["params"])

    async def call(self, method, session=None, /, **parameters):
        number = next(self.numbers)
        future = self.waiting[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self.socket.send(json.dumps({**message, "sessionId": session} if session else message))
        answer = await asyncio.wait_for(future, PATIENCE_S)
        if "error" in answer:
            raise Wrong(f"{method}: {answer['error']['message']}")
        return answer["result"]

    async def context(self, origin=None, microphone="granted"):
        """A profile apart from the others, in which `origin` may use the microphone, or may not."""
        made = (await self.call("Target.createBrowserContext", disposeOnDetach=True))["browserContextId"]
        if origin:
            await self.call("Browser.setPermission", permission={"name": "microphone"}, setting=microphone,
                            origin=origin, browserContextId=made)
        return made

    async def tab(self, url=None, context=None, size=(1000, 900)):
        target = (await self.call("Target.createTarget", url="about:blank", browserContextId=context, width=size[0],
                                  height=size[1]) if context else
                  await self.call("Target.createTarget", url="about:blank", width=size[0], height=size[1]))["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = self.tabs[session] = ChromiumTab(self, target, session, context)
        for domain in ["Page", "Runtime", "Log", "Inspector", "Network"]:
            await tab.call(f"{domain}.enable")
        await tab.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        if url:
            await tab.open(url)
        return tab


class ChromiumTab(Tab):
    def __init__(self, browser, target, session, context):
        super().__init__()
        self.browser, self.target, self.session, self.context = browser, target, session, context
        self.loaded, self.crashed = asyncio.Event(), asyncio.Event()

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def happened(self, method, parameters):
        if method == "Page.loadEventFired":
            self.loaded.set()
        elif method == "Inspector.targetCrashed":
            self.crashed.set()
        elif method == "Target.attachedToTarget":
            # A worker: what it would write to the console is the tab's, too.
            session = parameters["sessionId"]
            self.browser.tabs[session] = self
            asyncio.get_running_loop().create_task(self.watch(session))
        elif method == "Runtime.consoleAPICalled":
            said = [str(value.get("value", value.get("description"))) for value in parameters["args"]]
            self.console.append(f"{parameters['type']}: {' '.join(said)}")
        elif method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.console.append(f"exception: {details.get('exception', details).get('description', details['text'])}")
        elif method == "Log.entryAdded":
            entry = parameters["entry"]
            self.console.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}".strip())
        elif method == "Page.javascriptDialogOpening":
            asyncio.get_running_loop().create_task(self.call("Page.handleJavaScriptDialog", accept=True))

    async def watch(self, session):
        for method in ["Runtime.enable", "Log.enable", "Runtime.runIfWaitingForDebugger"]:
            try:
                await self.browser.call(method, session)
            except Wrong:
                pass  # a kind of target that has no log, or that is gone again

    async def evaluate(self, expression):
        answer = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                                 userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise Wrong(f"{expression}: {details.get('exception', {}).get('description', details['text'])}")
        return answer["result"].get("value")

    async def load(self, method, **parameters):
        self.loaded.clear()
        result = await self.call(method, **parameters)
        if result.get("errorText"):
            raise Wrong(f"{parameters}: {result['errorText']}")
        await asyncio.wait_for(self.loaded.wait(), PATIENCE_S)

    async def open(self, url):
        await self.load("Page.navigate", url=url)

    async def reload(self):
        await self.load("Page.reload")

    async def press(self, key):
        name, code, text = KEYS[key]
        for kind in ["keyDown", "keyUp"]:
            await self.call("Input.dispatchKeyEvent", type=kind, key=name, code=key, windowsVirtualKeyCode=code,
                            **({"text": text} if text and kind == "keyDown" else {}))

    async def click(self, selector):
        """With the mouse, in the middle of what is there, as a person would."""
        place = await self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null; "
            "e.scrollIntoView({block: 'center', behavior: 'instant'}); const r = e.getBoundingClientRect(); "
            "return {x: r.x + r.width / 2, y: r.y + r.height / 2, width: r.width}; })()")
        if not place or not place["width"]:
            raise Wrong(f"{selector} is not to be seen: {await self.situation()}")
        for kind in ["mousePressed", "mouseReleased"]:
            await self.call("Input.dispatchMouseEvent", type=kind, x=place["x"], y=place["y"], button="left",
                            clickCount=1)

    async def choose_files(self, selector, *paths):
        node = await self.call("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        await self.call("DOM.setFileInputFiles", files=list(paths), objectId=node["result"]["objectId"])

    async def media(self, **features):
        """As `prefers-color-scheme="dark"`, written with `_`."""
        await self.call("Emulation.setEmulatedMedia", features=[
            {"name": name.replace("_", "-"), "value": value} for name, value in features.items()])

    async def size(self, width, height=900, scale=1):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                        mobile=False)

    async def window(self, state):
        """`minimized` or `normal`: a page in a minimized window is hidden."""
        window = await self.browser.call("Browser.getWindowForTarget", targetId=self.target)
        await self.browser.call("Browser.setWindowBounds", windowId=window["windowId"], bounds={"windowState": state})

    async def picture(self, path, whole=True):
        answer = await self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))

    async def crash(self):
        """Kills the process that draws and runs the page."""
        self.crashed.clear()
        crash = asyncio.create_task(self.call("Page.crash"))
        await asyncio.wait_for(self.crashed.wait(), PATIENCE_S)
        crash.cancel()

    async def close(self):
        await self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.tabs.pop(self.session, None)
