#!/usr/bin/env bash
# Records NX proxies as X2Go uses them: two that meet on 3238/tcp, and one on 3239/tcp that a web browser asks.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nxproxy nxproxy xvfb curl

serve_proxy() {
  serve sh -c "mkdir $dir/tmp && mount --bind $dir/tmp /tmp && HOME=/tmp exec nxproxy -C :50 listen=$port"
}

begin nomachine-nxproxy-on-3238 3238 tcp
serve_proxy
talk sh -c "mount -t tmpfs tmpfs /tmp && { Xvfb :3 & sleep 1; } && DISPLAY=:3 HOME=/tmp timeout 4 nxproxy -S connect=$kServer4,port=$port || true"
end_capture
write_case "an NX proxy on the appareNet port is named at its version line" "$(named nomachine)"

begin nomachine-nxproxy-asked-http-on-3239 3239 tcp
silent=1
serve_proxy
client_package=curl
talk sh -c "! curl -sS -m 4 http://$kServer4:$port/"
end_capture
write_case "an NX proxy says nothing to a web browser" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"
