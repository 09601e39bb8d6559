"""A proxy between clients and server that can cut or stall a connection."""
import asyncio


class Proxy:
    def __init__(self, service):
        self.service = service
        self.pairs = set()

    async def start(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()

    async def accept(self, reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.service.port)
        except OSError:
            writer.transport.abort()
            return
        pair = Pair(writer, up_writer)
        self.pairs.add(pair)
        await asyncio.gather(pair.pass_on(reader, up_writer), pair.pass_on(up_reader, writer))
        self.pairs.discard(pair)


class Pair:
    def __init__(self, *writers):
        self.writers = writers
        self.flows = asyncio.Event()
        self.flows.set()

    async def pass_on(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            self.cut()

    def cut(self):
        self.flows.set()
        for writer in self.writers:
            writer.transport.abort()

    async def stall(self, seconds):
        """Nothing passes, then the connection is cut: to the server it was half open."""
        self.flows.clear()
        await asyncio.sleep(seconds)
        self.cut()
