"""Hooks of schemathesis for this server: SCHEMATHESIS_HOOKS names this file."""
import os
import struct
import sys

import schemathesis
from hypothesis import strategies

sys.path.append(os.path.dirname(__file__))
from closing import closed  # noqa: E402 once it can be found

SAMPLES = b"A" * 64  # as it is in what a failure says, it is short and readable
WAV = b"RIFF" + struct.pack("<I4s4sIHHIIHH4sI", 36 + len(SAMPLES), b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16,
                            b"data", len(SAMPLES)) + SAMPLES
# Random bytes are no audio.
files = strategies.one_of(strategies.just(WAV), strategies.binary(max_size=64))
for kind in ["audio/*", "application/octet-stream"]:
    schemathesis.openapi.media_type(kind, files)
schemathesis.openapi.format("binary", files)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    schemas = raw_schema["components"]["schemas"]
    schemas.update({name: closed(schema) for name, schema in schemas.items() if not name.endswith("Form")})


@schemathesis.check
class EverythingSucceeds:
    """Each operation that is no WebSocket was answered with 200 at least once."""

    def __init__(self):
        self.known, self.successful = set(), set()

    def after_response(self, ctx, response, case):
        self.known.add(case.operation.label)
        if response.status_code in (200, 426):
            self.successful.add(case.operation.label)

    def after_run(self, ctx):
        missing = self.known - self.successful - {"GET /v1/listen"}
        assert not missing, f"never answered with 200: {sorted(missing)}"
