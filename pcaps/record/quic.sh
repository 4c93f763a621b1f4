#!/usr/bin/env bash
# Records ngtcp2's HTTP/3 server and client: a page on 3237/udp; a version that the server does not speak on 3238/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need ngtcp2-server ngtcp2-client openssl

start() {
  make_certificate
  mkdir "$dir/pages"
  echo "one page" >"$dir/pages/index.html"
  serve gtlsserver -q -d "$dir/pages" $kServer4 "$port" "$dir/key.pem" "$dir/certificate.pem"
}

begin quic-on-3237-udp 3237 udp
start
talk gtlsclient -q --exit-on-all-streams-close $kServer4 "$port" https://server.ghost.test/index.html
end_capture
write_case "a QUIC server on a ghost port is named at its first packet" "$(named quic)"

begin quic-version-on-3238-udp 3238 udp
start
talk sh -c "gtlsclient -q --exit-on-all-streams-close -v 0x1a2a3a4a $kServer4 $port https://server.ghost.test/index.html || true"
end_capture
write_case "a QUIC server is named by the versions that it offers instead of the client's" "$(named quic)"
