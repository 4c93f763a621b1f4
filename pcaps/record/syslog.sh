#!/usr/bin/env bash
# Records rsyslog: lines of RFC 3164 over UDP on 3238, of RFC 5424 over TCP on 3237. The server never answers.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need rsyslog bsdutils

start() { # INPUT_MODULE
  cat >"$dir/rsyslog.conf" <<CONFIG
module(load="$1")
input(type="$1" address="$kServer4" port="$port")
*.* /dev/stdout
CONFIG
  serve rsyslogd -n -i NONE -f "$dir/rsyslog.conf"
}

begin syslog-on-3238-udp 3238 udp
silent=yes
start imudp
seq -f "line %g" 12 >"$dir/lines"
talk logger --rfc3164 --server $kServer4 --port "$port" --udp --tag ghost --file "$dir/lines"
end_capture
write_case "more datagrams than a knock has, all from one client, are judged by its payload alone" \
  "{verdict: unexpected, service: syslog, dest_port: $port, proto: UDP, side: client, role_basis: first-packet, one-sided: true}"

begin syslog-rfc5424-on-3237 3237 tcp
silent=yes
start imtcp
talk logger --rfc5424 --server $kServer4 --port "$port" --tcp --tag ghost --octet-count "one line"
end_capture
write_case "a log server over TCP takes what it is sent and says nothing, so it is a listener that was asked for syslog" \
  "{verdict: listener, asked: syslog, dest_port: $port, proto: TCP}"
