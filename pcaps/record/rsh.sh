#!/usr/bin/env bash
# Records in.rshd behind xinetd refusing a command on 3239/tcp, and a web client, which it leaves, on 3248/tcp.
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
  server = /usr/sbin/in.rshd
}
CONFIG
  printf '%s\n' "$kClient4 client.ghost.test" "$kServer4 server.ghost.test" >"$dir/hosts"
  serve sh -c "mount --bind $dir/hosts /etc/hosts && exec xinetd -dontfork -f $dir/xinetd.conf -pidfile $dir/pid"
}

begin rsh-refused-on-3239 3239 tcp
start
talk sh -c "rsh-redone-rsh -p $port -l visitor $kServer4 true || true"
grep -q 'Authentication failure' "$dir/client.log" || fail "the server did not refuse"
end_capture
write_case "an rsh server is named at its refusal, which follows the zero byte that it answers with" "$(named rsh "$(server_packet 2)")"

begin rsh-http-on-3248 3248 tcp
silent=yes
start
client_package=curl
talk sh -c "! curl -sS http://$kServer4:$port/"
end_capture
write_case "an rsh server leaves a web client without a word" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP}"
