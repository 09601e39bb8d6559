"""What the server says of itself: readiness, figures, and the same for Prometheus."""
import json

from prometheus_client.parser import text_string_to_metric_families

from cases import case
from peer import Peer, expect, expect_true, request


# What all programs have, by the names that they have it by.
PROCESS = {"cpu_seconds_total": "process_cpu_seconds", "resident_bytes": "process_resident_memory_bytes"}


async def figures(server):
    status, _, body = await request(server, "GET", "/api/audio/stats")
    expect(status, 200, "status of stats")
    return json.loads(body)["figures"]


@case("a server whose worker answers is ready")
async def ready(server):
    status, fields, body = await request(server, "GET", "/api/audio/ready")
    expect((status, fields["content-type"], json.loads(body)), (200, "application/json", {"status": "ready"}), "ready")


@case("metrics are Prometheus' text format and say what the figures say")
async def metrics(server):
    status, fields, body = await request(server, "GET", "/metrics")
    expect(status, 200, "status of metrics")
    expect_true(fields["content-type"].startswith("text/plain; version=0.0.4"), fields["content-type"])
    families = {family.name: family for family in text_string_to_metric_families(body.decode())}
    told = await figures(server)
    for name, counts in told.pop("dialects").items():
        for kind, value in counts.items():
            samples = {sample.labels["dialect"]: sample.value for sample in families[f"audio_dialect_{kind}"].samples}
            expect_true(value >= samples[name], f"{kind} of {name} went backwards")
    for name, value in told.items():
        family = families.get(PROCESS.get(name, "audio_" + name.removesuffix("_total")))
        expect(family is None, value is None, f"{name} is in the metrics where it is known")
        if family is None:
            continue
        expect(family.type, "counter" if name.endswith("_total") else "gauge", f"type of {name}")
        expect_true(family.documentation, f"{name} has no help")
        if family.type == "counter":
            expect_true(value >= family.samples[0].value, f"{name} went backwards")
    expect_true(len(families["audio_worker_ready"].samples) >= 1, "no worker in the metrics")


@case("whoever looks after the server may ask by HEAD, and is told as much without the body")
async def heads(server):
    for path in ("/api/audio/health", "/api/audio/ready", "/api/audio/stats", "/api/audio/engines", "/metrics"):
        status, fields, _ = await request(server, "HEAD", path)
        expect((status, "content-length" in fields), (200, True), f"HEAD of {path}")
    status, fields, _ = await request(server, "POST", "/metrics")
    expect((status, fields.get("allow")), (405, "GET, HEAD"), "POST of metrics")


@case("the figures count what a client sends")
async def counted(server):
    before = await figures(server)
    async with await Peer.open(server) as peer:
        for seq in range(1, 11):
            await peer.chunk(bytes(100), seq)
        after = await figures(server)
    expect_true(after["chunks_total"] - before["chunks_total"] >= 10, "chunks_total")
    expect_true(after["bytes_total"] - before["bytes_total"] >= 1000, "bytes_total")
    expect_true(after["processed_total"] - before["processed_total"] >= 10, "processed_total")
    expect_true(after["connections_total"] > before["connections_total"], "connections_total")
    expect_true(after["clients"] >= 1, "clients")
