#!/usr/bin/env bash
# Records osmo-mgw, a media gateway: a connection created on 3238/udp, one deleted that it does not know on 3239/udp. A
# call agent's words come from socat, as Debian 12 has no agent without a whole telephone network.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need osmo-mgw socat

ask() { # LINE...
  cat >"$dir/mgw.conf" <<CONFIG
mgcp
 bind ip $kServer4
 bind port $port
 rtp bind-ip $kServer4
 rtp port-range 4002 4100
 number endpoints 8
CONFIG
  serve osmo-mgw -c "$dir/mgw.conf"
  printf '%s\r\n' "$@" >"$dir/words"
  talk sh -c "socat -t 1 - udp4:$kServer4:$port <$dir/words"
  end_capture
}

begin mgcp-on-3238-udp 3238 udp
ask 'CRCX 1 rtpbridge/1@mgw MGCP 1.0' 'C: 2A' 'L: p:20, a:PCMU' 'M: recvonly'
write_case "a media gateway on a ghost port is named at its answer to CRCX" "$(named mgcp)"

begin mgcp-refused-on-3239-udp 3239 udp
ask 'DLCX 7 rtpbridge/1@mgw MGCP 1.0' 'C: 2A' 'I: 99'
write_case "a media gateway that knows no such connection is named at its error" "$(named mgcp)"
