"""Looks at a cluster while a fault lasts."""
import asyncio
import json
import time

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

LONGEST_S = 30
TRY_AGAIN_LATER = 1013


async def until_answered(clients):
    """Until those that have a session are answered what they have sent by now; what is wrong, or None."""
    owed = [(client.stream, len(client.stream.chunks)) for client in clients if client.stream and client.stream.session]
    end = time.monotonic() + LONGEST_S
    while waiting := [stream for stream, count in owed if stream.answered < count and stream.receipt is None]:
        if time.monotonic() > end:
            return f"{len(waiting)} of {len(owed)} streams do not go on"
        await asyncio.sleep(0.02)
    return None


async def refusals(server, seconds):
    """Starts again and again for so long; what is wrong, or None."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if problem := await refusal(server):
            return problem
        await asyncio.sleep(0.5)
    return None


async def refusal(server):
    """Waits until a start is refused as it should be, with 503 or 1013; what is wrong, or None."""
    url = f"ws://{server.host.address}:8000/api/audio/ws?engine=mock"
    try:
        async with asyncio.timeout(LONGEST_S), connect(url, proxy=None) as socket:
            await socket.send('{"type":"start"}')
            while True:
                answer = json.loads(await socket.recv())
                if answer.get("type") == "started":
                    return f"{server.host.name} begins a session"
    except InvalidStatus as refusal:
        code = refusal.response.status_code
        return None if code == 503 else f"{server.host.name} refuses a start with {code}"
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd else None
        return None if code == TRY_AGAIN_LATER else f"{server.host.name} closes a start with {code}"
    except TimeoutError:
        return f"{server.host.name} does not refuse a start in {LONGEST_S} s"
    except (OSError, WebSocketException) as error:
        return f"{server.host.name}: {error!r}"
