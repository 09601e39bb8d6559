#!/usr/bin/env bash
# packaging/test/proxies.sh PROGRAMS [nginx] [caddy] [haproxy] [haproxy-tcp]: plays each proxy's configuration in
# packaging/proxies with the real program: TLS, a stream of the bundled recording, a session that goes on when the proxy
# is killed in the middle and started anew, and the client's address, whatever a client claims to be. PROGRAMS is the folder of audio-server and audio-client. The proxies are those on PATH or
# in PROXIES, a folder that Debian's packages were unpacked into. Exits 77 if none is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf 'proxies: %s\n' "$*" >&2; }
programs=${1:?the folder of the programs}
shift
[ $# -gt 0 ] || set -- nginx caddy haproxy haproxy-tcp
[ -z "${PROXIES:-}" ] || {
  PATH=$PROXIES/usr/sbin:$PROXIES/usr/bin:$PATH
  export LD_LIBRARY_PATH=$PROXIES/usr/lib/x86_64-linux-gnu
}
work=$(mktemp -d)
server='' proxy=''
# shellcheck disable=SC2317 # called by the trap
finish() {
  [ -z "$proxy" ] || kill -KILL -- "-$proxy" 2>/dev/null || true
  [ -z "$server" ] || kill -TERM "$server" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap finish EXIT

"$programs/audio-server" certificate --host localhost --out "$work/tls" >/dev/null
cat "$work/tls/server.crt" "$work/tls/server.key" >"$work/tls/both.pem"
serve() { # serve [FLAG…]
  "$programs/audio-server" --port 18000 --allow-origin https://localhost:18443 --trusted-proxy 127.0.0.1 \
    "$@" 2>"$work/server.log" &
  server=$!
  until grep -q 'listening on' "$work/server.log"; do kill -0 $server; sleep 0.1; done
}

# The configuration, with the paths and ports of this test.
configuration() {
  sed -e "s|/etc/ssl/voice/cert.pem|$work/tls/server.crt|" -e "s|/etc/ssl/voice/key.pem|$work/tls/server.key|" \
    -e "s|/etc/ssl/voice/both.pem|$work/tls/both.pem|" -e 's|voice.example.com|localhost|' -e 's|127.0.0.1:8000|127.0.0.1:18000|' \
    -e 's|listen 443|listen 18443|' -e 's|bind :443|bind :18443|' -e 's|^localhost {|localhost:18443 {|' "packaging/proxies/$1"
}
start() {
  case $1 in
  nginx)
    {
      echo "daemon off; error_log $work/nginx.log; pid $work/nginx.pid; events {} http { access_log off;"
      for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $work/nginx-$kind;"; done
      configuration nginx.conf
      echo '}'
    } >"$work/nginx.conf"
    setsid nginx -p "$work" -c "$work/nginx.conf" 2>>"$work/nginx.log" &
    ;;
  caddy)
    { printf '{\n\tadmin off\n\tauto_https disable_redirects\n}\n'; configuration Caddyfile; } >"$work/Caddyfile"
    HOME=$work setsid caddy run --config "$work/Caddyfile" --adapter caddyfile 2>>"$work/caddy.log" &
    ;;
  haproxy*)
    { printf 'global\ndefaults\n'; configuration "$1.cfg"; } >"$work/haproxy.cfg"
    setsid haproxy -db -f "$work/haproxy.cfg" >>"$work/$1.log" 2>&1 &
    ;;
  esac
  proxy=$!
  for _ in $(seq 100); do
    if (exec 3<>/dev/tcp/127.0.0.1/18443) 2>/dev/null; then return; fi
    kill -0 $proxy 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/$1.log" >&2
  say "$1 does not listen (its log is above)"
  exit 1
}
stop() { # its group: nginx's workers would keep the port
  kill -KILL -- "-$proxy"
  wait "$proxy" 2>/dev/null || true
  proxy=''
}
stream() {
  env -u LD_LIBRARY_PATH "$programs/audio-client" file Assets/speech.wav --speed "$1" --output json \
    --url wss://localhost:18443 --ca "$work/tls/authority.crt" 2>"$work/client.log"
}
# A client at 127.0.0.2 that claims to be others, in both headers: the server logs who it is as it refuses the upgrade.
is_told_apart() { # is_told_apart PROXY
  local port=''
  [ "$1" != haproxy-tcp ] || port=':[0-9]*'
  curl --silent --show-error --output /dev/null --max-time 10 --interface 127.0.0.2 --cacert "$work/tls/authority.crt" \
    --http1.1 --connect-to localhost:18443:127.0.0.1:18443 \
    -H 'X-Forwarded-For: 192.0.2.1' -H 'Forwarded: for=192.0.2.1' -H 'Connection: Upgrade' -H 'Upgrade: websocket' \
    -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' \
    https://localhost:18443/nowhere || return 1
  for _ in $(seq 50); do
    if grep -q "upgrade refused peer=127\.0\.0\.2$port status=404" "$work/server.log"; then return; fi
    sleep 0.1
  done
  return 1
}

played=0
for name in "$@"; do
  if ! command -v "${name%-tcp}" >/dev/null; then
    say "$name is not installed"
    continue
  fi
  case $name in
  *-tcp) serve --tls-cert "$work/tls/server.crt" --tls-key "$work/tls/server.key" ;;
  *) serve ;;
  esac
  start "$name"
  stream fast >"$work/undisturbed.json" || { cat "$work/client.log" >&2; say "$name: a stream fails"; exit 1; }
  stream 4 >"$work/resumed.json" &
  client=$!
  sleep 2
  stop
  start "$name"
  wait $client || { cat "$work/client.log" >&2; say "$name: a session does not go on"; exit 1; }
  is_told_apart "$name" || { cat "$work/server.log" >&2; say "$name: the server takes a client for another"; exit 1; }
  stop
  kill -TERM $server
  wait $server || { cat "$work/server.log" >&2; say "$name: the server does not end well"; exit 1; }
  server=''
  grep -q 'resuming the session' "$work/client.log" || { cat "$work/client.log" >&2; say "$name: nothing was resumed"; exit 1; }
  say "$name: TLS, a stream, a session resumed when the proxy was killed, and the client's address"
  played=$((played + 1))
done
[ $played -gt 0 ] || exit 77
