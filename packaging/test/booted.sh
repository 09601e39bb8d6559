#!/usr/bin/env bash
# Run by systemd in a booted Debian in which Scripts/test-deb has installed the packages: what they promise. Prints a
# line for each promise that is kept; the first that is not ends it.
set -euo pipefail
recording=/usr/share/audio-service/speech.wav
settings=/etc/audio-service/server.conf

fail() {
  printf 'FAILED: %s\n' "$*"
  systemctl --no-pager --full status audio-server || true
  journalctl --no-pager -n 40 -u audio-server || true
  exit 1
}
# shellcheck disable=SC2154 # set by the trap
trap 'status=$?; [ $status = 0 ] || printf "FAILED in line %s with status %s\n" "$LINENO" $status' ERR
kept() { printf 'kept: %s\n' "$*"; }

get() { # get PATH: the response, head and body
  exec 3<>/dev/tcp/127.0.0.1/8000
  printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n' "$1" "${2:-}" >&3
  cat <&3
  exec 3<&- 3>&-
}
eventually() { # eventually SECONDS COMMAND…: whether it succeeds within this time
  local left=$1
  shift
  until "$@"; do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1))
    sleep 1
  done
}
is_healthy() { get /api/audio/health 2>/dev/null | grep -q '"status":"ok"'; }
has_restarted() { [ "$(property NRestarts)" != 0 ]; }
words() { audio-client file $recording --speed "$1" --output plain --quiet "${@:2}"; }
property() { systemctl show -p "$1" --value "${2:-audio-server}"; }

# The unit is ready only when the server listens.
[ "$(property ActiveState)" = active ] || fail "it does not run after the start of the machine"
is_healthy || fail "it was reported ready and does not answer"
[[ $(property StatusText) == listening* ]] || fail "no status line: $(property StatusText)"
kept "it starts with the machine and tells when it is ready: $(property StatusText)"

[ "$(stat -c '%U:%G %a' /etc/audio-service $settings /etc/audio-service/tokens | tr '\n' ' ')" = \
  'root:audio-service 750 root:audio-service 640 root:audio-service 640 ' ] ||
  fail "access to /etc/audio-service: $(stat -c '%n %U:%G %a' /etc/audio-service/*)"
[ "$(ps -o user:20= -p "$(property MainPID)")" = audio-service ] || fail "it runs as another user"
kept "its secrets are root's to write and its own to read"

words realtime --language en >/test/undisturbed || fail "no transcript"
grep -q 'John Dashwood' /test/undisturbed || fail "the transcript is $(cat /test/undisturbed)"
words fast >/dev/null || fail "no stream that names no language"
kept "the recording is recognized: $(head -n 1 /test/undisturbed)"
if dpkg-query -W audio-service-speech-multilingual >/dev/null 2>&1; then
  get /api/audio/engines | grep -q whisper-base || fail "no Whisper base: $(get /api/audio/engines)"
  words fast --language ru >/dev/null || fail "no stream in Russian"
  kept "a stream in Russian is taken"
fi

get /api/audio/stats | grep -o '"sandbox":\[[^]]*\]' >/test/sandbox
for layer in seccomp landlock; do
  grep -q "\"layer\":\"$layer\",\"active\":true" /test/sandbox || fail "workers without $layer: $(cat /test/sandbox)"
done
kept "workers are restricted: $(cat /test/sandbox)"
units=(audio-server.service audio-worker.service audio-service.socket audio-service-wyoming.socket)
systemd-analyze verify --man=no "${units[@]}" >/test/verified 2>&1 || fail "units: $(cat /test/verified)"
[ ! -s /test/verified ] || fail "units: $(cat /test/verified)"
kept "systemd has no complaint about ${units[*]}"
for unit in audio-server audio-worker; do
  systemd-analyze security --no-pager --threshold=13 $unit >/test/security || fail "exposure above 1.3 of $unit"
  kept "$(tail -n 1 /test/security)"
done

