#!/usr/bin/env bash
# Records ClamAV's clamd: clamdscan sends it a file on 3237/tcp; a PING typed through ncat on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need clamav-daemon clamdscan ncat

start() {
  mkdir "$dir/database"
  echo "Ghost.Test:0:*:67686f7374" >"$dir/database/ghost.ndb"
  printf 'Foreground yes\nDatabaseDirectory %s\nTCPAddr %s\nTCPSocket %s\nUser root\n' \
    "$dir/database" $kServer4 "$port" >"$dir/clamd.conf"
  serve clamd -c "$dir/clamd.conf"
}

begin clamd-on-3237 3237 tcp
start
echo hello >"$dir/greeting"
talk clamdscan -c "$dir/clamd.conf" --stream "$dir/greeting"
end_capture
write_case "a virus scanner on a ghost port is named" \
  "{verdict: unexpected, service: clamd, dest_port: $port, proto: TCP, role_basis: syn}"

begin clamd-ping-on-3238 3238 tcp
start
client_package=ncat
talk sh -c "printf 'zPING\0' | ncat $kServer4 $port"
grep -q PONG "$dir/client.log" || fail "no PONG"
end_capture
write_case "a virus scanner is named although it is only asked whether it lives" \
  "{verdict: unexpected, service: clamd, dest_port: $port, proto: TCP, role_basis: syn}"
