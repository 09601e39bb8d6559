#!/usr/bin/env bash
# Exits 0 if GET /api/audio/health returns {"status":"ok"}, else 1. Needs only bash: the image has no curl.
#   AUDIO_PORT   the port it listens on (default 8000)
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${AUDIO_PORT:-8000}"
printf 'GET /api/audio/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 3 _ status _ <&3
while read -r -t 3 header <&3 && [ "$header" != $'\r' ]; do :; done
read -r -t 3 -N 15 body <&3
[ "$status $body" = '200 {"status":"ok"}' ]
