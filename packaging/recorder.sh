#!/usr/bin/env bash
# Started by the user unit audio-recorder: writes what the microphone hears into a file a day that its user alone may
# read, $XDG_STATE_HOME/audio-service/YYYY-MM-DD.txt. Flags and variables are those of audio-client mic.
set -euo pipefail
export AUDIO_TEXT_DIR=${AUDIO_TEXT_DIR:-${XDG_STATE_HOME:-$HOME/.local/state}/audio-service}
export AUDIO_KEEP_DAYS=${AUDIO_KEEP_DAYS:-30}
exec @bindir@/audio-client mic --quiet "$@"
