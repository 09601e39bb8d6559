#!/usr/bin/env bash
# Started by the user unit audio-recorder: writes what the microphone hears into a file a day, a line for each
# utterance, that its user alone may read: $XDG_STATE_HOME/audio-service/YYYY-MM-DD.txt. Flags are audio-client's.
set -euo pipefail
umask 077
folder=${XDG_STATE_HOME:-$HOME/.local/state}/audio-service
mkdir -p "$folder"

keep() {
  local line
  # The client ends first, and says its last words then.
  trap '' TERM INT HUP
  while IFS= read -r line; do
    printf '%(%H:%M:%S)T %s\n' -1 "$line" >>"$folder/$(printf '%(%F)T' -1).txt"
  done
}

exec @bindir@/audio-client mic --output plain --quiet "$@" > >(keep)
