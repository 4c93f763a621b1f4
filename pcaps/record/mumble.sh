#!/usr/bin/env bash
# Records Murmur: a TLS handshake as Mumble's on 3237/tcp, and its ping on 3238/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need mumble-server openssl socat

serve_murmur() {
  make_certificate
  chmod 644 "$dir/key.pem"
  install -d -o mumble-server "$dir/data"
  cat >"$dir/murmur.ini" <<CONFIG
database=$dir/data/murmur.sqlite
host=$kServer4
port=$port
sslCert=$dir/certificate.pem
sslKey=$dir/key.pem
bonjour=false
logfile=
CONFIG
  serve murmurd -fg -ini "$dir/murmur.ini"
}

begin mumble-on-3237 3237 tcp
serve_murmur
talk sh -c "(sleep 1) | openssl s_client -connect $kServer4:$port >$dir/voice || true"
end_capture
write_case "a Mumble server on a ghost port is named at its ServerHello as tls" "$(named tls)"

begin mumble-ping-on-3238-udp 3238 udp
serve_murmur
client_package=socat
talk sh -c "printf '\0\0\0\0ghostport' | head -c 12 | socat -t 1 - udp4:$kServer4:$port"
end_capture
write_case "a Mumble server is named at its answer to a ping" "$(named mumble)"
