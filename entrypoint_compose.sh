#!/usr/bin/env bash
# entrypoint_compose.sh: runs the service in containers. Options combine: --build --up --client 5 starts five clients.
#   --build      build both images
#   --up         start the server and, once it is healthy, one client (or the number of --client)
#   --client N   run N clients, 0 to 1000; without --up: on the running stack
#   --monitoring with --up: Prometheus, too, on http://127.0.0.1:9090 (AUDIO_PROMETHEUS_PUBLISH; PROMETHEUS_IMAGE)
#   --scale      the stack of several machines instead (docs/scaling.md): three brokers, two servers, workers and HAProxy;
#                goes with each of the others
#   --workers N  with --scale: N workers, 1 to 100 (default 2)
#   --logs       show the logs; on a terminal follow them until Ctrl-C, which leaves the stack running
#   --down       stop and remove everything; ahead of --build or --up: first, for a fresh start; otherwise last
#   --open       let AUDIO_PUBLISH reach beyond this machine although no token is required
#   --help
# Environment: SPEECH=off builds a server image without the engine speech and its model,
#   SPEECH=multilingual one with Whisper base, too;
#   FFMPEG=on one that reads M4A, WebM and all other kinds of files (470 MB more);
#   AUDIO_ENGINE (mock, speech), AUDIO_MODEL (folder of your own model), AUDIO_JOURNAL (folder that user 10001 may
#   write), AUDIO_PUBLISH (default 127.0.0.1:8000), and all other variables of the server but its host and port
#   (audio-server --help). AUDIO_AUTH_TOKENS, AUDIO_TLS_CERT, AUDIO_TLS_KEY and AUDIO_JOURNAL_KEY are files here; what the images read are copies, made again by each --up. The clients get a
#   token of their own, and trust AUDIO_CA, else a certificate that signed itself, else the system's authorities.
#   NATS_IMAGE and HAPROXY_IMAGE are those of --scale; AUDIO_SCALE_NETWORK the first two numbers of its addresses
#   (default 10.213, for 10.213.0.0/16).
#   CLIENT_MODE (auto, mic, file, simulate), FILE (/audio/x.wav), AUDIO_FILES (the folder mounted at /audio), MSGS,
#   RATE_MS for the clients, which are quiet (AUDIO_QUIET=0) and send their file again and again (AUDIO_LOOP=0).
#   COMPOSE_PROJECT_NAME (default audio-service). A microphone in /dev/snd is passed in,
#   with CLIENT_MODE=mic also one plugged in later.
# Exit status: 0 success, 1 a step failed, 2 usage error, 3 no Docker, or its engine does not respond.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf 'entrypoint_compose.sh: %s\n' "$*" >&2; }
usage() { say "$*; see --help"; exit 2; }
help() { sed -n '2,/^set /s/^# \{0,1\}//p' entrypoint_compose.sh; }

build='' up='' clients='' monitoring='' logs='' down_first='' down_last='' open='' scale='' workers=''
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
  --monitoring) monitoring=1 ;;
  --scale) scale=1 ;;
  --workers | --workers=*)
    if [ "$1" = --workers ]; then
      [ $# -gt 1 ] || usage "--workers: expected a number"
      shift
    fi
    workers=${1#--workers=}
    [[ $workers =~ ^([1-9][0-9]?|100)$ ]] || usage "--workers: expected an integer from 1 to 100, got \"$workers\""
    ;;
  --logs) logs=1 ;;
  --open) open=1 ;;
  --down) if [ -z "$build$up" ]; then down_first=1; else down_last=1; fi ;;
  --help | -h) help; exit 0 ;;
  *) usage "$1: unknown option" ;;
  esac
  shift
