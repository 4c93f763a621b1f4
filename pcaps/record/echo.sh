#!/usr/bin/env bash
# Records xinetd's echo service: it sends a TLS client's hello back on 3237/tcp, a Redis client's command on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need xinetd openssl redis-tools

start() {
  cat >"$dir/xinetd.conf" <<CONFIG
service echo
{
  type = INTERNAL UNLISTED
  socket_type = stream
  protocol = tcp
  bind = $kServer4
  port = $port
  user = root
  wait = no
}
CONFIG
  serve xinetd -dontfork -f "$dir/xinetd.conf"
}

expected() { # SERVICE WHY
  write_case "$2" \
    "{verdict: unexpected, service: $1, dest_port: $port, proto: TCP, side: client, role_basis: syn}"
}

begin echo-asked-tls-on-3237 3237 tcp
start
client_package=openssl
talk sh -c "! openssl s_client -connect $kServer4:$port"
end_capture
expected tls "a server that echoes the client's hello has proved nothing, so TLS is the client's claim alone"

begin echo-asked-redis-on-3238 3238 tcp
start
client_package=redis-tools
talk redis-cli -h $kServer4 -p "$port" PING
end_capture
expected redis "a server that echoes a Redis command has proved nothing, so Redis is the client's claim alone"
