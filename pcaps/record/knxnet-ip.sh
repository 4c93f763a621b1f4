#!/usr/bin/env bash
# Records knxd: a tunnel that carries one telegram on 3238/udp, and a tunnel that it refuses on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need knxd knxd knxd-tools

tunnel() { # SERVER_OPTION...
  # A KNXnet/IP server joins a group, for which it wants a route; its bus is an empty one.
  serve sh -c "ip route add default dev veth0 && exec knxd -e 1.1.1 -E 1.1.10:4 $* -S 224.0.23.12:$port -b dummy:"
  talk sh -c "timeout 4 knxd -e 1.2.1 -E 1.2.10:2 -u $dir/bus -b ipt:$kServer4:$port & sleep 2
knxtool groupswrite local:$dir/bus 1/2/3 1; wait; true"
  end_capture
}

begin knxnet-ip-on-3238-udp 3238 udp
tunnel -D -T
write_case "a KNX server's tunnel on the appareNet port is named at its answer" "$(named knxnet-ip)"

begin knxnet-ip-refused-on-3239-udp 3239 udp
tunnel -D
write_case "a KNX server that gives no tunnels is named at its refusal" "$(named knxnet-ip)"
