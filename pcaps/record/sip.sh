#!/usr/bin/env bash
# Records Kamailio: OPTIONS over UDP on 3238, a REGISTER refused over TCP on 3237; a SIPp call on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need kamailio sipsak sip-tester

serve_kamailio() {
  cat >"$dir/kamailio.cfg" <<CONFIG
#!KAMAILIO
children=1
tcp_children=1
log_stderror=yes
auto_aliases=no
listen=$transport:$kServer4:$port
loadmodule "sl.so"
request_route {
  if (method == "OPTIONS") { sl_send_reply("200", "Here I am"); exit; }
  sl_send_reply("403", "Not for strangers");
}
CONFIG
  serve kamailio -DD -E -m 16 -M 4 -Y "$dir" -f "$dir/kamailio.cfg"
}

begin sip-on-3238-udp 3238 udp
serve_kamailio
talk sipsak -H $kClient4 -s "sip:visitor@$kServer4:$port"
end_capture
write_case "a SIP server on a ghost port is named at its answer to OPTIONS" "$(named sip)"

begin sip-refused-on-3237 3237 tcp
serve_kamailio
talk sh -c "sipsak -H $kClient4 -E tcp -U -a visitor -s sip:visitor@$kServer4:$port || true"
end_capture
write_case "a SIP server that refuses a registration over TCP is named at its 403" "$(named sip)"

begin sip-call-on-3239-udp 3239 udp
server_package=sip-tester client_package=sip-tester
serve sipp -sn uas -i $kServer4 -p "$port" -mi $kServer4 -m 1 -nostdin
talk sipp -sn uac -i $kClient4 -m 1 -d 200 -nostdin "$kServer4:$port"
end_capture
write_case "a SIP telephone that takes a call is named at its 180 Ringing" "$(named sip)"