done
# Without --up and --build, --down comes last, after the logs. Ahead of --up or --build it comes first.
[ -n "$build$up" ] || { down_last=$down_first; down_first=''; }
[ -z "$monitoring" ] || [ -n "$up" ] || usage "--monitoring needs --up"
[ -z "$clients" ] || [ -n "$up" ] || [ -z "$down_last$down_first" ] || usage "--client and --down need --up"
[ -z "$workers" ] || [ -n "$scale" ] || usage "--workers needs --scale; without it AUDIO_WORKERS is the number"
[ -z "$scale" ] || [ -z "$monitoring" ] || usage "--monitoring: not with --scale"
if [ -n "$scale" ]; then
  [[ ${AUDIO_SCALE_NETWORK:-10.213} =~ ^[0-9]{1,3}\.[0-9]{1,3}$ ]] ||
    usage "AUDIO_SCALE_NETWORK: expected two numbers such as 10.213, got \"$AUDIO_SCALE_NETWORK\""
  for variable in AUDIO_TLS_CERT AUDIO_JOURNAL AUDIO_JOURNAL_KEY AUDIO_MODEL; do
    [ -z "${!variable:-}" ] || usage "$variable: not with --scale, whose servers are behind HAProxy and have no disk"
  done
fi
if [ -n "${AUDIO_MODEL:-}" ]; then
  [ -r "$AUDIO_MODEL/model.json" ] || usage "AUDIO_MODEL: expected a folder with a model.json (docs/models.md), got \"$AUDIO_MODEL\""
  AUDIO_MODEL=$(realpath "$AUDIO_MODEL")
  export AUDIO_MODEL
fi

# In a container the server must listen on all addresses; what decides is the address that is published.
if [ -n "$up" ] && [ -z "${AUDIO_AUTH_TOKENS:-}$open" ] &&
  ! [[ ${AUDIO_PUBLISH:-127.0.0.1:8000} =~ ^(127\.[0-9.]+|\[::1\]|localhost):[0-9]*$ ]]; then
  usage "AUDIO_PUBLISH=$AUDIO_PUBLISH lets other machines use the server, and no token is required: set" \
    "AUDIO_AUTH_TOKENS to a file of tokens, or give --open"
fi
for variable in AUDIO_AUTH_TOKENS AUDIO_TLS_CERT AUDIO_TLS_KEY AUDIO_CA AUDIO_JOURNAL_KEY; do
  [ -z "${!variable:-}" ] || [ -r "${!variable}" ] || usage "$variable: expected a file that can be read, got \"${!variable}\""
done
[ -z "${AUDIO_TLS_CERT:-}" ] || [ -n "${AUDIO_TLS_KEY:-}" ] || usage "AUDIO_TLS_CERT: expected AUDIO_TLS_KEY with it"

if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif command -v docker-compose >/dev/null; then
  compose=(docker-compose)
else
  say "docker compose is not installed (Debian: apt-get install docker.io docker-compose)"
  exit 3
fi
# docker-compose 1.29 knows no name in the file.
project=${COMPOSE_PROJECT_NAME:-audio-service}
compose+=(-p "$project" -f docker-compose.yml)
if [ -n "${AUDIO_SHUTDOWN_TIMEOUT:-}" ]; then
  [[ $AUDIO_SHUTDOWN_TIMEOUT =~ ^[0-9]{1,4}(\.[0-9]+)?$ ]] ||
    usage "AUDIO_SHUTDOWN_TIMEOUT: expected a number of seconds, got \"$AUDIO_SHUTDOWN_TIMEOUT\""
  export AUDIO_STOP_GRACE=$((${AUDIO_SHUTDOWN_TIMEOUT%.*} + 5))s
fi
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
if [ -n "${AUDIO_JOURNAL:-}" ]; then
  [ -d "$AUDIO_JOURNAL" ] || usage "AUDIO_JOURNAL: expected a folder that user 10001 may write, got \"$AUDIO_JOURNAL\""
  AUDIO_JOURNAL=$(realpath -- "$AUDIO_JOURNAL")
  export AUDIO_JOURNAL
  compose+=(-f docker/compose.journal.yml)
fi

# The images' user can read copies of the secrets, and of this machine's users only this one: the folder is closed.
secrets=$PWD/.deps/compose/$project
export AUDIO_CLUSTER=$secrets/cluster
read_check_token() { # of HAProxy's checks
  AUDIO_CHECK_TOKEN=$(cat "$secrets/check-token" 2>/dev/null || true)
  export AUDIO_CHECK_TOKEN
}
read_check_token
client=client server=server reasons=(server)
if [ -n "$scale" ]; then
  # Behind other proxies, which AUDIO_TRUSTED_PROXY names, is HAProxy.
  export AUDIO_SCALE_NETWORK=${AUDIO_SCALE_NETWORK:-10.213}
  export AUDIO_TRUSTED_PROXY=$AUDIO_SCALE_NETWORK.0.2${AUDIO_TRUSTED_PROXY:+,$AUDIO_TRUSTED_PROXY}
  compose+=(-f docker/compose.scale.yml --profile scale)
  client=scale-client server=haproxy reasons=(server-1 server-2 worker broker-init)
