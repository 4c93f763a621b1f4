#!/usr/bin/env bash
# Records nginx serving a page over HTTP on 3237/tcp to curl, once over IPv4 and once over IPv6.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nginx curl

record() { # CASE SERVER_ADDRESS HOST_IN_URL WHY
  begin "$1" 3237 tcp
  cat >"$dir/nginx.conf" <<CONFIG
daemon off;
pid $dir/nginx.pid;
events {}
http {
  access_log off;
  server { listen $3:$port; location / { return 200 "one page\n"; } }
}
CONFIG
  serve nginx -c "$dir/nginx.conf" -e stderr
  talk curl -sS --fail -o "$dir/page" "http://$3:$port/"
  end_capture
  write_case "$4" \
    "{verdict: unexpected, service: http, dest_ip: \"$2\", dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"
}

record http-on-3237 $kServer4 $kServer4 "a web server on a ghost port is named at its response"
record http-ipv6-on-3237 $kServer6 "[$kServer6]" "a web server on a ghost port is named over IPv6 as over IPv4"
