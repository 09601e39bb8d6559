"""A worker whose engine `speech` recognizes nothing and does what a test asks for: `worker.py ARGUMENTS…`.

SPEECH_DELAY in the environment: each chunk's text becomes final so many seconds after the chunk came. Without it there
are no texts, and the checkpoint stays where the stream begins, so every chunk is needed for a replacement.
"""

import heapq
import os
import select
import socket
import struct
import time

# Frames of the link: u32 bytes of the body, u8 kind, three bytes; filled up to a multiple of eight.
OPEN, CHUNK, FINISH, CLOSE, SHUTDOWN = 17, 18, 19, 20, 21
HELLO, RESULT, UPDATES, FINISHED = 80, 81, 82, 83


def frame(kind, body, flags=0):
    whole = struct.pack("<IBB2x", len(body), kind, flags) + body
    return whole + bytes(-len(whole) % 8)


def engine(name, flags):
    return struct.pack("<HHB", len(name), 0, flags) + name


class Worker:
    def __init__(self, link, delay):
        self.link = link
        self.delay = delay
        self.output = bytearray(
            frame(HELLO, struct.pack("<IIII", 5, 5, os.getpid(), 2) + engine(b"mock", 1) + engine(b"speech", 3)))
        self.input = bytearray()
        # By stream: sample frames a second, bytes of a frame, segments so far; nothing of the engine mock.
        self.streams = {}
        # Texts that become final: when, the stream, their number, start and end.
        self.due = []

    def open(self, body, flags):
        (rate,) = struct.unpack_from("<I", body, 28)
        encoding, channels, _ = flags
        size = {2: 2, 3: 3, 4: 4, 5: 4}.get(encoding, 1)
        self.streams[bytes(body[:16])] = None if body[32:] == b"mock" else [rate, channels * size, 0]

    def chunk(self, body, flags):
        stream = bytes(body[:16])
        seq, start = struct.unpack_from("<QQ", body, 16)
        settings = self.streams.get(stream)
        if settings and self.delay:
            settings[2] += 1
            frames = (len(body) - 40) // settings[1]
            end = (start + frames) / settings[0]
            heapq.heappush(
                self.due, (time.monotonic() + self.delay, stream, settings[2], start / settings[0], end))
        # Bit 0: another worker answered it; bit 1: its last piece.
        if flags[0] & 3 == 2:
            checkpoint = 1 if settings and not self.delay else 0
            self.output += frame(RESULT, stream + struct.pack("<QQddQQII", seq, 0, 0, 0, 0, 0, 0, 0), checkpoint)

    def finish(self, body):
        stream, (seq,) = bytes(body[:16]), struct.unpack_from("<Q", body, 16)
        for text in sorted(text for text in self.due if text[1] == stream):
            self.update(text)
        self.due = [text for text in self.due if text[1] != stream]
        heapq.heapify(self.due)
        self.output += frame(FINISHED, stream + struct.pack("<QQII", seq, 0, 0, 0))

    def update(self, text):
        _, stream, number, start, end = text
        words = b"text %d" % number
        self.output += frame(
            UPDATES, stream + struct.pack("<QII", 0, 0, 0)
            + struct.pack("<QddHHHBB", number, start, end, 2, 0, len(words), 0, 1) + words)

    def take_frames(self):
        while len(self.input) >= 8:
            size, kind = struct.unpack_from("<IB", self.input)
            padded = (8 + size + 7) & ~7
            if len(self.input) < padded:
                return True
            flags, body = tuple(self.input[5:8]), self.input[8:8 + size]
            del self.input[:padded]
            if kind == OPEN:
                self.open(body, flags)
            elif kind == CHUNK:
                self.chunk(body, flags)
            elif kind == FINISH:
                self.finish(body)
            elif kind == CLOSE:
                self.streams.pop(bytes(body[:16]), None)
            elif kind == SHUTDOWN:
                return False
        return True

    def run(self):
        is_running = True
        while is_running or self.output:
            now = time.monotonic()
            while self.due and self.due[0][0] <= now:
                self.update(heapq.heappop(self.due))
            timeout = max(0, self.due[0][0] - now) if self.due else None
            readable, writable, _ = select.select(
                [self.link] if is_running else [], [self.link] if self.output else [], [], timeout)
            if readable:
                data = self.link.recv(1 << 20)
                if not data:
                    return
                self.input += data
                is_running = self.take_frames()
            if writable:
                del self.output[:self.link.send(self.output)]


def main():
    link = socket.socket(fileno=3)
    link.setblocking(True)
    delay = os.environ.get("SPEECH_DELAY")
    Worker(link, float(delay) if delay else None).run()


main()
