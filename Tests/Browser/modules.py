"""Cases: the page's modules that decide alone, each by the tests in Modules, in a page of their own."""
import glob
import os
import shutil

from cases import case
from service import REPOSITORY
from tab import expect, expect_true

PAGE = f"{REPOSITORY}/Sources/CPage/page"
TESTS = f"{REPOSITORY}/Tests/Browser/Modules"
NAMES = sorted(os.path.basename(path).removesuffix(".tests.js") for path in glob.glob(f"{TESTS}/*.tests.js"))


async def server(world):
    """One that serves the page with the tests beside it."""
    async def make():
        folder = world.path("page")
        shutil.copytree(PAGE, folder)
        shutil.copytree(TESTS, folder, dirs_exist_ok=True)
        return await world.new_server("--workers", "1", "--page", folder)
    return await world.shared("modules", make)


def add(name):
    @case(f"the module {name} decides right", speech=False)
    async def decides(world):
        browser = await world.browser()
        tab = await browser.tab(f"{(await server(world)).origin}/modules?module={name}")
        report = await tab.until("window.report")
        expect(report["failures"], [], f"failures of {name} with ?seed={report['seed']}")
        expect_true(report["count"] >= 3, f"{report['count']} tests of {name}")
        expect(tab.console, [], "the console")
        await tab.close()


for one in NAMES:
    add(one)
