"""What cases share: one browser with one recording, one server; and what they ask for of their own."""
import asyncio
import contextlib
import os
import shutil
import tempfile
import wave

from chromium import Chromium
from service import REPOSITORY, Cable, Server
from speak import Speak

RECORDING = f"{REPOSITORY}/Assets/speech.wav"


def cut_recording(path, begin, end, silence=0.0):
    """Seconds of the bundled recording as a file of its own."""
    with wave.open(RECORDING) as whole, wave.open(path, "wb") as part:
        part.setparams(whole.getparams())
        whole.setpos(int(begin * 16000))
        part.writeframes(whole.readframes(int((end - begin) * 16000)) + bytes(2 * int(silence * 16000)))
    return path


class World:
    def __init__(self, programs, page=None):
        """`page`: a folder that is served instead of the page in the program."""
        self.programs, self.page = programs, page
        self.stack = contextlib.AsyncExitStack()
        self.made, self.locks = {}, {}

    async def __aenter__(self):
        self.folder = tempfile.mkdtemp(prefix="audio-browser-cases-")
        self.stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        return self

    async def __aexit__(self, *error):
        await self.stack.aclose()

    async def shared(self, name, make):
        """What `make` gives, made once."""
        async with self.locks.setdefault(name, asyncio.Lock()):
            if name not in self.made:
                self.made[name] = await make()
        return self.made[name]

    async def new_server(self, *flags, **options):
        page = ["--page", self.page] if self.page and "--page" not in flags else []
        server = Server(self.programs, *flags, *page, **options)
        await server.start()
        self.stack.push_async_callback(server.end)
        return server

    async def server(self):
        return await self.shared("server", lambda: self.new_server("--engine", "speech", "--workers", "2"))

    async def mock(self):
        """A server that answers each chunk with a text of its own."""
        return await self.shared("mock", lambda: self.new_server("--workers", "1"))

    async def cable(self, server):
        return await Cable(server).plug()

    def path(self, name):
        return os.path.join(self.folder, name)

    def recording(self, begin, end):
        """Two sentences end at 7.1 s and 10.6 s; between them are half a second of silence."""
        name = self.path(f"{begin}-{end}.wav")
        return name if os.path.exists(name) else cut_recording(name, begin, end, silence=1.0)

    async def new_browser(self, *flags, **options):
        """What it asks a person is granted, unless a flag says otherwise."""
        asks = () if any("fake-ui" in flag for flag in flags) else ("--use-fake-ui-for-media-stream",)
        return await self.stack.enter_async_context(Chromium(*asks, *flags, **options))

    async def browser(self, begin=0, end=10.59):
        """The one that hears this part of the recording."""
        return await self.shared(f"browser {begin} {end}",
                                 lambda: self.new_browser(microphone=self.recording(begin, end)))

    async def speak(self, origin, path="/", browser=None, context=None, **options):
        """A tab with the page, in a profile of its own."""
        browser = browser or await self.browser()
        tab = await browser.tab(origin + path, context or await browser.context(), **options)
        return Speak(tab)
