#!/usr/bin/env bash
# entrypoint_compose.sh: runs the service in containers. Options combine: --build --up --client 5 starts five clients.
#   --build      build both images
#   --up         start the server and, once it is healthy, one client (or the number of --client)
#   --client N   run N clients, 0 to 1000; without --up: on the running stack
#   --logs       show the logs; on a terminal follow them until Ctrl-C, which leaves the stack running
#   --down       stop and remove everything; ahead of --build or --up: first, for a fresh start; otherwise last
#   --help
# Environment: SPEECH=off builds a server image without the engine speech and its model;
#   AUDIO_ENGINE (mock, speech), AUDIO_MODEL (folder of your own model), AUDIO_PUBLISH (default 127.0.0.1:8000),
#   AUDIO_LOOPS, AUDIO_WORKERS, AUDIO_LOG_LEVEL, AUDIO_LOG_FORMAT for the server;
#   CLIENT_MODE (auto, mic, file, simulate), FILE (/audio/x.wav), AUDIO_FILES (the folder mounted at /audio), MSGS,
#   RATE_MS for the clients. A microphone in /dev/snd is passed in, with CLIENT_MODE=mic also one plugged in later.
# Exit status: 0 success, 1 a step failed, 2 usage error, 3 no Docker, or its engine does not respond.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf 'entrypoint_compose.sh: %s\n' "$*" >&2; }
usage() { say "$*; see --help"; exit 2; }
help() { sed -n '2,/^set /s/^# \{0,1\}//p' entrypoint_compose.sh; }

build='' up='' clients='' logs='' down_first='' down_last=''
[ $# -gt 0 ] || { help >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
  --build) build=1 ;;
  --up) up=1 ;;
  --client | --client=*)
    if [ "$1" = --client ]; then
      [ $# -gt 1 ] || usage "--client: expected a number"
      shift
    fi
    clients=${1#--client=}
    [[ $clients =~ ^([0-9]{1,3}|1000)$ ]] || usage "--client: expected an integer from 0 to 1000, got \"$clients\""
    ;;
  --logs) logs=1 ;;
  --down) if [ -z "$build$up" ]; then down_first=1; else down_last=1; fi ;;
  --help | -h) help; exit 0 ;;
  *) usage "$1: unknown option" ;;
  esac
  shift
done
# Without --up and --build, --down comes last, after the logs. Ahead of --up or --build it comes first.
[ -n "$build$up" ] || { down_last=$down_first; down_first=''; }
[ -z "$clients" ] || [ -n "$up" ] || [ -z "$down_last$down_first" ] || usage "--client and --down need --up"
if [ -n "${AUDIO_MODEL:-}" ]; then
  [ -r "$AUDIO_MODEL/model.json" ] || usage "AUDIO_MODEL: expected a folder with a model.json (docs/models.md), got \"$AUDIO_MODEL\""
  AUDIO_MODEL=$(realpath "$AUDIO_MODEL")
  export AUDIO_MODEL
fi

if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif command -v docker-compose >/dev/null; then
  compose=(docker-compose)
else
  say "docker compose is not installed (Debian: apt-get install docker.io docker-compose)"
  exit 3
fi
compose+=(-f docker-compose.yml)
microphone=$(find /dev/snd -name 'pcmC*D*c' 2>/dev/null | head -n 1 || true)
if [ -n "$microphone" ]; then
  AUDIO_GROUP=$(stat -c %g "$microphone")
  export AUDIO_GROUP
fi
# A microphone may be plugged in later.
if [ -n "$microphone" ] || [ "${CLIENT_MODE:-}" = mic ]; then
  compose+=(-f docker/compose.microphone.yml)
fi
[ -z "${AUDIO_MODEL:-}" ] || compose+=(-f docker/compose.model.yml)

"${compose[@]}" ps >/dev/null 2>&1 || {
  say "no response from the Docker engine at ${DOCKER_HOST:-its default socket}: check that it runs and that you may use it"
  exit 3
}

step() {
  local what=$1
  shift
  "$@" || { say "$what failed (the reason is above)"; exit 1; }
}
# The reason why a server does not start is in its log.
start() { "${compose[@]}" up -d "$@" || { "${compose[@]}" logs --no-color --tail 5 server >&2; return 1; }; }
take_down() { step "taking the stack down" "${compose[@]}" down --remove-orphans; }
serving() { "${compose[@]}" ps --services --filter status=running | grep -qx server; }

[ -z "$down_first" ] || take_down
[ -z "$build" ] || step "building the images" "${compose[@]}" build
if [ -n "$up" ]; then
  # The compose file makes the clients wait for a healthy server.
  step "starting the stack" start --scale "client=${clients:-1}"
elif [ -n "$clients" ]; then
  serving || { say "no server is running: add --up"; exit 1; }
  step "starting the clients" start --no-recreate --scale "client=$clients" client
fi
[ -z "$up$clients" ] || step "listing the stack" "${compose[@]}" ps
if [ -n "$logs" ]; then
  if [ -t 1 ]; then
    trap : INT # Ctrl-C ends only the log; --down still follows
    "${compose[@]}" logs -f || true
    trap - INT
  else
    step "showing the logs" "${compose[@]}" logs --no-color
  fi
fi
[ -z "$down_last" ] || take_down
