#!/usr/bin/env bash
# health.sh [ready]: exits 0 if GET /api/audio/health returns {"status":"ok"}, or with ready GET /api/audio/ready
# {"status":"ready"}; else 1. Needs bash, and openssl with TLS: the image has no curl.
#   AUDIO_PORT       the port it listens on (default 8000)
#   AUDIO_TLS_CERT   set if it takes TLS only; its certificate is not checked here
#   AUDIO_CHECK_TOKEN  with ready: a token of the role metrics, if it requires tokens
set -euo pipefail
path=health expected='{"status":"ok"}'
if [ "${1:-}" = ready ]; then path=ready expected='{"status":"ready"}'; fi
request="GET /api/audio/$path HTTP/1.1"$'\r\nHost: localhost\r\nConnection: close\r\n'
if [ -n "${AUDIO_CHECK_TOKEN:-}" ]; then request+="Authorization: Bearer $AUDIO_CHECK_TOKEN"$'\r\n'; fi
request+=$'\r\n'
if [ -n "${AUDIO_TLS_CERT:-}" ]; then
  coproc server { openssl s_client -quiet -verify_quiet -connect "127.0.0.1:${AUDIO_PORT:-8000}" 2>/dev/null; }
  exec 3<&"${server[0]}" 4>&"${server[1]}"
else
  exec 3<>"/dev/tcp/127.0.0.1/${AUDIO_PORT:-8000}" 4>&3
fi
printf '%s' "$request" >&4
read -r -t 3 _ status _ <&3
while read -r -t 3 header <&3 && [ "$header" != $'\r' ]; do :; done
read -r -t 3 -N ${#expected} body <&3
[ "$status $body" = "200 $expected" ]
