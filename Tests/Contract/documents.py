"""Plays every ```transcript of docs/protocol.md against the server: see "Notation" there."""
import json
import math
import re
import struct
from pathlib import Path

from cases import case
from peer import Peer, Wrong, expect, request, upgrade

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "protocol.md"
ANYTHING = "…"


def transcripts(text):
    """Pairs of a name (the section, and which of its transcripts) and its lines."""
    section, block, counts = "", None, {}
    for line in text.splitlines():
        if block is None and line.startswith("#"):
            section = line.lstrip("# ")
        elif block is None and line == "```transcript":
            block = []
        elif block is not None and line == "```":
            counts[section] = counts.get(section, 0) + 1
            yield f"{section}, transcript {counts[section]}", block
            block = None
        elif block is not None:
            block.append(line)


SIGNALS = {
    "silence": lambda index: 0,
    "square": lambda index: -16384 if index % 2 else 16384,
    "sine": lambda index: round(16384 * math.sin(2 * math.pi * 440 * index / 16000)),
    "full": lambda index: -32767 if index % 2 else 32767,
}


def message(text):
    """What a `>` line sends: bytes or text."""
    if match := re.fullmatch(r"(\d+) bytes of (\w+)", text):
        size = int(match[1])
        samples = (SIGNALS[match[2]](index) for index in range((size + 1) // 2))
        return b"".join(struct.pack("<h", sample) for sample in samples)[:size]
    if text.startswith("hex "):
        return bytes.fromhex(text[4:])
    return text


def pattern(text):
    """A `<` line's JSON with its … made parsable: a bare one becomes a string, digits… a string, the last one a key."""
    text = re.sub(r"(?<=:)…", f'"{ANYTHING}"', text)
    text = re.sub(r"(?<=:)(-?[\d.]+)…", rf'"number \1{ANYTHING}"', text)
    return json.loads(re.sub(r",…}$", f',"{ANYTHING}":0}}', text))


def check(actual, wanted, where):
    """Holds a parsed message to a pattern."""
    if isinstance(wanted, str) and ANYTHING in wanted:
        if wanted == ANYTHING:
            return
        if wanted.startswith("number "):
            digits = wanted[len("number "):-1]
            shown = f"{actual:.12f}" if isinstance(actual, float) else str(actual)
            if not shown.startswith(digits):
                raise Wrong(f"{where} is {actual}, expected {digits}…")
        elif not re.fullmatch(".+".join(map(re.escape, wanted.split(ANYTHING))), actual, re.DOTALL):
            raise Wrong(f"{where} is {actual!r}, expected {wanted!r}")
    elif isinstance(wanted, dict):
        keys = [key for key in wanted if key != ANYTHING]
        expect(list(actual)[:len(keys) if ANYTHING in wanted else None], keys, f"keys of {where}")
        for key in keys:
            check(actual[key], wanted[key], f"{where}'s {key}")
    elif isinstance(wanted, list):
        expect(len(actual), len(wanted), f"length of {where}")
        for index, (one, pattern_of_it) in enumerate(zip(actual, wanted)):
            check(one, pattern_of_it, f"{where}'s item {index}")
    elif isinstance(wanted, float):
        if not math.isclose(actual, wanted, rel_tol=1e-6):
            raise Wrong(f"{where} is {actual}, expected {wanted}")
    else:
        expect(actual, wanted, where)


async def ask(server, text):
    """An HTTP line: the two lines it is answered with."""
    method, path = text.split(" ")[:2]
    if match := re.search(r" as an upgrade(?: with (.+))?$", text):
        status, fields, body = await upgrade(server, path, [match[1]] if match[1] else [])
    else:
        status, fields, body = await request(server, method, path)
        body = json.loads(body)
    return [f"{status} {fields.get('content-type')}", body]


async def play(server, lines):
    query = lines.pop(0)[2:] if lines[0].startswith("? ") else ""
    if re.match(r"> (GET|POST) ", lines[0]):
        return await play_http(server, lines)
    async with await Peer.open(server, query) as peer:
        for line in lines:
            if line.startswith("> "):
                await peer.send(message(line[2:]))
            elif line.startswith("< close "):
                expect(await peer.closed(), int(line[8:]), "close code")
            else:
                check(await peer.receive(), pattern(line[2:]), line)


async def play_http(server, lines):
    answer = []
    for line in lines:
        if line.startswith("> "):
            expect(answer, [], "answers not in the document")
            answer = await ask(server, line[2:])
        elif line.startswith("< {"):
            check(answer.pop(0), pattern(line[2:]), line)
        else:
            expect(answer.pop(0), line[2:], line)
    expect(answer, [], "answers not in the document")


def document_case(name, lines):
    @case(f"docs/protocol.md, {name}")
    async def replay(server):
        await play(server, list(lines))


for title, block in transcripts(DOCUMENT.read_text(encoding="utf-8")):
    document_case(title, block)