fi
tokens=${AUDIO_AUTH_TOKENS:-} certificate=${AUDIO_TLS_CERT:-} key=${AUDIO_TLS_KEY:-} authorities=${AUDIO_CA:-}
journal_key=${AUDIO_JOURNAL_KEY:-}
# Without --up it is the stack that runs.
if [ -n "$tokens" ] || { [ -z "$up" ] && [ -e "$secrets/tokens" ]; }; then
  export AUDIO_AUTH_TOKENS=$secrets/tokens AUDIO_CLIENT_TOKEN=$secrets/client-token
  compose+=(-f docker/compose.tokens.yml)
  if [ -n "$monitoring" ] || [ -e "$secrets/metrics-token" ]; then
    export AUDIO_METRICS_TOKEN=$secrets/metrics-token
    compose+=(-f docker/compose.monitoring_tokens.yml)
  fi
fi
if [ -n "$certificate" ] || { [ -z "$up" ] && [ -e "$secrets/tls-cert" ]; }; then
  command -v openssl >/dev/null || { say "openssl is needed to read AUDIO_TLS_CERT"; exit 1; }
  AUDIO_TLS_NAME=$(openssl x509 -in "${certificate:-$secrets/tls-cert}" -noout -ext subjectAltName 2>/dev/null |
    grep -o 'DNS:[^, ]*' | head -n 1 | sed 's/^DNS://; s/^[*]/server/' || true)
  export AUDIO_TLS_NAME=${AUDIO_TLS_NAME:-server}
  export AUDIO_TLS_CERT=$secrets/tls-cert AUDIO_TLS_KEY=$secrets/tls-key AUDIO_CA=$secrets/ca
  compose+=(-f docker/compose.tls.yml -f docker/compose.monitoring_tls.yml)
fi
if [ -n "$journal_key" ] || { [ -z "$up" ] && [ -e "$secrets/journal-key" ]; }; then
  export AUDIO_JOURNAL_KEY=$secrets/journal-key
  compose+=(-f docker/compose.journal_key.yml)
fi

if [ -n "$monitoring" ]; then
  export AUDIO_PROMETHEUS_CONFIG=$secrets/prometheus.yml
  compose+=(--profile monitoring)
