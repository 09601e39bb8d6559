"""Cases: tokens, TLS, the embedded page, and the operator's screen."""
import asyncio
import json
import ssl
import subprocess
import urllib.request

from cases import case
from tab import expect, expect_true

REFUSED = ("Failed to load resource", "WebSocket connection to")  # the browser's own words


async def add_token(world, path, name, role="stream"):
    """Adds a token to the file and returns it."""
    program = await asyncio.create_subprocess_exec(
        f"{world.programs}/audio-server", "token", "add", name, "--role", role, "--auth-tokens", path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, error = await program.communicate()
    expect(program.returncode, 0, f"the end of token add: {error}")
    return output.decode().split()[0]


async def give(page, token, keep=False):
    """Types a token where the page asks for it."""
    await page.tab.until("!document.getElementById('token').hidden", what="a question for the token")
    await page.tab.evaluate(f"document.querySelector('#token [name=token]').value = {json.dumps(token)}")
    if keep:
        await page.tab.click("#token [name=keep]")
    await page.tab.click("#token button.main")


@case("a server with tokens is asked one, a wrong one is asked again, and the kept one lasts", speech=False)
async def token(world):
    path = world.path("tokens")
    right = await add_token(world, path, "page")
    server = await world.new_server("--auth-tokens", path)
    page = await world.speak(server.origin)
    await give(page, "x" * 43)
    await page.tab.until("!document.getElementById('token').hidden", what="another question")
    await give(page, right, keep=True)
    await page.tab.until("document.getElementById('token').hidden")
    await page.start()
    await page.seconds(1)
    await page.stop()
    await page.receipt()
    await page.tab.reload()
    await page.tab.until("document.getElementById('engine').value === 'mock'", what="the engines, with the kept token")
    page.quiet(*REFUSED)
    await page.tab.close()

    page = await world.speak(server.origin, f"/#token={right}")
    await page.tab.until("document.getElementById('engine').value === 'mock'", what="engines, with the address's token")
    expect(await page.tab.evaluate("location.hash"), "", "the token in the address")
    page.quiet()


@case("a token that is taken away in the midst of a recording is asked again, and nothing is lost", group="long",
      speech=False)
async def token_removed(world):
    path = world.path("tokens-removed")
    first = await add_token(world, path, "first")
    second = await add_token(world, path, "second")
    server = await world.new_server("--auth-tokens", path)
    page = await world.speak(server.origin, f"/#token={first}")
    await page.start()
    await page.seconds(1)
    await (await asyncio.create_subprocess_exec(f"{world.programs}/audio-server", "token", "remove", "first",
                                                "--auth-tokens", path)).wait()
    server.process.send_signal(1)
    await give(page, second)
    await page.state("recording", "catching")
    await page.seconds(4)
    await page.stop()
    await page.receipt()
    page.quiet(*REFUSED)


@case("over TLS the page records, and reports nothing", speech=False)
async def tls(world):
    key, certificate = world.path("key.pem"), world.path("cert.pem")
    new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(["openssl", *new.split(), "-subj", "/CN=Test server", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    server = await world.new_server("--tls-cert", certificate, "--tls-key", key, scheme="https")
    browser = await world.new_browser("--ignore-certificate-errors", microphone=world.recording(0, 3))
    page = await world.speak(server.origin, browser=browser)
    await page.start()
    await page.seconds(1.5)
    await page.stop()
    await page.receipt()
    page.quiet()

    def headers():
        trusting = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=certificate))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), trusting)
        with opener.open(server.origin, timeout=20) as answer:
            return answer.headers
    expect_true("max-age" in ((await asyncio.to_thread(headers))["strict-transport-security"] or ""), "no HSTS")


@case("the embedded page starts by itself where the microphone was allowed before, and nowhere else", speech=False)
async def embed(world):
    server, browser = await world.mock(), await world.browser()
    allowed = await browser.context(server.origin)
    page = await world.speak(server.origin, "/embed?autostart=1&engine=mock", context=allowed)
    await page.state("recording")
    await page.tab.until("document.querySelectorAll('#finals .final').length > 3")
    expect(await page.tab.evaluate("getComputedStyle(document.body).backgroundColor"), "rgba(0, 0, 0, 0)", "background")
    page.quiet()
    await page.tab.close()
    asked = await browser.context(server.origin, "prompt")
    for context, path in [(asked, "/embed?autostart=1"), (allowed, "/?autostart=1"), (allowed, "/embed")]:
        page = await world.speak(server.origin, path, context=context)
        await asyncio.sleep(1)
        expect_true(await page.state("ready", "found", seconds=1), path)
        page.quiet()
        await page.tab.close()


@case("the operator sees how the service is, a gap while it does not answer, and that it is back", speech=False)
async def operator(world):
    server = await world.new_server("--workers", "2")
    page = await world.speak(server.origin, "/operator")
    await page.tab.until("document.documentElement.dataset.health === 'well'")
    speaker = await world.speak(server.origin)
    await speaker.start()
    await page.tab.until("document.querySelector('#line-clients b').textContent === '1'")
    await page.tab.until("Number(document.querySelector('#line-chunkRate b').textContent) >= 8", what="10 chunks/s")
    rows = await page.tab.until("((rows) => rows.length === 2 && rows)("
                                "[...document.querySelectorAll('#workers tbody tr')].map((row) => row.innerText))")
    expect_true(all("✓" in row for row in rows), f"workers {rows}")
    row = await page.tab.until("document.querySelector('#sessions tbody tr')?.innerText")
    expect_true("mock" in row and "44.1 kHz" in row, f"the session is {row}")
    expect_true("transcription" not in await page.text("body"), "the operator sees a text")
    await page.tab.click("#sessions button[name=dbfs]")
    await page.tab.until("document.querySelector('#sessions [name=dbfs]').closest('th').ariaSort === 'descending'")
    await speaker.stop()
    await speaker.receipt()
    page.quiet()
    await server.end()
    await page.tab.until("document.documentElement.dataset.health === 'unanswered'")
    await server.start()
    await page.tab.until("document.documentElement.dataset.health === 'well'")
    page.quiet("Failed to load resource")


@case("the operator's screen asks for a token, and takes only an operator's for the sessions", speech=False)
async def operator_token(world):
    path = world.path("tokens-operator")
    stream = await add_token(world, path, "speaker")
    right = await add_token(world, path, "boss", role="operator")
    server = await world.new_server("--auth-tokens", path)
    page = await world.speak(server.origin, "/operator")
    await give(page, stream)
    await page.tab.until("document.documentElement.dataset.health === 'well'")
    expect(await page.tab.evaluate("document.getElementById('hidden').hidden"), False, "why no sessions are shown")
    await page.tab.close()
    page = await world.speak(server.origin, "/operator")
    await give(page, right)
    await page.tab.until("document.documentElement.dataset.health === 'well'")
    expect(await page.tab.evaluate("document.getElementById('hidden').hidden"), True, "why no sessions are shown")
    page.quiet("Failed to load resource")
