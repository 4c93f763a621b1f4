#!/usr/bin/env bash
# Records the PROXY protocol: curl puts version 1 before its request to nginx on 3237/tcp; HAProxy puts version 2
# before curl's request on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nginx curl haproxy

start() {
  cat >"$dir/nginx.conf" <<CONFIG
daemon off;
pid $dir/nginx.pid;
events {}
http {
  access_log off;
  server { listen $kServer4:$port proxy_protocol; location / { return 200 "one page\n"; } }
}
CONFIG
  serve nginx -c "$dir/nginx.conf" -e stderr
}

expected() {
  write_case "$1" \
    "{verdict: unexpected, service: haproxy-proxy, dest_port: $port, proto: TCP, side: client, role_basis: syn, revises: false}" \
    "{verdict: unexpected, service: haproxy-proxy, inner: http, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
}

begin haproxy-proxy-on-3237 3237 tcp
start
talk curl -sS --fail --haproxy-protocol http://$kServer4:"$port"/
end_capture
expected "a web server behind the PROXY protocol's text header carries, and HTTP is inside"

begin haproxy-proxy-binary-on-3238 3238 tcp
start
cat >"$dir/haproxy.cfg" <<CONFIG
defaults
  mode tcp
  timeout connect 5s
  timeout client 5s
  timeout server 5s
listen front
  bind 127.0.0.1:8080
  server nginx $kServer4:$port send-proxy-v2
CONFIG
client_package=haproxy
talk sh -c "haproxy -D -f $dir/haproxy.cfg && curl -sS --fail http://127.0.0.1:8080/"
end_capture
expected "a web server behind HAProxy's binary PROXY header carries, and HTTP is inside"
