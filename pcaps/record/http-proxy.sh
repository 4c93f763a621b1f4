#!/usr/bin/env bash
# Records a Squid proxy: a page fetched through it on 3237/tcp, a tunnel that CONNECT opens to a TLS server on 3238/tcp,
# a request that it denies on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need squid curl nginx openssl

start() { # HTTP_ACCESS: a proxy and, beside it, a web server on 8080 and, with TLS, 8443
  make_certificate
  cat >"$dir/nginx.conf" <<CONFIG
daemon off;
pid $dir/nginx.pid;
events {}
http {
  access_log off;
  ssl_certificate $dir/certificate.pem;
  ssl_certificate_key $dir/key.pem;
  server { listen 127.0.0.1:8080; listen 127.0.0.1:8443 ssl; location / { return 200 "one page\n"; } }
}
CONFIG
  also nginx -c "$dir/nginx.conf" -e stderr
  cat >"$dir/squid.conf" <<CONFIG
http_port $kServer4:$port
http_access $1 all
cache deny all
access_log none
cache_log $dir/cache.log
cache_store_log none
netdb_filename none
pinger_enable off
pid_filename none
coredump_dir $dir
visible_hostname server.ghost.test
shutdown_lifetime 0
CONFIG
  serve squid -N -f "$dir/squid.conf" -d 1
}

expected() { # INNER WHY
  write_case "$2" \
    "{verdict: unexpected, service: http, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
    "{verdict: unexpected, service: http, inner: $1, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
}

begin http-proxy-on-3237 3237 tcp
start allow
talk curl -sS --fail -x http://$kServer4:"$port" http://127.0.0.1:8080/
end_capture
expected http-proxy "a web proxy on a ghost port is HTTP, and a proxy by how it answers a page's full address"

begin http-proxy-connect-on-3238 3238 tcp
start allow
talk curl -sS -k --fail -x http://$kServer4:"$port" https://127.0.0.1:8443/
end_capture
expected tls "a web proxy on a ghost port is HTTP at the tunnel that it opens, and the revision tells what is in it"

begin http-proxy-denied-on-3239 3239 tcp
start deny
talk curl -sS -x http://$kServer4:"$port" http://127.0.0.1:8080/
end_capture
expected http-proxy "a web proxy that denies the request is HTTP, and a proxy by the traits of its refusal"
