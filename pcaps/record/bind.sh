#!/usr/bin/env bash
# Records BIND answering dig: over TCP on 3239, with NXDOMAIN on 3248/udp, with REFUSED on 3237/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need bind9 bind9-dnsutils

start() {
  mkdir "$dir/bind"
  cat >"$dir/bind/named.conf" <<CONFIG
options {
  directory "$dir/bind";
  listen-on port $port { $kServer4; };
  listen-on-v6 { none; };
  pid-file none;
  session-keyfile none;
  recursion no;
  dnssec-validation no;
};
controls {};
zone "ghost.test" { type primary; file "/etc/bind/zone"; };
CONFIG
  cat >"$dir/bind/zone" <<ZONE
\$TTL 300
@ SOA server.ghost.test. nobody.server.ghost.test. 1 3600 600 86400 300
@ NS server.ghost.test.
server A $kServer4
www A $kServer4
ZONE
  # Debian's AppArmor profile lets named read its configuration in /etc/bind alone.
  serve sh -c "mount --bind $dir/bind /etc/bind && exec named -g -n 1 -c /etc/bind/named.conf"
  wait_until "the zone is loaded" grep -q ' running$' "$dir/server.log"
}

begin dns-tcp-on-3239 3239 tcp
start
talk dig @$kServer4 -p "$port" +tcp +tries=1 ghost.test AXFR
end_capture
write_case "a DNS server on a ghost port is named over TCP at its answer, here a zone transfer" "$(named dns)"

begin dns-nxdomain-on-3248-udp 3248 udp
start
talk dig @$kServer4 -p "$port" +tries=1 nobody.ghost.test A
grep -q 'status: NXDOMAIN' "$dir/client.log" || fail "the name exists"
end_capture
write_case "a DNS server is named by an answer that there is no such name" "$(named dns)"

begin dns-refused-on-3237-udp 3237 udp
start
talk dig @$kServer4 -p "$port" +tries=1 +noedns elsewhere.test MX
grep -q 'status: REFUSED' "$dir/client.log" || fail "the server did not refuse"
end_capture
write_case "a DNS server is named by a refusal that holds no more than the question" "$(named dns)"
