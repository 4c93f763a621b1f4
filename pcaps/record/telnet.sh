#!/usr/bin/env bash
# Records telnetd behind xinetd: a login that is refused on 3238/tcp, a client that says nothing at all on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need inetutils-telnetd inetutils-telnet xinetd ncat

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
  user = root
  server = /usr/sbin/telnetd
  server_args = -h
}
CONFIG
  serve xinetd -dontfork -f "$dir/xinetd.conf" -pidfile "$dir/pid"
}

begin telnet-on-3238 3238 tcp
start
talk sh -c "(sleep 2; echo visitor; sleep 1; echo wrong; sleep 4) | telnet $kServer4 $port || true"
end_capture
write_case "a telnet server on a ghost port is named at its negotiation" "$(named telnet)"

begin telnet-silence-on-3239 3239 tcp
start
client_package=ncat
talk sh -c "sleep 3 | ncat --recv-only -i 3 $kServer4 $port || true"
end_capture
write_case "a telnet server is named though its client says nothing" "$(named telnet)"
