#!/usr/bin/env bash
# Records nginx with TLS and a self-signed certificate on 3248/tcp, asked by curl.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nginx curl openssl

begin tls-on-3248 3248 tcp
make_certificate
cat >"$dir/nginx.conf" <<CONFIG
daemon off;
pid $dir/nginx.pid;
events {}
http {
  access_log off;
  ssl_certificate $dir/certificate.pem;
  ssl_certificate_key $dir/key.pem;
  server { listen $kServer4:$port ssl; location / { return 200 "one page\n"; } }
}
CONFIG
serve nginx -c "$dir/nginx.conf" -e stderr
talk curl -sS -k --fail -o "$dir/page" "https://$kServer4:$port/"
end_capture
write_case "a TLS server on a ghost port is named at its ServerHello" \
  "{verdict: unexpected, service: tls, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"
