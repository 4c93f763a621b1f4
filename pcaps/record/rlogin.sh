#!/usr/bin/env bash
# Records in.rlogind behind xinetd: a session that asks for a password, on 3238/tcp, a web client that it leaves, on 3237/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need rsh-redone-server rsh-redone-client xinetd curl

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
  server = /usr/sbin/in.rlogind
}
CONFIG
  printf '%s\n' "$kClient4 client.ghost.test" "$kServer4 server.ghost.test" >"$dir/hosts"
  serve sh -c "mount --bind $dir/hosts /etc/hosts && exec xinetd -dontfork -f $dir/xinetd.conf -pidfile $dir/pid"
}

begin rlogin-on-3238 3238 tcp
start
talk sh -c "(sleep 3) | timeout 5 script -q -c 'rsh-redone-rlogin -p $port -l visitor $kServer4' /dev/null || true"
end_capture
write_case "an rlogin server is named at what follows the zero byte that it answers with" "$(named rlogin "$(server_packet 2)")"

begin rlogin-http-on-3237 3237 tcp
silent=yes
start
client_package=curl
talk sh -c "! curl -sS http://$kServer4:$port/"
end_capture
write_case "an rlogin server leaves a web client without a word" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP}"
