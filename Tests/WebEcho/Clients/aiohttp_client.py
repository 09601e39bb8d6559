"""The package aiohttp: aiohttp_client.py URL [CA]. Prints "ok" if everything came back as it was sent."""
import asyncio
import ssl
import sys

import aiohttp


async def main(url, authority=None):
    context = ssl.create_default_context(cafile=authority) if authority else None
    plain = url.replace("ws", "http", 1)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url, protocols=["first"], compress=15, ssl=context, max_msg_size=0) as socket:
            assert socket.protocol == "first" and not socket.compress
            for size in [0, 1, 125, 126, 65535, 65536, 1 << 20]:
                await socket.send_bytes(bytes([size % 251]) * size)
                assert (await socket.receive_bytes()) == bytes([size % 251]) * size
                await socket.send_str("ä" * size)
                assert (await socket.receive_str()) == "ä" * size
            await socket.close(code=1000)
            assert socket.close_code == 1000

        async def pieces():
            for number in range(50):
                yield bytes([number]) * 10_000

        # Chunked, then by length, on one connection.
        for body in (pieces(), b"x" * 500_000):
            async with session.post(plain + "/echo", data=body, ssl=context) as answer:
                heard = await answer.read()
                assert answer.status == 200 and len(heard) == 500_000, (answer.status, len(heard))
        async with session.get(plain + "/events?count=5", ssl=context) as answer:
            text = (await answer.read()).decode()
            assert answer.content_type == "text/event-stream" and text.count("event: count\n") == 5, text
    print("ok")

asyncio.run(main(*sys.argv[1:]))
