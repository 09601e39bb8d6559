"""Updates: text that is sent as soon as it exists. With the mock, which answers each chunk with one text, none is sent."""
from cases import case
from controls import STARTED
from peer import Peer, expect, expect_true, upgrade


async def replies_as_ever(peer, settled={}):
    _, reply = await peer.chunk(bytes(640), 1)
    expect([key for key in reply if key not in settled][-2:], ["final", "segment"], "last keys of the reply")
    expect(list(reply)[:2], ["seq", "transcription"], "first keys of the reply")
    expect({key: reply[key] for key in settled}, settled, "what is settled")
    await peer.send({"type": "flush"})
    again = await peer.receive()
    expect(again, reply, "the reply that a flush repeats")
    expect(await peer.receive(), {"type": "flushed", "seq": 1} | settled, "answer to flush")
    await peer.still_works(2)


@case("updates in start are confirmed last, and the mock's replies stay as they are")
async def in_start(server):
    async with await Peer.open(server) as peer:
        await peer.send({"type": "start", "updates": True, "words": True})
        started = await peer.receive()
        expect(list(started), STARTED + ["updates"], f"keys of {started}")
        expect(started["updates"], True, "updates")
        await replies_as_ever(peer, {"settled": 1})


@case("updates in the URL are confirmed by a start that does not mention them, and one can turn them off")
async def in_url(server):
    async with await Peer.open(server, "updates=true&words=true") as peer:
        await peer.send({"type": "start"})
        expect(list(await peer.receive()), STARTED + ["updates"], "keys of started")
        await peer.send({"type": "start", "updates": False})
        expect(list(await peer.receive()), STARTED, "keys of started")
    async with await Peer.open(server, "updates=true") as peer:
        await replies_as_ever(peer)


@case("updates and words are true or false")
async def booleans(server):
    for name in ["updates", "words"]:
        async with await Peer.open(server) as peer:
            for value, shown in [(1, "1"), ("true", "true"), ([], "[]")]:
                await peer.send({"type": "start", name: value})
                error = (await peer.error())["error"]
                expect_true(error.startswith(f"{name}: expected true or false, got ") and shown in error, error)
            await peer.still_works(1)
        status, _, body = await upgrade(server, f"/api/audio/ws?{name}=yes")
        expect(status, 400, f"status for {name}=yes")
        expect(body["error"], f'{name}: expected true or false, got "yes"', "error")
