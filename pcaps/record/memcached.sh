#!/usr/bin/env bash
# Records memcached: libmemcached's tools with text on 3237/tcp and with binary headers on 3238/tcp, one datagram on 3239/udp,
# a web client on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need memcached libmemcached-tools socat curl

start() { # OPTION...
  serve memcached -u nobody -l $kServer4 -m 8 -t 1 "$@"
}

begin memcached-on-3237 3237 tcp
start -p "$port"
echo hello >"$dir/greeting"
talk memccp --servers=$kServer4:"$port" "$dir/greeting"
end_capture
write_case "a memcached server on a ghost port is named" "$(named memcached)"

begin memcached-binary-on-3238 3238 tcp
start -p "$port"
talk memcstat --binary --servers=$kServer4:"$port"
end_capture
write_case "a memcached server is named when its client speaks the binary protocol" "$(named memcached)"

begin memcached-on-3239-udp 3239 udp
start -p 0 -U "$port"
client_package=socat
talk sh -c "printf '\0\1\0\0\0\1\0\0version\r\n' | socat -t 1 - UDP4:$kServer4:$port"
end_capture
write_case "a memcached server that answers datagrams, as amplification abuses it, is named" "$(named memcached)"

begin memcached-asked-http-on-3248 3248 tcp
start -p "$port"
client_package=curl silent=yes
talk sh -c "! curl -sS --max-time 5 http://$kServer4:$port/"
end_capture
write_case "a memcached server hangs up on a web client without a word, so the port is a listener asked for HTTP" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"
