#!/usr/bin/env bash
# Records HTTP/2 in the clear: nginx and curl with prior knowledge on 3237/tcp, nginx asked in HTTP/1.1 on 3238/tcp,
# Apache whose client asks for h2c by HTTP/1.1's Upgrade on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nginx curl apache2-bin

start() {
  cat >"$dir/nginx.conf" <<CONFIG
daemon off;
pid $dir/nginx.pid;
events {}
http {
  access_log off;
  server { listen $kServer4:$port http2; location / { return 200 "one page\n"; } }
}
CONFIG
  serve nginx -c "$dir/nginx.conf" -e stderr
}

begin http2-on-3237 3237 tcp
start
talk curl -sS --http2-prior-knowledge --fail http://$kServer4:"$port"/
end_capture
write_case "an HTTP/2 server without TLS on a ghost port is named" "$(named http2)"

begin http2-asked-http-on-3238 3238 tcp
start
talk sh -c "! curl -sS --max-time 5 http://$kServer4:$port/"
end_capture
write_case "an HTTP/2 server is named by its SETTINGS although its client speaks HTTP/1.1" \
  "{verdict: unexpected, service: http2, asked: http, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"

begin http2-upgrade-on-3239 3239 tcp
mkdir "$dir/pages"
echo "one page" >"$dir/pages/index.html"
chmod 755 "$dir/pages"
modules=/usr/lib/apache2/modules
cat >"$dir/apache.conf" <<CONFIG
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule http2_module $modules/mod_http2.so
ServerName server.ghost.test
Listen $kServer4:$port
Protocols h2c http/1.1
User www-data
Group www-data
DocumentRoot $dir/pages
PidFile $dir/pid
ErrorLog $dir/error.log
CONFIG
server_package=apache2-bin
serve apache2 -X -f "$dir/apache.conf"
talk curl -sS --http2 --fail http://$kServer4:"$port"/index.html
end_capture
write_case "HTTP stays the carrier when its Upgrade turns the flow into HTTP/2" \
  "{verdict: unexpected, service: http, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: http, inner: http2, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
