"""The design the service is measured against, as its README describes it: a FastAPI application takes chunks over a WebSocket,
acknowledges them and puts them into a queue; one worker process answers through another queue; one task brings the answers back.

    python baseline.py --port 8000 [--batched]

The original takes one answer off its queue at a time, each with a hop to a thread and back. --batched is its tuned form: one hop
brings all answers that have come by then.
"""
import argparse
import asyncio
import multiprocessing
import queue
import signal
from contextlib import asynccontextmanager

import uvicorn
from fastapi import APIRouter, FastAPI, WebSocket

# Limit of answers in one hop, so that acknowledgements between them are not delayed.
BATCH = 256
# Interval of checks for the end.
PATIENCE_SECONDS = 0.5


def work(chunks, answers):
    """The worker process, until it is given None."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (chunk := chunks.get()) is not None:
        client, seq, data = chunk
        kind = f"binary {len(data)} bytes" if isinstance(data, bytes) else f"text {len(data)} chars"
        answers.put((client, seq, f"mock transcription for client {client} msg#{seq} ({kind})"))


class Exchange:
    """The queues, the worker between them, and the connected clients."""

    def __init__(self, most_at_once):
        self.clients = {}
        self.chunks = multiprocessing.Queue()
        self.answers = multiprocessing.Queue()
        self.worker = multiprocessing.Process(target=work, args=(self.chunks, self.answers))
        self.most_at_once = most_at_once
        self.is_ending = False

    def take(self):
        """Waits for an answer; returns it and those that arrived with it, in order."""
        taken = []
        try:
            taken.append(self.answers.get(timeout=PATIENCE_SECONDS))
            while len(taken) < self.most_at_once:
                taken.append(self.answers.get_nowait())
        except queue.Empty:
            pass
        return taken

    async def deliver(self):
        loop = asyncio.get_running_loop()
        while not self.is_ending:
            for client, seq, text in await loop.run_in_executor(None, self.take):
                socket = self.clients.get(client)
                if socket is None:
                    continue
                try:
                    await socket.send_json({"seq": seq, "transcription": text})
                except Exception:  # the framework has a different one for each way of being gone
                    self.clients.pop(client, None)

    async def end(self, delivery):
        self.is_ending = True
        self.chunks.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self.worker.join, 5)
        if self.worker.is_alive():
            self.worker.terminate()
        await delivery
        for ends in (self.chunks, self.answers):
            ends.close()
            ends.cancel_join_thread()


@asynccontextmanager
async def lifespan(app):
    app.state.exchange.worker.start()
    delivery = asyncio.create_task(app.state.exchange.deliver())
    yield
    await app.state.exchange.end(delivery)


router = APIRouter(prefix="/api/audio")


@router.get("/health")
async def health():
    return {"status": "ok"}


@router.websocket("/ws")
async def stream(socket: WebSocket):
    await socket.accept()
    exchange = socket.app.state.exchange
    client = id(socket)
    exchange.clients[client] = socket
    seq = 0
    try:
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            data, text = message.get("bytes"), message.get("text")
            if data is None and text is None:
                await socket.send_json({"error": "Expected binary audio chunk or text"})
                continue
            seq += 1
            if data is not None:
                await socket.send_json({"client_id": client, "seq": seq, "chunk_size": len(data)})
            exchange.chunks.put((client, seq, text if data is None else data))
    finally:
        exchange.clients.pop(client, None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--batched", action="store_true", help="the tuned form")
    options = parser.parse_args()
    app = FastAPI(lifespan=lifespan)
    app.include_router(router)
    app.state.exchange = Exchange(BATCH if options.batched else 1)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")