# A worker in which sound executes code of its own: under the unit, and as the same user without it.
if [ -e /test/taken_over.so ]; then
  folder=/var/lib/audio-service/taken
  variables=("TAKEN_OVER_FOLDER=$folder" TAKEN_OVER_PORT=8000)
  secrets() {
    rm -rf $folder
    install -d -o audio-service -g audio-service -m 700 $folder
    for name in key.pem tokens; do
      echo secret >$folder/$name
      chown audio-service $folder/$name
    done
  }
  secrets
  runuser -u audio-service -- env "${variables[@]}" AUDIO_SECRET=a-secret-of-the-server sh -c '/test/taken_over; exit 0' \
    >/test/attempts.free 2>&1
  [ "$(grep -c '^attempt .*: succeeded' /test/attempts.free)" = 9 ] || fail "attempts fail without the unit: $(cat /test/attempts.free)"
  secrets
  printf '#!/bin/sh\nexport %s\nLD_PRELOAD=/test/taken_over.so exec /usr/lib/audio-service/audio-worker "$@"\n' "${variables[*]}" >/test/worker
  chmod 755 /test/worker
  cp -p $settings /test/settings.before
  echo 'worker-path = /test/worker' >>$settings
  mkdir -p /run/systemd/system/audio-server.service.d
  printf '[Service]\nEnvironment=AUDIO_SECRET=a-secret-of-the-server\n' >/run/systemd/system/audio-server.service.d/secret.conf
  systemctl daemon-reload
  systemctl restart audio-server
  printf 'take this over%3186s' '' >/test/takeover.raw
  audio-client file /test/takeover.raw --raw s16le:16000:1 --engine mock --speed fast --output plain --quiet >/dev/null
  journalctl --sync
  journalctl -o cat -u audio-server | grep '^attempt ' >/test/attempts
  [ "$(wc -l </test/attempts)" = 9 ] || fail "the worker was not taken over: $(cat /test/attempts)"
  ! grep succeeded /test/attempts || fail "a worker that is taken over gets something (above)"
  kept "a worker that is taken over gets nothing: $(tr '\n' ';' </test/attempts)"
  cp -p /test/settings.before $settings
  rm -r $folder /run/systemd/system/audio-server.service.d
  systemctl daemon-reload
  systemctl restart audio-server
fi

audio-server check-config --config $settings >/dev/null || fail "the installed configuration is not valid"
printf 'prot = 1\nport = x\n' >/test/wrong.conf
! audio-server check-config --config /test/wrong.conf >/test/wrong 2>&1 || fail "a wrong configuration passes"
grep -q '/test/wrong.conf:1: prot: unknown name (did you mean port?)' /test/wrong || fail "$(cat /test/wrong)"
kept "a configuration is checked without starting: $(cat /test/wrong)"

token=$(audio-server token add alice --auth-tokens /etc/audio-service/tokens 2>/dev/null)
echo 'auth-tokens = /etc/audio-service/tokens' >>$settings
systemctl restart audio-server
AUDIO_TOKEN=$token words fast >/dev/null || fail "the token is not taken"
! words fast --no-retry >/dev/null 2>&1 || fail "a client without a token is served"
audio-server token remove alice --auth-tokens /etc/audio-service/tokens 2>/dev/null
before=$(property MainPID)
systemctl reload audio-server
sleep 1
get /api/audio/stats "Authorization: Bearer $token"$'\r\n' | head -n 1 | grep -q 401 || fail "a removed token is taken"
[ "$(property MainPID)" = "$before" ] || fail "reload started another server"
kept "a removed token is refused after a reload"
sed -i '/^auth-tokens/d' $settings
systemctl restart audio-server

/test/restarts.sh

# Workers of a cluster, and a broker: as docs/scaling.md sets them up.
[ "$(property ActiveState audio-worker)/$(property UnitFileState audio-worker)" = inactive/disabled ] ||
  fail "audio-worker runs, or is enabled, before anybody wants it"
cluster=/usr/share/audio-service/cluster
address=tls://127.0.0.1
$cluster/secrets.sh /test/secrets --hosts 127.0.0.1 --gateways gateway-1 --workers machine-1 || fail "no secrets"
install -m 640 -g audio-service /test/secrets/{authority.pem,gateway-1.nk,machine-1.nk} /etc/audio-service/
cat >>/etc/audio-service/worker.env <<END
AUDIO_BROKER=$address
AUDIO_BROKER_CA=/etc/audio-service/authority.pem
AUDIO_BROKER_CREDENTIALS=/etc/audio-service/machine-1.nk
AUDIO_MACHINE=machine-1
AUDIO_WORKERS=2
AUDIO_ENGINES=speech
END
systemctl start audio-worker
worker=$(property MainPID audio-worker)
count_workers() { ps --no-headers -o pid --ppid "$(property MainPID audio-worker)" | wc -l; }
has_workers() { [ "$(count_workers)" = 2 ]; }
eventually 30 has_workers || fail "$(count_workers) workers instead of 2: $(journalctl -o cat -n 20 -u audio-worker)"
[ "$(ps -o user:20= -p "$worker")" = audio-service ] || fail "the workers run as another user"
kept "workers of a cluster are off until somebody starts them"
if [ -x /usr/local/bin/nats-server ]; then
  useradd --system --user-group --home-dir /var/lib/nats --shell /usr/sbin/nologin nats
  install -d -m 750 -g nats /etc/nats
  install -m 640 -g nats /test/secrets/{broker.pem,broker.key,authority.pem,users.conf} $cluster/nats-server.env /etc/nats/
  # It stands alone.
  sed '/^cluster {/,/^}/d' $cluster/nats.conf >/etc/nats/nats.conf
  install -m 644 $cluster/nats-server.service /etc/systemd/system/
  systemd-analyze verify --man=no nats-server.service >/test/verified 2>&1 || fail "nats-server.service: $(cat /test/verified)"
  [ ! -s /test/verified ] || fail "nats-server.service: $(cat /test/verified)"
  systemd-analyze security --no-pager --threshold=13 nats-server >/test/security || fail "exposure above 1.3 of nats-server"
  systemctl daemon-reload
  systemctl enable --now nats-server 2>/dev/null
  audio-server broker init --replicas 1 --broker $address --broker-ca /test/secrets/authority.pem \
    --broker-credentials /test/secrets/admin.nk ||
    fail "no directory of sessions: $(journalctl -o cat -n 20 -u nats-server)"
  cp -p $settings /test/settings.before
  cat >>$settings <<END
