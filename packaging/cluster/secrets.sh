#!/usr/bin/env bash
# packaging/cluster/secrets.sh FOLDER [--hosts NAMES] [--gateways NAMES] [--workers NAMES] [--remove NAMES] [--renew]:
# makes what a cluster's machines need to know each other, in FOLDER: an authority (authority.pem, .key), a certificate of
# the brokers (broker.pem, .key), for each machine the seed of its nkey (NAME.nk), another one for broker init (admin.nk),
# and the brokers' users with their rights (users.conf). Machines and hosts that are there are kept, so that it can be run
# again with more machines; --remove takes some out, with their seeds. The certificate is made anew for other hosts, for
# another authority, in the last 90 days of its 800, and with --renew. NAMES are separated by commas; hosts are names or
# addresses.
#   AUDIO_SERVER   the program audio-server, with arguments (default: audio-server on PATH)
set -euo pipefail
umask 077

fail() { printf 'secrets.sh: %s\n' "$*" >&2; exit 2; }
if [ $# = 0 ] || [[ $1 == -* ]]; then fail "expected a folder"; fi
folder=$1
shift
declare -A given=()
while [ $# -gt 0 ]; do
  case $1 in
  --renew) given[$1]=1 ;;
  --hosts | --gateways | --workers | --remove)
    [ $# -gt 1 ] || fail "$1: expected names, separated by commas"
    given[$1]=$2
    shift
    ;;
  *) fail "$1: expected --hosts, --gateways, --workers, --remove or --renew" ;;
  esac
  shift
done
removed=${given[--remove]:-}
# One machine a line, with its role; the hosts as they were given.
machines=$(cat "$folder/machines" 2>/dev/null || true)
hosts=${given[--hosts]:-$(cat "$folder/hosts" 2>/dev/null || true)}
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
add gateway "${given[--gateways]:-}"
add worker "${given[--workers]:-}"
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
lasts() { openssl x509 -in "$folder/broker.pem" -noout -checkend $((90 * 86400)) >/dev/null; }
is_signed() { openssl verify -CAfile "$folder/authority.pem" "$folder/broker.pem" >/dev/null 2>&1; }
if [ -n "${given[--renew]:-}" ] || [ ! -e "$folder/broker.pem" ] ||
  [ "$(cat "$folder/names" 2>/dev/null)" != "$names" ] || ! lasts || ! is_signed; then
  [ ! -e "$folder/broker.pem" ] ||
    printf 'secrets.sh: a new certificate: give the brokers broker.pem and broker.key\n' >&2
  # Not longer than its authority.
  ends=$(date -d "$(openssl x509 -in "$folder/authority.pem" -noout -enddate | cut -d= -f2)" +%s)
  days=$(((ends - $(date +%s)) / 86400))
  if [ $days -ge 800 ]; then
    days=800
  else
    anew="remove authority.pem and authority.key, run this again, and give all machines the new authority.pem"
    [ $days -gt 0 ] || fail "the authority has ended: $anew"
    printf 'secrets.sh: the authority ends in %s days; before, %s\n' $days "$anew" >&2
  fi
  # No extended usages: it is for both sides of a connection between brokers.
  sign openssl req "${new[@]}" -subj '/CN=broker' -keyout "$folder/key.new" -out "$folder/request"
  printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$names" >"$folder/extensions"
  sign openssl x509 -req -in "$folder/request" -CA "$folder/authority.pem" -CAkey "$folder/authority.key" -CAcreateserial \
    -days $days -extfile "$folder/extensions" -out "$folder/certificate.new"
  # Interrupted between the two, the next run makes both anew.
  rm -f "$folder/names"
  mv -f "$folder/key.new" "$folder/broker.key"
  mv -f "$folder/certificate.new" "$folder/broker.pem"
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
mv -f "$folder/users.new" "$folder/users.conf"
for name in ${removed//,/ }; do rm -f "$folder/$name.nk"; done
rm "$folder/note"
