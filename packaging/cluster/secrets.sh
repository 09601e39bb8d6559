#!/usr/bin/env bash
# packaging/cluster/secrets.sh FOLDER --hosts NAMES --gateways NAMES --workers NAMES: makes what a cluster's machines need
# to know each other, in FOLDER: an authority (authority.pem, .key), a certificate of the brokers (broker.pem, .key), for
# each machine the seed of its nkey (NAME.nk), another one for broker init (admin.nk), and the brokers' users with their
# rights (users.conf). What is there is kept, so that it can be run again with more machines. NAMES are separated by
# commas; hosts are names or addresses.
#   AUDIO_SERVER   the program audio-server, with arguments (default: audio-server on PATH)
set -euo pipefail
umask 077

fail() { printf 'secrets.sh: %s\n' "$*" >&2; exit 2; }
if [ $# = 0 ] || [[ $1 == -* ]]; then fail "expected a folder"; fi
folder=$1
shift
hosts='' gateways='' workers=''
while [ $# -gt 1 ]; do
  case $1 in
  --hosts) hosts=$2 ;;
  --gateways) gateways=$2 ;;
  --workers) workers=$2 ;;
  *) fail "$1: unknown option" ;;
  esac
  shift 2
done
if [[ ,$gateways,$workers, == *,admin,* ]]; then fail "admin: expected another name for a machine"; fi
if [ $# != 0 ] || [ -z "$hosts" ] || [ -z "$gateways" ] || [ -z "$workers" ]; then
  fail "expected --hosts, --gateways and --workers"
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
  for name in ${gateways//,/ }; do user "$name" gateway; done
  for name in ${workers//,/ }; do user "$name" worker; done
  echo ']'
} >"$folder/users.new"
mv "$folder/users.new" "$folder/users.conf"
rm "$folder/note"
