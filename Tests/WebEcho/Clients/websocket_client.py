"""The package websocket-client: websocket_client.py URL [CA]. Prints "ok" if everything came back as it was sent."""
import sys

import websocket

url, authority = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
socket = websocket.create_connection(
    url, subprotocols=["first"], sslopt={"ca_certs": authority} if authority else None, timeout=20)
assert socket.getsubprotocol() == "first"
for size in [0, 1, 125, 126, 65535, 65536, 1 << 20]:
    socket.send_binary(bytes([size % 251]) * size)
    assert socket.recv() == bytes([size % 251]) * size
    socket.send("ä" * size)
    assert socket.recv() == "ä" * size
socket.ping("now")
code, frame = socket.recv_data_frame(True)
assert code == websocket.ABNF.OPCODE_PONG and frame.data == b"now"
socket.close(status=1000)
print("ok")
