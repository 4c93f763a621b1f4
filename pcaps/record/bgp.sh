#!/usr/bin/env bash
# Records BIRD: an OPEN that it takes on 3239/tcp, one of another AS that it refuses with a NOTIFICATION on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need bird2 bird2

start() { # AS_OF_THE_CLIENT
  cat >"$dir/server.conf" <<CONFIG
router id $kServer4;
protocol device {}
protocol bgp {
  local $kServer4 port $port as 64512;
  neighbor $kClient4 as 64513;
  passive on;
  ipv4 { import all; export none; };
}
CONFIG
  cat >"$dir/client.conf" <<CONFIG
router id $kClient4;
protocol device {}
protocol static { ipv4; route 198.51.100.0/24 blackhole; }
protocol bgp {
  local $kClient4 port 17900 as $1;
  neighbor $kServer4 port $port as 64512;
  connect delay time 1;
  error wait time 60, 60;
  ipv4 { import none; export all; };
}
CONFIG
  serve bird -f -c "$dir/server.conf" -s "$dir/server.ctl"
  talk sh -c "timeout 6 bird -f -c $dir/client.conf -s $dir/client.ctl || true"
  end_capture
}

begin bgp-on-3239 3239 tcp
start 64513
write_case "a BGP speaker on a ghost port is named at its OPEN" "$(named bgp)"

begin bgp-refused-on-3238 3238 tcp
start 64999
write_case "a BGP speaker that refuses the neighbour's AS is named all the same" "$(named bgp)"
