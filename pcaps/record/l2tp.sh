#!/usr/bin/env bash
# Records xl2tpd: a tunnel and a call on 3238/udp, a tunnel refused on 3239/udp. No PPP follows; the tunnel alone counts.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need xl2tpd xl2tpd ppp

exchange() { # SERVER_SECRET
  echo "* * $1 *" >"$dir/server.secrets"
  echo "* * made-up *" >"$dir/client.secrets"
  cat >"$dir/server.conf" <<CONFIG
[global]
listen-addr = $kServer4
port = $port
auth file = $dir/server.secrets
[lns default]
ip range = 10.78.0.2-10.78.0.9
local ip = 10.78.0.1
challenge = yes
name = server
CONFIG
  cat >"$dir/client.conf" <<CONFIG
[global]
auth file = $dir/client.secrets
[lac ghost]
lns = $kServer4:$port
challenge = yes
name = client
autodial = yes
CONFIG
  serve xl2tpd -D -c "$dir/server.conf" -C "$dir/server.control" -p "$dir/server.pid"
  talk sh -c "timeout 4 xl2tpd -D -c $dir/client.conf -C $dir/client.control -p $dir/client.pid; true"
  end_capture
}

begin l2tp-on-3238-udp 3238 udp
exchange made-up
write_case "an L2TP server on a ghost port is named at its answer to the tunnel request" "$(named l2tp)"

begin l2tp-refused-on-3239-udp 3239 udp
exchange another
write_case "an L2TP server that refuses the client's secret is named all the same" "$(named l2tp)"
