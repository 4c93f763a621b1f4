#!/usr/bin/env bash
# Records two IAXmodems: the registration that one sends to the other on 3238/udp, a call on
# 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need iaxmodem iaxmodem

modem() { # OWNER PORT REFRESH SERVER
  cat >"$dir/$1.modem" <<CONFIG
device $dir/tty$1
owner root:root
mode 660
port $2
refresh $3
server $4
peername visitor
secret made-up
cidname Visitor
cidnumber 100
codec ulaw
CONFIG
}

# exchange REFRESH SECONDS [DIAL_COMMAND;]: a modem that refreshes every 0 seconds does not register.
exchange() {
  modem server "$port" 0 127.0.0.1
  modem client 4570 "$1" "$kServer4:$port"
  serve sh -c "mount --bind $dir /etc/iaxmodem && exec iaxmodem server.modem"
  talk sh -c "mount --bind $dir /etc/iaxmodem; timeout $2 iaxmodem client.modem & sleep 1; ${3:-} wait || true"
  end_capture
}

begin iax-on-3238-udp 3238 udp
exchange 60 4
write_case "an IAX2 peer on a ghost port is named at its acknowledgement of a registration" "$(named iax)"

begin iax-call-on-3239-udp 3239 udp
exchange 0 6 "printf 'ATDT100\\r' >$dir/ttyclient;"
write_case "an IAX2 peer that is called is named at its answer" "$(named iax)"

# A mirror that joins when the call has stood for a second, just after the server's PING: PONG, PING and ACK follow.
begin iax-joined-on-3239-udp 3239 udp "udp port 3239 and udp[12:4] > 1000 and not (src host $kServer4 and udp[19] = 2)"
exchange 0 6 "printf 'ATDT100\\r' >$dir/ttyclient;"
write_case "an IAX2 call that is seen in its middle is named at its full frames" \
  "{verdict: unexpected, service: iax, dest_port: $port, proto: UDP}"
