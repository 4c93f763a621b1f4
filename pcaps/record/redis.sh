#!/usr/bin/env bash
# Records a Redis server and redis-cli: a key set on 3237/tcp, a command before the password on 3238/tcp; the same server
# asked by a web client on 3239/tcp, and by a client that says nothing on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need redis-server redis-tools curl ncat

start() { # OPTION...
  serve redis-server --bind $kServer4 --port "$port" --dir "$dir" --save '' --protected-mode no "$@"
}

begin redis-on-3237 3237 tcp
start
talk redis-cli -h $kServer4 -p "$port" SET greeting hello
end_capture
write_case "a Redis server on a ghost port is named, although its whole answer is +OK" "$(named redis)"

begin redis-refused-on-3238 3238 tcp
start --requirepass visitor
talk redis-cli -h $kServer4 -p "$port" GET greeting
grep -q NOAUTH "$dir/client.log" || fail "the command was not refused"
end_capture
write_case "a Redis server that wants a password first is named by its refusal" "$(named redis)"

begin redis-asked-http-on-3239 3239 tcp
start
client_package=curl silent=yes
talk sh -c "! curl -sS --max-time 5 http://$kServer4:$port/"
end_capture
write_case "a Redis server takes a web client for an attack and hangs up without a word, so the port is a listener asked for HTTP" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"

begin redis-idle-on-3248 3248 tcp
start
client_package=ncat silent=yes
talk sh -c "sleep 2 | ncat $kServer4 $port"
end_capture
write_case "a Redis server waits for its client to speak; where neither does, the port is a listener" \
  "{verdict: listener, dest_port: $port, proto: TCP, role_basis: syn}"