broker = $address
broker-ca = /etc/audio-service/authority.pem
broker-credentials = /etc/audio-service/gateway-1.nk
machine = gateway-1
workers = 0
END
  audio-server check-config --config $settings >/dev/null || fail "the settings of a cluster are not valid"
  systemctl restart audio-server
  is_ready() { get /api/audio/ready | head -n 1 | grep -q ' 200 '; }
  eventually 30 is_ready || fail "not ready with a cluster: $(get /api/audio/ready)"
  words realtime --language en >/test/distant || fail "no transcript from distant workers"
  diff /test/undisturbed /test/distant || fail "the transcript of distant workers is another one"
  get /api/audio/stats | grep -q '"machine":"machine-1"' || fail "the workers are not those of machine-1"
  broker=$(property MainPID nats-server)
  systemctl reload nats-server
  sleep 1
  [ "$(property MainPID nats-server)" = "$broker" ] || fail "a reload started another broker"
  systemctl restart nats-server || fail "the broker does not restart: $(journalctl -o cat -n 20 -u nats-server)"
  [ "$(property Result nats-server)" = success ] || fail "the broker had to be killed"
  eventually 30 is_ready || fail "not ready after a restart of the broker: $(get /api/audio/ready)"
  words fast >/dev/null || fail "no words after a restart of the broker"
  kept "a cluster is set up with the units: $(tail -n 1 /test/security)"
  cp -p /test/settings.before $settings
  systemctl restart audio-server
else
  echo "left out: a cluster is set up (there is no nats-server)"
fi

words realtime --language en >/test/upgraded &
client=$!
sleep 6
before=$(property MainPID)
dpkg -i /test/higher/*.deb >/test/upgrade.log 2>&1 || { cat /test/upgrade.log; fail "the upgrade failed"; }
[ "$(property MainPID)" != "$before" ] || fail "the upgrade started no new server"
wait $client || fail "the client did not survive the upgrade"
diff /test/undisturbed /test/upgraded || fail "the upgrade cost words"
kept "an upgrade while a client streams costs no word"
[ "$(property ActiveState audio-worker)" = active ] || fail "the upgrade ended audio-worker"
[ "$(property MainPID audio-worker)" != "$worker" ] || fail "the upgrade left the old audio-worker"
eventually 30 has_workers || fail "no workers after the upgrade: $(journalctl -o cat -n 20 -u audio-worker)"
kept "an upgrade restarts the workers of a cluster"

mkdir -p /run/systemd/system/audio-server.service.d
printf '[Service]\nWatchdogSec=2\n' >/run/systemd/system/audio-server.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart audio-server
sleep 5
! has_restarted || fail "the watchdog ends a server that is well"
kill -STOP "$(property MainPID)"
eventually 30 has_restarted || fail "a server that hangs is not restarted"
eventually 60 is_healthy || fail "it does not answer after the watchdog's restart"
kept "a server that hangs is started anew"

export DEBIAN_FRONTEND=noninteractive
mapfile -t packages < <(dpkg-query -W -f '${Package}\n' 'audio-service-*')
apt-get -q -y remove "${packages[@]}" >/test/remove.log 2>&1 || { cat /test/remove.log; fail "removal failed"; }
for unit in audio-server audio-worker; do
  ! systemctl is-active -q $unit || fail "$unit still runs after the removal"
done
[ -e $settings ] || fail "the removal took the settings"
mapfile -t packages < <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 'audio-service-*' | sed -n 's/^config-files //p')
apt-get -q -y purge "${packages[@]}" >/test/purge.log 2>&1 || { cat /test/purge.log; fail "purge failed"; }
for place in /etc/audio-service /var/lib/audio-service /usr/lib/audio-service /usr/share/audio-service; do
  [ ! -e $place ] || fail "the purge left $place: $(find $place)"
done
kept "nothing is left after a purge"
echo "ALL KEPT"
