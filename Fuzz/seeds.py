#!/usr/bin/env python3
"""Writes Fuzz/Seeds anew: the contract's examples and cases as inputs to begin from. Run: .deps/python/bin/python Fuzz/seeds.py"""
import base64
import hashlib
import pathlib
import re
import shutil
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tests/Contract"))
from wave_headers import header  # noqa: E402

SEEDS = ROOT / "Fuzz/Seeds"
EXAMPLES = (ROOT / "docs/protocol.md").read_text()
UNKNOWN = ["hello", "{", '"stop"', '{"type":7}', '{"type":"stop"} x', "[" * 20, '{"type":"ping","id":01}',
           '{"type":"ping","id":"\\b\\f\\n\\r\\t\\u00e9\\ud83c\\udf99\\/"}', '{"type":"ping","id":-2.50e+3}',
           '{"type":"start","channels":"2","resume":null}', '{"type":"start","encoding":["u8"]}', " \t\r\n[ true , false ]"]


def keep(target, seeds):
    folder = SEEDS / target
    folder.mkdir(parents=True)
    for number, seed in enumerate(dict.fromkeys(seeds), 1):
        (folder / f"{number:02}").write_bytes(seed if isinstance(seed, bytes) else seed.encode())


def lines(mark):
    return re.findall(rf"^{re.escape(mark)} (.*)$", EXAMPLES, re.MULTILINE)


def filled(text):
    """An example with its ellipses filled in."""
    text = re.sub(r'…([}\]])', r'"more":1\1', text.replace(":…", ":1"))
    return re.sub(r"(\d)…", r"\g<1>1", text)


def frame(kind, fields=b"", payload=b"", small=(0, 0, 0)):
    """As FrameKind.swift has it: a prefix, a body, zeros up to a multiple of eight."""
    body = fields + payload
    whole = struct.pack("<IB3B", len(body), kind, *small) + body
    return whole + bytes(-len(whole) % 8)


def message(opcode, payload=b"", final=True, mask=0, length=None):
    """A client's WebSocket frame; a mask of zeros leaves the payload as it is."""
    size = len(payload) if length is None else length
    head = bytes([opcode | (0x80 if final else 0)])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    return head + struct.pack(">I", mask) + payload


def http(line, *fields):
    return "\r\n".join([line, "Host: a", *fields, "", ""])


def update(number, text, final, words=(), language=b""):
    """As TranscriptUpdate+payload.swift has it."""
    flags = final | (2 if language else 0)
    body = struct.pack("<QddHHHBB", number, 0.5, 1.5, 1, len(words), len(text), len(language), flags) + text + language
    return body + b"".join(struct.pack("<ddH", 0.5, 1.0, len(word)) + word for word in words)


def worker_frames():
    stream = struct.pack("<QQ", 7, 1)

    def chunk(seq, payload, offset=0, flags=2):
        return frame(18, stream + struct.pack("<QQII", seq, 0, len(payload), offset), payload, (flags, 0, 0))

    # Encoding 2 is s16le.
    requests = [frame(16, struct.pack("<I", 5)),
                frame(17, stream + struct.pack("<QII", 40, 1, 16000), b"speech", (2, 1, 3)),
                chunk(1, b"\0\x40" * 4), chunk(2, b"", flags=3), chunk(3, b"\0\x40" * 4, flags=0) + chunk(3, b"\0\0", 8),
                frame(19, stream + struct.pack("<Q", 1)), frame(20, stream), frame(21)]
    updates = update(1, b"a", 0) + update(1, b"two words", 1, (b"two", b"words"), b"en")
    progress = struct.pack("<QII", 40, 1, 2)

    def result(seq, updates=updates, checkpoint=3):
        return frame(81, stream + struct.pack("<QQddQ", seq, 32, 0.5, 0.25, 1) + progress, updates, (checkpoint, 0, 0))

    engine = struct.pack("<HHB", 6, 8, 2) + b"speechno model"
    replies = [frame(65, struct.pack("<Ii", 4, 77), b"[]"), frame(80, struct.pack("<IIiI", 5, 6, 77, 1), engine),
               result(1, b"", 0), result(1) + result(2) + result(3) + result(4),
               frame(82, stream + progress, updates, (1, 0, 0)),
               frame(83, stream + struct.pack("<Q", 4) + progress, updates, (1, 0, 0)),
               frame(84, stream + struct.pack("<Q", 1), "ü".encode()), frame(84, stream + struct.pack("<Q", 1), b"", (1, 0, 0)),
               frame(85, stream, small=(1, 0, 0))]
    return requests, replies


