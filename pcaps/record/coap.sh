#!/usr/bin/env bash
# Records libcoap's server: a resource read on 3237/udp, a path it does not have on 3248/udp, over TCP on
# 3238/tcp, and over DTLS on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need libcoap3-bin libcoap3-bin

get() { # PATH
  serve coap-server-notls -A $kServer4 -p "$port"
  talk coap-client-notls -m get "coap://$kServer4:$port/$1"
  end_capture
}

begin coap-on-3237-udp 3237 udp
get time
write_case "a CoAP server on a ghost port is named at its answer" "$(named coap)"

begin coap-not-found-on-3248-udp 3248 udp
get nothing
grep -q 4.04 "$dir/client.log" || fail "no 4.04 for a path that is not there"
write_case "a CoAP server that has nothing at the path asked for is named at its 4.04" "$(named coap)"

begin coap-on-3238 3238 tcp
serve coap-server-notls -A $kServer4 -p "$port"
talk coap-client-notls -m get "coap+tcp://$kServer4:$port/time"
end_capture
write_case "a CoAP server over TCP is named at its first message" "$(named coap)"

begin coap-dtls-on-3239-udp 3239 udp
serve coap-server-gnutls -A $kServer4 -p "$((port - 1))" -k secret -h hint
talk coap-client-gnutls -m get -u visitor -k secret "coaps://$kServer4:$port/time"
end_capture
write_case "a CoAP server behind DTLS shows DTLS alone" "$(named dtls)"
