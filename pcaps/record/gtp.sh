#!/usr/bin/env bash
# Records osmo-ggsn: echo and a context created for sgsnemu on 3238/udp, a context refused on 3239/udp. GTP has one
# port only, so socat carries it to the ghost port and from there to the server.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need osmo-ggsn osmo-ggsn socat

exchange() { # APN
  cat >"$dir/ggsn.conf" <<CONFIG
ggsn ggsn0
 gtp state-dir $dir
 gtp bind-ip 127.0.0.1
 apn ghost
  gtpu-mode tun
  tun-device tun4
  type-support v4
  ip prefix dynamic 10.78.0.0/24
  no shutdown
 no shutdown ggsn
CONFIG
  also osmo-ggsn -c "$dir/ggsn.conf"
  wait_until "the GGSN listens" sh -c "ip netns exec $server_netns ss -Hnlu 'sport = :2123' | grep -q ."
  serve socat "udp4-listen:$port,bind=$kServer4,fork" udp4:127.0.0.1:2123
  talk sh -c "socat udp4-listen:2123,bind=127.0.0.1,fork udp4:$kServer4:$port & sleep 0.5; \
timeout 4 sgsnemu --listen 127.0.0.2 --remote 127.0.0.1 --apn $1 --statedir $dir --pidfile $dir/sgsnemu.pid; kill \$!"
  end_capture
}

begin gtp-on-3238-udp 3238 udp
exchange ghost
write_case "a GGSN on a ghost port is named at its echo response" "$(named gtp)"

begin gtp-refused-on-3239-udp 3239 udp
exchange nowhere
write_case "a GGSN that refuses a context for an unknown access point is named all the same" "$(named gtp)"
