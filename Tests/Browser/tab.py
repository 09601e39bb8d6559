"""A browser and its tabs, as the cases use them, whichever browser it is."""
import asyncio
import os
import shutil
import signal
import time

PATIENCE_S = 60  # how long a case waits for what must come; never how soon it must


class Wrong(AssertionError):
    """The page did something else than it should."""


def expect(actual, wanted, what):
    if actual != wanted:
        raise Wrong(f"{what} is {actual!r}, expected {wanted!r}")


def expect_true(condition, what):
    if not condition:
        raise Wrong(what)


class Browser:
    """A process in a group of its own, with a folder and a socket; a driver adds `tab` and `call`."""

    def kill(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    async def __aexit__(self, *error):
        await self.socket.close()
        self.kill()
        await self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Tab:
    """A tab; a driver adds `evaluate`, `open`, `reload`, `press`, `click`, `choose_files` and `close`."""

    def __init__(self):
        self.console = []  # everything the browser would write there

    async def until(self, expression, seconds=PATIENCE_S, what=None):
        """Waits until the expression is true in the page, and returns its value."""
        end = time.monotonic() + seconds
        while True:
            value = await self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > end:
                raise Wrong(f"{what or expression} did not come within {seconds} s: {await self.situation()}")
            await asyncio.sleep(0.05)

    async def situation(self):
        """The page as words, for a failure's report."""
        return await self.evaluate(
            "`state ${document.documentElement.dataset.state}; ` + document.body.innerText.replace(/\\s+/g, ' ')"
            ".slice(0, 700)") + (f"; console {self.console[:5]}" if self.console else "")
