#!/usr/bin/env bash
# packaging/cluster/secrets.sh FOLDER [--hosts NAMES] [--gateways NAMES] [--workers NAMES] [--remove NAMES]: makes what a
# cluster's machines need to know each other, in FOLDER: an authority (authority.pem, .key), a certificate of the brokers
# (broker.pem, .key), for each machine the seed of its nkey (NAME.nk), another one for broker init (admin.nk), and the
# brokers' users with their rights (users.conf). Machines and hosts that are there are kept, so that it can be run again
# with more machines; --remove takes some out. NAMES are separated by commas; hosts are names or addresses.
#   AUDIO_SERVER   the program audio-server, with arguments (default: audio-server on PATH)
set -euo pipefail
umask 077

fail() { printf 'secrets.sh: %s\n' "$*" >&2; exit 2; }
if [ $# = 0 ] || [[ $1 == -* ]]; then fail "expected a folder"; fi
folder=$1
shift
hosts='' gateways='' workers='' removed=''
while [ $# -gt 1 ]; do
  case $1 in
  --hosts) hosts=$2 ;;
  --gateways) gateways=$2 ;;
  --workers) workers=$2 ;;
  --remove) removed=$2 ;;
  *) fail "$1: unknown option" ;;
  esac
  shift 2
done
if [ $# != 0 ]; then fail "$1: unknown option, or one without a value"; fi
# One machine a line, with its role; the hosts as they were given.
machines=$(cat "$folder/machines" 2>/dev/null || true)
hosts=${hosts:-$(cat "$folder/hosts" 2>/dev/null || true)}
add() { # add ROLE NAMES
  local name role
  for name in ${2//,/ }; do
    if ! [[ $name =~ ^[A-Za-z0-9_-]{1,64}$ ]]; then fail "$name: expected up to 64 letters, digits, - and _"; fi
    if [ "$name" = admin ]; then fail "admin: expected another name for a machine"; fi
    role=$(awk -v name="$name" '$1 == name { print $2 }' <<<"$machines")
    if [ -z "$role" ]; then machines+=${machines:+$'\n'}"$name $1"; continue; fi
    [ "$role" = "$1" ] || fail "$name: is a $role already; a machine has one role"
  done
}
add gateway "$gateways"
add worker "$workers"
for name in ${removed//,/ }; do
  grep -q "^$name " <<<"$machines" || fail "--remove $name: there is no such machine"
  machines=$(grep -v "^$name " <<<"$machines" || true)
done
if [ -z "$hosts" ] || ! grep -q ' gateway$' <<<"$machines" || ! grep -q ' worker$' <<<"$machines"; then
  fail "expected --hosts, --gateways and --workers, each at least once"
fi
read -ra server <<<"${AUDIO_SERVER:-audio-server}"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
sign() { # what openssl says only where it fails
  local log
  log=$("$@" 2>&1) || { printf '%s\n' "$log" >&2; fail "openssl failed (the reason is above)"; }
}
if [ ! -e "$folder/authority.pem" ]; then
  sign openssl req -x509 "${new[@]}" -days 3650 -subj '/CN=audio-service brokers' \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$folder/authority.key" -out "$folder/authority.pem"
fi
names=''
for host in ${hosts//,/ }; do
  [[ $host =~ ^[0-9.]+$|: ]] && kind=IP || kind=DNS
  names+=${names:+,}$kind:$host
done
if [ ! -e "$folder/broker.pem" ] || [ "$(cat "$folder/names" 2>/dev/null)" != "$names" ]; then
  # No extended usages: it is for both sides of a connection between brokers.
  sign openssl req "${new[@]}" -subj '/CN=broker' -keyout "$folder/broker.key" -out "$folder/request"
  printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$names" >"$folder/extensions"
  sign openssl x509 -req -in "$folder/request" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" -CAcreateserial \
    -days 800 -extfile "$folder/extensions" -out "$folder/broker.pem"
  rm "$folder/request" "$folder/extensions"
  printf '%s' "$names" >"$folder/names"
fi
user() { # user NAME ROLE; its note says what is made
  "${server[@]}" broker user "$1" --role "$2" --broker-credentials "$folder/$1.nk" 2>"$folder/note" ||
    { cat "$folder/note" >&2; fail "$1: no user (the reason is above)"; }
}
{
  echo 'users = ['
  user admin admin
  while read -r name role; do user "$name" "$role"; done <<<"$machines"
  echo ']'
} >"$folder/users.new"
printf '%s\n' "$machines" >"$folder/machines"
printf '%s\n' "$hosts" >"$folder/hosts"
mv "$folder/users.new" "$folder/users.conf"
rm "$folder/note"
