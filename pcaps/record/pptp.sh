#!/usr/bin/env bash
# Records pptpd: a control connection with a call on 3237/tcp, and what it does with an HTTP request on 3239/tcp.
# PPTP has one port only, so socat carries the connection to the ghost port and from there to the server.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need pptpd pptp-linux socat curl

serve_pptp() {
  printf 'localip 10.78.0.1\nremoteip 10.78.0.2-9\nlisten 127.0.0.1\nnoipparam\n' >"$dir/pptpd.conf"
  : >"$dir/options"
  also pptpd -f -c "$dir/pptpd.conf" -o "$dir/options"
  wait_until "pptpd listens" sh -c "ip netns exec $server_netns ss -Hnlt 'sport = :1723' | grep -q ."
  serve socat "tcp4-listen:$port,bind=$kServer4,fork" tcp4:127.0.0.1:1723
}

begin pptp-on-3237 3237 tcp
serve_pptp
talk sh -c "socat tcp4-listen:1723,bind=127.0.0.1 tcp4:$kServer4:$port & sleep 0.5; \
timeout 3 pptp 127.0.0.1 --nolaunchpppd >$dir/ppp; kill \$! || true"
end_capture
write_case "a PPTP server on a ghost port is named at its start reply" "$(named pptp)"

begin pptp-asked-http-on-3239 3239 tcp
silent=1
serve_pptp
client_package=curl
talk sh -c "curl -sS --max-time 15 http://$kServer4:$port/ || true"
end_capture
write_case "a PPTP server that hangs up on an HTTP request is a listener" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"
