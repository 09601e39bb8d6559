"""A worker that speaks other versions of the link than this build's: `worker.py VERSIONS WORKER ARGUMENTS…`.

VERSIONS is `4` for the worker before version 5, which announced itself in another way, or a range such as `5-6`: then
WORKER answers everything, and only what its hello says of versions is changed.
"""

import os
import socket
import struct
import subprocess
import sys
import threading

LINK = 3


def announce_version_4(link):
    """The first frame of a worker of version 4; then it waits until the server ends the link."""
    link.sendall(struct.pack("<IB3xII", 8, 65, 4, os.getpid()))
    while link.recv(65536):
        pass


def relay(source, target, patch=None):
    while data := source.recv(1 << 20):
        if patch:
            while len(data) < 16:
                data += source.recv(1 << 20)
            data, patch = data[:8] + patch + data[16:], None
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


def speak(link, lowest, highest, command):
    ours, theirs = socket.socketpair()
    os.dup2(theirs.fileno(), LINK)
    worker = subprocess.Popen(command, pass_fds=[LINK])
    os.close(LINK)
    theirs.close()
    threading.Thread(target=relay, args=(link, ours), daemon=True).start()
    relay(ours, link, struct.pack("<II", lowest, highest))
    sys.exit(worker.wait())


def main():
    versions = [int(part) for part in sys.argv[1].split("-")]
    # Another descriptor: the real worker gets the link's number.
    link = socket.socket(fileno=os.dup(LINK))
    link.setblocking(True)
    if versions == [4]:
        announce_version_4(link)
    else:
        speak(link, versions[0], versions[-1], sys.argv[2:])


main()
