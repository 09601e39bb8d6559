"""Holds messages of the native WebSocket to Sources/CPage/api/asyncapi.json.

    python asyncapi.py --recorded FILE [--url ws://127.0.0.1:8000/api/audio/ws --recording WAV]

FILE is what Tests/Contract/contract.py --record has written. With --url, the messages of a server that recognizes
speech are looked at, too. Prints "ok - NAME" or "not ok - NAME: REASON" for each case; exits 1 if any is not.
"""
import argparse
import asyncio
import json
import re
import sys
from pathlib import Path

import jsonschema_rs
from websockets.asyncio.client import connect

sys.path.append(str(Path(__file__).resolve().parents[1] / "Contract"))
from closing import closed  # noqa: E402 once it can be found
from passing import passes  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = json.loads((ROOT / "Sources/CPage/api/asyncapi.json").read_text(encoding="utf-8"))
MESSAGES = DOCUMENT["components"]["messages"]
FROM_CLIENT = {path["$ref"].rsplit("/")[-1] for operation in DOCUMENT["operations"].values()
               if operation["action"] == "receive" for path in operation["messages"]}
FROM_SERVER = set(MESSAGES) - FROM_CLIENT
# Messages of engines that recognize speech, or of a server that is short of memory.
SELDOM = {"measurement", "update", "notice"}


def validator(schema):
    return jsonschema_rs.validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema,
                                        "components": closed(DOCUMENT["components"])})


# A client may send more than is described, which the server ignores; a server does not.
VALIDATORS = {name: validator(closed(message["payload"]) if name in FROM_SERVER else message["payload"])
              for name, message in MESSAGES.items() if name != "audio"}


def kinds(message, names):
    """The messages of that description which it is."""
    return [name for name in names if name in VALIDATORS and VALIDATORS[name].is_valid(message)]


def expect_one(message, names):
    found = kinds(message, names)
    if len(found) != 1:
        close = {name: str(next(VALIDATORS[name].iter_errors(message))).split("\n")[0] for name in sorted(names)
                 if name in VALIDATORS and name not in found}
        raise AssertionError(f"{json.dumps(message)} is {found or close}")
    return found[0]


CASES = []


def case(name):
    def register(function):
        CASES.append((name, function))
        return function
    return register


@case("every reference leads somewhere, and every message is sent by an operation")
async def references(arguments):
    def walk(value):
        if isinstance(value, dict):
            if "$ref" in value:
                target = DOCUMENT
                for key in value["$ref"].removeprefix("#/").split("/"):
                    target = target[key]
            value = list(value.values())
        for item in value if isinstance(value, list) else []:
            walk(item)
    walk(DOCUMENT)
    used = {path["$ref"].rsplit("/")[-1] for operation in DOCUMENT["operations"].values()
            for part in (operation, operation.get("reply", {"messages": []})) for path in part["messages"]}
    assert used == set(MESSAGES) == set(DOCUMENT["channels"]["stream"]["messages"]), used ^ set(MESSAGES)


@case("every example in the description is one of its message, and of no other")
async def examples(arguments):
    for name, message in MESSAGES.items():
        for example in message.get("examples", []):
            found = expect_one(example["payload"], FROM_SERVER if name in FROM_SERVER else FROM_CLIENT)
            assert found == name, f"an example of {name} is {found}"


@case("every JSON example in docs/protocol.md is a message")
async def protocol_examples(arguments):
    text = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    lines = [line.strip() for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    seen = set()
    for line in filter(lambda line: line.startswith("{") and not line.startswith('{"engine"'), lines):
        message = json.loads(line.replace(",…", ""))
        if ",…" in line:  # in the place of the measurements
            message = {"rms": 0, "dbfs": None, "peak": 0, "clipped": 0, "duration": 0, "start": 0} | message
        seen.add(expect_one(message, VALIDATORS))
    assert {"update", "notice", "resume", "transcription"} <= seen, seen


@case("every message that the contract's cases got is one of the description, and all of these were got")
async def recorded(arguments):
    seen = set()
    for _, direction, text in exchanged(arguments):
        if direction == "<":
            seen.add(expect_one(json.loads(text), FROM_SERVER))
    assert seen >= FROM_SERVER - SELDOM, FROM_SERVER - SELDOM - seen


@case("every text message that the server took is one of the description, and none that it did not know")
async def sent(arguments):
    seen, waiting = set(), {}
    for connection, direction, text in exchanged(arguments):
        if direction == ">":
            waiting.setdefault(connection, []).append(text)
            continue
        texts, error = waiting.pop(connection, []), json.loads(text).get("error", "")
        # Of several at once it is not clear which one is answered.
        if len(texts) != 1 or not texts[0]:
            continue
        try:
            message = json.loads(texts[0])
        except (ValueError, RecursionError):
            message = texts[0]
        found = kinds(message, FROM_CLIENT)
        if error.startswith("Unknown control message"):
            assert not found, f"{texts[0]} is no {found}: {error}"
        elif not error:
            assert found, f"{texts[0]} was answered with {text}"
            seen.update(found)
    assert seen == FROM_CLIENT - {"audio"}, FROM_CLIENT - seen


def exchanged(arguments):
    """Connections' numbers, directions and texts; None is a binary message."""
    with open(arguments.recorded, encoding="utf-8") as file:
        return [entry for entry in map(json.loads, file) if entry[2] is not None]


@case("every message of a stream of speech is one of the description")
async def speech(arguments):
    if not arguments.url:
        return
    seen = set()
    for query in ["engine=speech&words=true", "engine=speech&updates=true&words=true"]:
        async with connect(f"{arguments.url}?{query}", max_size=None, compression=None) as server:
            await server.send('{"type":"start"}')
            with open(arguments.recording, "rb") as file:
                while chunk := file.read(32000):
                    await server.send(chunk)
            await server.send('{"type":"stop"}')
            async for text in server:
                seen.add(expect_one(json.loads(text), FROM_SERVER))
    expected = {"accepted", "transcription", "measurement", "update", "started", "flushed", "summary"}
    assert seen == expected, seen ^ expected


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--recorded", required=True)
    parser.add_argument("--url")
    parser.add_argument("--recording")
    arguments = parser.parse_args()
    results = [await passes(name, function(arguments), 120) for name, function in CASES]
    return 0 if all(is_ok for is_ok, *_ in results) else 1


sys.exit(asyncio.run(main()))
