"""Part 1, shutdown: SIGTERM answers everything received, then closes every WebSocket with 1001."""
import asyncio
import os
import signal

from websockets.exceptions import ConnectionClosed

from cases import case
from peer import Peer, expect, expect_true


@case("SIGTERM with chunks in flight answers every chunk received, then closes all with 1001", group="ending")
async def terminate(server):
    busy = [await Peer.open(server) for _ in range(20)]
    idle = [await Peer.open(server) for _ in range(5)]
    under_way = asyncio.Event()

    async def send(peer):
        try:
            while True:
                await peer.send(bytes(8000))
                await asyncio.sleep(0)  # or a send that never has to wait keeps the reader from its turn
        except ConnectionClosed:
            pass

    async def listen(peer):
        messages = []
        for _ in range(20):
            messages.append(await peer.receive())
        under_way.set()
        rest, code = await peer.rest()
        return messages + rest, code

    senders = [asyncio.ensure_future(send(peer)) for peer in busy]
    listeners = [asyncio.ensure_future(listen(peer)) for peer in busy]
    await under_way.wait()
    os.kill(server.pid, signal.SIGTERM)
    for messages, code in await asyncio.gather(*listeners):
        expect(code, 1001, "close code")
        accepted = [m["seq"] for m in messages if "chunk_size" in m]
        answered = [m["seq"] for m in messages if "transcription" in m]
        expect(accepted, list(range(1, len(accepted) + 1)), "acknowledgements")
        expect(answered, accepted, "transcriptions")
        last = messages[-1]
        expect_true("error" in last and isinstance(last.get("code"), str), f"{last} does not say why it ends")
    for peer in idle:
        messages, code = await peer.rest()
        expect((code, len(messages)), (1001, 1), "close code of an idle client, and the messages to it")
        expect_true("error" in messages[0] and "code" in messages[0], f"{messages[0]} does not say why it ends")
    await asyncio.gather(*senders)