def main():
    shutil.rmtree(SEEDS, ignore_errors=True)
    keep("control", [line for line in lines(">") if line.startswith("{")] + UNKNOWN)
    keep("vosk", ['{"config" : { "sample_rate" : 16000.0, "words": 0, "max_alternatives": 2 } }', '{"eof" : 1}', '{"reset": true}'])
    keep("wyoming", [
        '{"type":"describe"}\n{"type":"ping","data":{"text":"a"}}\n',
        '{"type":"transcribe","version":"1.10.2","data_length":17}\n{"language":"en"}'
        '{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":4}\nabcd{"type":"audio-stop"}\n'])
    keep("multipart", [
        '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--x\r\nContent-Disposition: form-data; name=file; '
        'filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--y\r\n--x--\r\n',
        '\r\n--x \r\n\r\n\r\n\r\n--x--'])
    keep("deepgram", ["encoding=linear16&sample_rate=16000&channels=2&model=nova-3&interim_results=true&endpointing=300\n"
                      '{"type":"KeepAlive"}\n{"type":"Finalize"}\n{"type":"CloseStream"}\n{"type":"Configure"}',
                      "utterance_end_ms=1000&vad_events=True&endpointing=false&language=multi&multichannel=true&callback=a\nhello",
                      "encoding=alaw&sample_rate=7"])
    start = ('{"message":"StartRecognition","audio_format":{"type":"raw","encoding":"pcm_f32le","sample_rate":16000},'
             '"transcription_config":{"language":"en","enable_partials":true,"model":"a",'
             '"conversation_config":{"end_of_utterance_silence_trigger":0.5}}}')
    keep("speechmatics", [start, '{"message":"ForceEndOfUtterance","timestamp":1}\n{"message":"GetSpeakers"}\n{"message":"EndOfStream"}',
                          start.replace("raw", "file"), start.replace("0.5", "-1"), '{"message":"Dance"}\n[]'])
    update = ('{"type":"session.update","event_id":"e","session":{"audio":{"input":{"format":{"type":"audio/pcm","rate":8000},'
              '"transcription":{"model":"m","language":"en"},"turn_detection":{"type":"server_vad","silence_duration_ms":300}}}}}')
    keep("realtime", [update, update.replace("audio/pcm", "audio/pcmu") + "\n" + update, '{"type":"input_audio_buffer.append","audio":"AAEC/w=="}',
                      '{"event_id":null,"type":"input_audio_buffer.append","audio":"\\u002BA\\/A"}\n{"audio":1}',
                      '{"type":"input_audio_buffer.commit"}\n{"type":"input_audio_buffer.clear"}\n{"type":"response.create"}',
                      '{"type":"transcription_session.update","session":{"input_audio_format":"g711_ulaw","turn_detection":null,"include":[1]}}'])
    keep("replies", [filled(line) for line in lines("<") if line.startswith("{")])
    told = [filled(line) for line in lines("<") if line.startswith("{")]
    words = ('{"seq":2,"transcription":"A long line, which does not fit. It is cut.","final":true,"segment":2,"start":0.1,"duration":0.1,'
             '"segments":[{"segment":1,"start":0,"end":0.1,"text":"a"},{"segment":2,"start":0.1,"end":2.5,"text":"b <c> --> d"}]}')
    keep("answers", ["\n".join(told[first:first + 6]) for first in range(0, len(told), 4)] + [
        words, '{"type":"started","session":"s","seq":2}\n{"client_id":1,"seq":3,"chunk_size":320}', '{"error":"lost","seq":3}',
        '{"seq":1,"transcription":"a","final":false,"segment":1}\n' + words])
    keep("parameters", lines("?") + ["channels=12", "sample_rate=384000&encoding=alaw", "sample_rate=+8000", "engine=oracle",
                                     'encoding=a"b\\c', "token=x&&a&channels=8", "/api/audio/nothing\r\n"])
    keep("url", ["ws://127.0.0.1:8000/api/audio/ws?encoding=s16le&engine=mock", "wss://a", "ws://[::1]:9000?a", "WS://h:443/",
                 "ws://a:b@c/", "ws://h:65536", "ws://h/#f", "ws://[v1.a:b]/"])
    upgrade = ["Connection: keep-alive, Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    heads = [http(f"GET {path} HTTP/1.1") for path in
                  ["/", "/api/audio/health", "/../../etc/passwd", "/%2e%2e/%2e%2e/a", "/a/./b//c?x=1&y=%00%zz&=", "/%00", "a", "*",
                   "http://h/p", "/" + "a" * 300]] + [
        http("GET /api/audio/ws?channels=12&encod%69ng=f32%6ce HTTP/1.1", *upgrade), http("GET / HTTP/1.0"),
        http("GET / HTTP/1.1") * 3, http("GET /no HTTP/1.1", *upgrade), http("GET / HTTP/1.1", *upgrade[:2]),
        http("GET / HTTP/1.1", *upgrade, "Sec-WebSocket-Extensions: permessage-deflate", "Origin: http://b"),
        http("GET / HTTP/1.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"),
        http("POST / HTTP/1.1", "Content-Length: 5") + "hello", http("POST / HTTP/1.1", "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n",
        http("PUT / HTTP/1.1", "Transfer-Encoding: chunked") + "5\r\nhello\r\n3\r\nyou\r\n0\r\nA: b\r\n\r\n" + http("GET /pieces HTTP/1.1"),
        http("PUT / HTTP/1.1", "Transfer-Encoding: chunked") + "5\r\nhello\r\nx\r\n", http("PUT / HTTP/1.1", "Transfer-Encoding:", "Content-Length: 0"),
        http("GET /pieces HTTP/1.0"), http("HEAD /pieces HTTP/1.1"), http("HEAD / HTTP/1.1", "Host: b"),
        http("HEAD / HTTP/1.1"), http("CONNECT a:1 HTTP/1.1"), http("OPTIONS * HTTP/1.1"), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        http("GET / HTTP/1.1", "Authorization: Bearer abc", "X-API-Key: k", "Accept-Encoding: gzip", "Range: bytes=0-", " folded"),
        http("GET / HTTP/1.1", *upgrade) + message(1, b"hello").decode("latin-1"), "GET / HTTP/1.1\nHost: a\n\n", "\r\n\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        http("GET /?token=a HTTP/1.1", *upgrade, "Origin: http://localhost:8000", "Sec-WebSocket-Protocol: audio-service, token.b")]
    keep("http", heads)
    keep("head", [b"\x02" + (head if isinstance(head, bytes) else head.encode("latin-1")) for head in heads])
    line = "alice " + "00" * 16 + " " + "ab" * 32
    keep("responses", [b"\x01" + text for text in [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x01a",
        b"HTTP/1.0 302 Found\r\nLocation: wss://a/\r\n\r\nbody"]])
    accept = base64.b64encode(hashlib.sha1(b"A" * 22 + b"==258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    opened = (b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n\x81\x01a")
    interim, tunnel = b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"
    # A number that cuts, one that says whether TLS is used, and how many bytes are the proxy's.
    keep("opening", [b"\x01\x00" + struct.pack(">H", len(proxy)) + proxy + server for proxy in (b"", tunnel, interim + tunnel, tunnel + opened)
                     for server in (opened, interim + opened, b"HTTP/1.1 302 Found\r\nLocation: wss://a/\r\n\r\nbody", b"\x15\x03\x03")] + [
        b"\x01\x00\x00\x30HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", b"\x01\x01\x00\x00HTTP/1.1 400 Bad\r\n\r\nThis is HTTPS"])
    keep("tls", [b"\x01\x01abc", b"\x03\x10" + bytes(3000), b"\x05\x00\x16\x03\x01\x00\x05hello"])
    keep("records", [b"\x01\x00\xff\x00\x07abc", b"\x03\x01\x00\x00\x40" + bytes(3000),
                     b"\x02\x02\x05\x00\x00\x04\x02hi\x03\x05\x18\x00\x00\x01\x01\x02\x02\x01\x00", b"\x00\x00\x00\x00\x03\x17\x03\x03\x00\x20"])
    keep("journal", [b"", b"\x00\x00\x02", b"\x00\x10\xff\x01\x30\x07", b"\x02\x44\x01\x20"])
    keep("tokens", [f"{token}\n{text}" for token, text in [
        ("A" * 43, line), ("short", f"# who\r\n\n{line}\r\nb@c-d_e.f {'12' * 16} {'34' * 32}\n"), ("", line + "\n" + line), ("", "a b c")]])
    messages = [
        message(1, b"hello"), message(2, bytes(200)), message(2, b"\1\2\3", mask=0x37FA213D), message(9, b"p") + message(10, b"q"),
        message(8, struct.pack(">H", 1000) + b"bye"), message(8), message(8, b"\3"), message(8, struct.pack(">H", 1005)),
        message(1, b"a", final=False) + message(9) + message(0, b"b", final=False) + message(0, b"c"), message(0, b"x"),
        message(1, b"a" * 600), message(2, b"b" * 2001), message(1, b"\xff\xfe"), message(2, length=1 << 62), message(3), message(11),
        message(0x41, b"rsv"), message(9, bytes(126)), b"\x81\x05hello", message(1, b"close it"), message(1, b"drop"),
        message(1) + message(2), message(2, b"a", final=False) * 3, message(1, b"a") + message(8) + message(1, b"b")]
    keep("frames", [b"\x05" + body for body in messages])
    keep("headers", [b"\x03" + body for body in messages] + [b"\x04\x88\x02\x03\xf5\x81\x01a", b"\x04\x82\x7e\x00\x7e",
         b"\x04HTTP/1.1 101 Switching Protocols\r\na: b\r\n\r\n\x81\x01a\x88\x02\x03\xf5", b"\x04HTTP/1.1 503 Full\r\n\r\n{}"])
    keep("messages", [bytes(body) for body in [
        [8, 3, 1, 2, 3], [1, 2, 7, 7, 9, 2, 7, 7], [2, 5, 1, 1, 8, 1, 1], [6, 0, 1, 1], [0, 255] + [1] * 255 + [0, 255] + [2] * 255]])
    waves = [header(encoding, 2, 44100, 40) + bytes(range(40)) for encoding in ["u8", "s16le", "s24le", "s32le", "f32le", "alaw", "mulaw"]]
    waves += [header("s24le", 2, 48000, 24, extensible=True) + bytes(31), header("s16le", size=0) + bytes(9),
              header("s16le", size=0xFFFFFFFF) + bytes(9), header("s16le", before=b"LIST\5\0\0\0abcde\0", size=6) + bytes(20),
              header("s16le", channels=9), header("s16le", tag=2), b"RIFF....WAVEdata\0\0\0\0", bytes(range(64)),
              b"\xff\xf1\x60\x40\x00\xe0\xfc" * 3]
    keep("wave", [bytes([channels, encoding, 3]) + wave for channels, encoding, wave in zip([0, 1, 7] * 9, [1, 2, 0, 4] * 5, waves)])
    special = struct.pack("<8f", 0.0, -0.5, 1.0, -1.5, float("nan"), float("inf"), 3.4e38, 1e-45)
    keep("samples", [bytes([code, 3]) + body for code in range(7)
                     for body in [special, struct.pack("<8h", 0, 1, -1, 32767, -32768, -32767, 300, 5) * 2, bytes(range(256))]])
    requests, replies = worker_frames()
    keep("requests", [b"\x01" + body for body in [*requests, b"".join(requests)]])
    keep("results", [b"\x01" + body for body in [*replies, b"".join(replies)]])
    ds64 = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<IQQQI", 28, 100, 64, 32, 0)
    model = '{"type":"moonshine","language":"en","sample_rate":16000,"files":{"encoder":"e.ort","merged_decoder":"d.ort","tokens":"t"},"bytes":{"e.ort":9}}'
    keep("broker", [b"\x03" + body.encode() for body in [
        'INFO {"version":"2.15.1","max_payload":1048576,"headers":true,"auth_required":true}\r\nPONG\r\n',
        "MSG as.hello.a.1 1 2\r\n{}\r\nMSG as.g.g.1.a.1 17 as.w.a.1.g.1 5\r\nhello\r\nPING\r\n+OK\r\n",
        "HMSG as.g.g.1.a.1 17 16 16\r\nNATS/1.0 503\r\n\r\n\r\n-ERR 'Unknown Protocol Operation'\r\n",
        *[f"MSG as.dir.g.1.{number} 4 {len(answer)}\r\n{answer}\r\n" for number, answer in enumerate([
            '{"stream":"KV_sessions","seq":2}', '{"message":{"seq":1,"hdrs":"TkFUUy8xLjANCg0K","data":"aGVsbG8="}}',
            '{"error":{"err_code":10071},"seq":0}', "NATS/1.0\r\nKV-Operation: DEL\r\n\r\n"])]]])
    keep("proxy", [bytes([0x21, 0x11, 0, 12, 192, 0, 2, 7, 10, 0, 0, 1, 0, 9, 0, 80]) + b"GET / HTTP/1.1\r\n", bytes([0x20, 0, 0, 0]),
                   bytes([0x21, 0x21, 0, 36]) + bytes(36), b"\r\n\r\n\0\r\nQUIT\n\x21\0\0\3\1\2\3"])
    keep("forwarded", ["127.0.0.1, 10.0.0.1", 'for=127.0.0.1;x="', 'for="[2001:db8::1]:80";proto=https, for=_x', "unknown, [::1]:80",
                       'for=127.0.0.1;x="\\'])
    keep("files", [*waves[:2], ds64 + waves[1][12:36] + b"data\xff\xff\xff\xff" + bytes(8), waves[1].replace(b"RIFF", b"RIFX"),
                   b"FORM\0\0\0\x2eAIFFCOMM\0\0\0\x12\0\1\0\0\0\x20\0\x10" + bytes(10), model, "<unk> 0\na 1\n", "a\t1\r\nb 2"])


main()
