#!/usr/bin/env bash
# restarts.sh [SPEAKING]: run by booted.sh in a booted Debian: 200 streams of audio-client, SPEAKING of them with the
# engine speech (default: 12), the others with the mock, while the server is restarted three times under socket
# activation, without and with a journal. No connection is refused, every chunk is answered, what was recognized is as
# in the undisturbed stream, and with a journal sessions go on. Prints a line for each promise kept.
set -euo pipefail
recording=/usr/share/audio-service/speech.wav
settings=/etc/audio-service/server.conf
speaking=${1:-12} measured=$((200 - ${1:-12}))

fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
# shellcheck disable=SC2154 # set by the trap
trap 'status=$?; [ $status = 0 ] || printf "FAILED in line %s of restarts.sh with status %s\n" "$LINENO" $status' ERR
kept() { printf 'kept: %s\n' "$*"; }

# Connects again and again, and counts the connections that are refused.
probe() {
  local tried=0 refused=0
  while [ ! -e /test/probed ]; do
    tried=$((tried + 1))
    (exec 3<>/dev/tcp/127.0.0.1/8000) 2>/dev/null || refused=$((refused + 1))
    sleep 0.01
  done
  printf '%s %s\n' "$tried" "$refused" >/test/probe
}

# Has all clients stream in real time, and restarts the server so many times meanwhile: into /test/streams.
stream() { # stream RESTARTS
  local restart client clients=()
  rm -rf /test/streams /test/probed
  mkdir -p /test/streams/speech /test/streams/mock
  audio-client file --language en --output json --output-dir /test/streams/speech --speed realtime --jobs "$speaking" \
    --quiet /test/recordings/speech-* 2>/test/streams/speech.log &
  clients+=($!)
  for group in 0 1 2 3; do
    audio-client file --engine mock --output json --output-dir /test/streams/mock --speed realtime --jobs "$measured" \
      --quiet /test/recordings/mock-$group-* 2>"/test/streams/mock-$group.log" &
    clients+=($!)
  done
  probe &
  sleep 5
  for restart in $(seq "$1"); do
    systemctl restart audio-server
    [ "$restart" = "$1" ] || sleep 5
  done
  for client in "${clients[@]}"; do
    wait "$client" || { tail -n 5 /test/streams/*.log; fail "a client has not had all its answers"; }
  done
  touch /test/probed
  wait
}

# What each stream of the mock was answered, without the numbers of its client and session.
texts() { # texts FOLDER
  for file in "$1"/*.json; do
    grep -o 'mock transcription[^"\\]*' "$file" | sed 's/client [0-9]* msg#[0-9]*/client/' | sort | uniq -c
  done | sort | uniq -c
}
# The segments of the whole recording, with their times; those of single replies follow.
words() { grep -o '"segments":\[[^]]*\]' "$1" | sed -n 1p; }

# What is promised of the streams that were disturbed.
check() { # check HOW SESSIONS
  local file files tried refused
  files=$(find /test/streams -name '*.json' | wc -l)
  [ "$files" = $((speaking + measured)) ] || fail "$files of $((speaking + measured)) streams have an outcome"
  for file in /test/streams/*/*.json; do
    grep -q '"complete":true' "$file" || fail "$1: not every chunk was answered: $(cat "$file")"
  done
  ! grep -il 'refused' /test/streams/*.log || fail "$1: a client was refused: $(grep -ih refused /test/streams/*.log | head -n 3)"
  read -r tried refused </test/probe
  [ "$refused" = 0 ] || fail "$1: $refused of $tried connections were refused"
  texts /test/streams/mock >/test/texts
  diff /test/texts.undisturbed /test/texts || fail "$1: the mock's texts differ from the undisturbed"
  for file in /test/streams/speech/*.json; do
    words "$file" | diff /test/words.undisturbed - || fail "$1: the words of $file differ from the undisturbed"
  done
  kept "$1: $files streams, three restarts, every chunk answered, $tried connections tried and none refused, $speaking" \
    "transcripts and $measured lists of texts as undisturbed, $(sessions) sessions"
}
# How many sessions the streams took together.
sessions() { cat /test/streams/*/*.json | grep -o '{"start":[0-9.]*,"chunks":' | wc -l; }

mkdir -p /test/recordings
for number in $(seq -w "$speaking"); do cp -l $recording "/test/recordings/speech-$number.wav"; done
for number in $(seq -w "$measured"); do cp -l $recording "/test/recordings/mock-$((10#$number % 4))-$number.wav"; done

systemctl stop audio-server
systemctl start audio-service.socket
cp -p $settings /test/settings.before
printf 'workers = 2\nwhen-full = delay\n' >>$settings
# The first to come starts the server.
audio-client file $recording --speed fast --language en --output json --quiet >/test/undisturbed.json
words /test/undisturbed.json >/test/words.undisturbed
[ "$(systemctl is-active audio-server)" = active ] || fail "a connection did not start the server"
kept "a connection to the socket starts the server"

stream 0
texts /test/streams/mock >/test/texts.undisturbed
stream 3
check "without a journal"

install -d -m 700 /etc/credstore
head -c 32 /dev/urandom >/etc/credstore/audio-service.journal-key
printf 'journal = /var/lib/audio-service/journal\n' >>$settings
systemctl restart audio-server
stream 3
check "with a journal"
[ "$(sessions)" = $((speaking + measured)) ] || fail "$(sessions) sessions of $((speaking + measured)) streams: some did not go on"
! grep -rqa 'mock transcription' /var/lib/audio-service/journal || fail "the journal is not encrypted"
kept "each session goes on after each restart, from a journal that is encrypted with the unit's credential"

cp -p /test/settings.before $settings
systemctl stop audio-server audio-service.socket
rm -r /var/lib/audio-service/journal /etc/credstore/audio-service.journal-key
systemctl start audio-server
