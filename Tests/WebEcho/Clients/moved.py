"""The package websocket-client: moved.py URL LOOPS [CA]. Prints "ok" if each connection was served by the loop it names."""
import sys

import websocket

url, loops, authority = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None
sockets = [
    websocket.create_connection(
        f"{url}/loops/{number % loops}", sslopt={"ca_certs": authority} if authority else None, timeout=20)
    for number in range(4 * loops)]
for size in [0, 125, 65536, 1 << 20]:
    for number, socket in enumerate(sockets):
        if size == 0:
            assert socket.recv().startswith("from ")
        socket.send_binary(bytes(size))
        assert socket.recv() == f"on {number % loops}: {size}"
for socket in sockets:
    socket.close(status=1000)
print("ok")
