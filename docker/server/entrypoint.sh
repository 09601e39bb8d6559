#!/usr/bin/env bash
# Starts audio-server in the image, from a checkout (.build/release), or from PATH. Arguments are audio-server's.
#   AUDIO_HOST   address to listen on (default 127.0.0.1; the image sets 0.0.0.0)
#   AUDIO_PORT   port to listen on (default 8000)
#   AUDIO_*      variables of all other flags: audio-server --help
set -euo pipefail
built=$(dirname "${BASH_SOURCE[0]}")/../../.build/release/audio-server
if [ -x "$built" ]; then
  exec "$built" "$@"
elif command -v audio-server >/dev/null; then
  exec audio-server "$@"
fi
printf 'audio-server: not built (run make build) and not on PATH.\n' >&2
exit 127
