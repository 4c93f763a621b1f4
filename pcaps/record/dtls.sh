#!/usr/bin/env bash
# Records OpenSSL's DTLS server and client: a handshake with a cookie on 3237/udp, a client that it refuses on 3238/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openssl openssl

start() { # OPTION...
  make_certificate
  # At the end of its input the server would end.
  serve sh -c "sleep 60 | openssl s_server -dtls1_2 $* -accept $kServer4:$port -cert $dir/certificate.pem -key $dir/key.pem"
}

begin dtls-on-3237-udp 3237 udp
start -listen
talk openssl s_client -dtls1_2 -connect $kServer4:"$port"
end_capture
write_case "a DTLS server on a ghost port is named at its request for a cookie" "$(named dtls)"

begin dtls-refused-on-3238-udp 3238 udp
start
talk sh -c "! openssl s_client -dtls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 -connect $kServer4:$port"
grep -qi 'handshake failure' "$dir/client.log" || fail "the handshake did not fail"
end_capture
write_case "a DTLS server with nothing in common with its client is named by its alert" "$(named dtls)"