fi

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
start() { "${compose[@]}" up -d "$@" || { "${compose[@]}" logs --no-color --tail 5 "${reasons[@]}" >&2; return 1; }; }
take_down() {
  step "taking the stack down" "${compose[@]}" --profile monitoring --profile scale down --remove-orphans
  rm -rf -- "$secrets"
}
copy() { # copy FILE NAME: into the file that a running container has mounted
  { [ ! -e "$secrets/$2" ] || chmod 644 "$secrets/$2"; } && cat -- "$1" >"$secrets/$2" && chmod 444 "$secrets/$2"
}
# Tokens of the stack's own, in the copy of the file alone.
add_tokens() {
  copy "$tokens" new-tokens && chmod 600 "$secrets/new-tokens" && add_token compose-clients stream client-token || return 1
  [ -z "$monitoring" ] || add_token compose-prometheus metrics metrics-token || return 1
  [ -z "$scale" ] || add_token compose-haproxy metrics check-token || return 1
  copy "$secrets/new-tokens" tokens && rm -f "$secrets"/new-* "$secrets/reason"
}
add_token() { # add_token NAME ROLE FILE
  docker run --rm --user "$(id -u):$(id -g)" -v "$secrets:/secrets" --entrypoint audio-server audio-service-server \
    token add "$1" --role "$2" --auth-tokens /secrets/new-tokens >"$secrets/new-token" 2>"$secrets/reason" ||
    { cat "$secrets/reason" >&2; return 1; }
  copy "$secrets/new-token" "$3"
}
# Of the server as it is started here.
prepare_monitoring() {
  [ -n "$monitoring" ] || return 0
  (umask 077 && mkdir -p "$secrets") && copy docker/prometheus/prometheus.yml prometheus.yml || return 1
  chmod 644 "$secrets/prometheus.yml" || return 1
  if [ -n "$tokens" ]; then
    printf '    authorization: { credentials_file: /run/secrets/metrics_token }\n' >>"$secrets/prometheus.yml"
  fi
  if [ -n "$certificate" ]; then
    printf '    scheme: https\n    tls_config: { ca_file: /run/secrets/ca, server_name: "%s" }\n' \
      "$AUDIO_TLS_NAME" >>"$secrets/prometheus.yml"
  fi
}
# The secrets and users of the machines of --scale. The images' user must be able to read them.
prepare_cluster() {
  (umask 077 && mkdir -p "$AUDIO_CLUSTER") || return 1
  AUDIO_SERVER="docker run --rm --user $(id -u):$(id -g) -v $AUDIO_CLUSTER:$AUDIO_CLUSTER --entrypoint audio-server audio-service-server" \
    packaging/cluster/secrets.sh "$AUDIO_CLUSTER" --hosts nats-1,nats-2,nats-3 --gateways gateway-1,gateway-2 \
    --workers worker && chmod 755 "$AUDIO_CLUSTER" && chmod 444 "$AUDIO_CLUSTER"/{*.nk,users.conf,broker.*,authority.pem}
}
prepare_secrets() {
  [ -n "$tokens$certificate$journal_key" ] || return 0
  (umask 077 && mkdir -p "$secrets") && rm -f "$secrets"/new-* || return 1
  [ -z "$journal_key" ] || copy "$journal_key" journal-key || return 1
  if [ -n "$certificate" ]; then
    if [ -z "$authorities" ]; then
      # A certificate that signed itself is its own authority.
      local names
      names=$(openssl x509 -in "$certificate" -noout -subject -issuer | sed 's/^[a-z]*=//' | uniq | wc -l)
      authorities=$([ "$names" = 1 ] && echo "$certificate" || echo /etc/ssl/certs/ca-certificates.crt)
    fi
    copy "$certificate" tls-cert && copy "$key" tls-key && copy "$authorities" ca || return 1
  fi
  [ -n "$tokens" ] || return 0
  if [ -n "${AUDIO_TOKEN:-}" ]; then
    printf '%s\n' "$AUDIO_TOKEN" >"$secrets/new-token" && copy "$tokens" tokens &&
      copy "$secrets/new-token" client-token && copy "$secrets/new-token" metrics-token &&
      copy "$secrets/new-token" check-token
  else
    add_tokens
  fi
}
serving() { "${compose[@]}" ps --services --filter status=running | grep -qx "$server"; }

[ -z "$down_first" ] || take_down
[ -z "$build" ] || step "building the images" "${compose[@]}" build server client
if [ -n "$up" ]; then
  [ -n "${AUDIO_ENGINE:-}" ] ||
    say "the server answers each chunk with a fixed text (the mock engine); AUDIO_ENGINE=speech recognizes speech"
  step "preparing tokens and certificates" prepare_secrets
  step "preparing Prometheus" prepare_monitoring
  # The compose file makes the clients wait for a healthy server.
  if [ -n "$scale" ]; then
    read_check_token
    step "preparing the machines' keys and the brokers' users" prepare_cluster
    step "starting the stack" start --scale "worker=${workers:-2}" --scale "scale-client=${clients:-1}" \
      nats-1 nats-2 nats-3 broker-init server-1 server-2 worker haproxy scale-client
  else
    step "starting the stack" start --scale "client=${clients:-1}"
  fi
  # A server that ran already reads its copies again.
  [ -z "$tokens$certificate" ] || for name in server server-1 server-2; do
    "${compose[@]}" kill -s HUP $name >/dev/null 2>&1 || true
  done
elif [ -n "$clients" ]; then
  serving || { say "no server is running: add --up"; exit 1; }
  step "starting the clients" start --no-recreate --scale "$client=$clients" "$client"
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
