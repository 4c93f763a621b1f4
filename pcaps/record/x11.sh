#!/usr/bin/env bash
# Records X servers that listen on TCP: a client let in on 3237/tcp, and one refused on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need xvfb x11-utils xauth socat

readonly kWrap=$((65536 - 6000)) # a client counts 6000 and its display in 16 bits

# An X server refuses displays that high and listens on 6007: socat hands the ghost port's bytes on.
x_server() { # OPTION...
  touch "$dir/cookie"
  xauth -q -f "$dir/cookie" add :7 . 00112233445566778899aabbccddeeff
  # It leaves sockets and locks in /tmp: its own is the throw-away directory.
  also sh -c "mount --bind $dir /tmp && exec Xvfb :7 -screen 0 64x48x16 -displayfd 1 -listen tcp $*"
  wait_until "the X server is there" grep -qx 7 "$dir/also.log"
  serve socat TCP-LISTEN:"$port",bind=$kServer4,reuseaddr,fork TCP:127.0.0.1:6007
}

# How the answer is cut into segments differs from one recording to the next: no packet is expected.
by_server() {
  printf '{verdict: unexpected, service: x11, dest_port: %s, proto: TCP, side: server, role_basis: syn}' "$port"
}

begin x11-on-3237 3237 tcp
x_server -ac
talk xwininfo -display "$kServer4:$((port + kWrap))" -root
end_capture
write_case "an X server on a ghost port is named at its answer to the set-up" "$(by_server)"

begin x11-refused-on-3239 3239 tcp
x_server -auth /tmp/cookie
talk sh -c "! xwininfo -display $kServer4:$((port + kWrap)) -root"
end_capture
write_case "an X server that lets nobody in is named at its refusal" "$(by_server)"
