#!/usr/bin/env bash
# Records fingerd behind xinetd: a user on 3237/tcp, one that is not there on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need fingerd finger xinetd

start() {
  cat >"$dir/xinetd.conf" <<CONFIG
service ghost
{
  type = UNLISTED
  socket_type = stream
  protocol = tcp
  bind = $kServer4
  port = $port
  wait = no
  user = nobody
  server = /usr/sbin/in.fingerd
}
CONFIG
  sed "s|^finger\([[:space:]]*\)79/|finger\1$port/|" /etc/services >"$dir/services"
  serve xinetd -dontfork -f "$dir/xinetd.conf" -pidfile "$dir/pid"
}

ask() { # USER
  talk sh -c "mount --bind $dir/services /etc/services && finger $1@$kServer4"
  end_capture
}

begin finger-on-3237 3237 tcp
start
ask games
write_case "a finger server on a ghost port is named at its listing" "$(named finger)"

begin finger-unknown-on-3238 3238 tcp
start
ask nothing
write_case "a finger server is named where it knows no such user and says so byte by byte" \
  "{verdict: unexpected, service: finger, dest_port: $port, proto: TCP, side: server, role_basis: syn}"
