#!/usr/bin/env bash
# Starts audio-client in the image, from a checkout (.build/release), or from PATH. Arguments are audio-client's
# (audio-client --help); without arguments, the environment selects what to do:
#   WS_URL       the server (default ws://127.0.0.1:8000/api/audio/ws; in compose ws://server:8000/api/audio/ws)
#   CLIENT_MODE  auto      FILE if it is set, else the microphone if one opens, else the bundled recording (default)
#                mic       the microphone; it is waited for until it is plugged in
#                file      FILE, or the bundled recording, at real-time pace
#                simulate  random bytes, to generate load
#   FILE         an audio file, as this machine or container sees it (compose mounts AUDIO_FILES at /audio)
#   MSGS         simulate: chunks to send (default 1000)
#   RATE_MS      simulate: milliseconds between two chunks (default 10)
#   AUDIO_LOOP   1: the file or the recording again and again, until the container ends
# The access token is that of the secret client_token if there is one.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

client=$here/../../.build/release/audio-client
if [ ! -x "$client" ] && ! client=$(command -v audio-client); then
  printf 'audio-client: not built (run make build) and not on PATH.\n' >&2
  exit 127
fi
secret=/run/secrets/client_token
if [ -z "${AUDIO_TOKEN:-}" ] && [ -r $secret ]; then
  AUDIO_TOKEN=$(cat $secret)
  export AUDIO_TOKEN
fi
[ $# = 0 ] || exec "$client" "$@"

recording() {
  local file
  for file in "${AUDIO_RECORDING:-}" "$(dirname "$(dirname "$client")")/share/audio-service/speech.wav" "$here/../../Assets/speech.wav"; do
    if [ -n "$file" ] && [ -r "$file" ]; then printf '%s\n' "$file"; return; fi
  done
  printf 'FILE is not set and the bundled recording is missing.\n' >&2
  return 1
}

mode=${CLIENT_MODE:-auto}
if [ "$mode" = auto ] && [ -n "${FILE:-}" ]; then mode='file'; fi
case $mode in
auto) exec "$client" ;;
mic) exec "$client" mic ;;
file)
  file=${FILE:-$(recording)}
  exec "$client" file "$file" --speed realtime
  ;;
simulate) exec "$client" simulate ;;
*)
  printf 'CLIENT_MODE: expected auto, mic, file or simulate, got "%s"\n' "$mode" >&2
  exit 2
  ;;
esac
