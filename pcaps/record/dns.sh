#!/usr/bin/env bash
# Records an unbound resolver on 3238/udp that answers dig from its local data.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need unbound bind9-dnsutils

begin dns-on-3238-udp 3238 udp
mkdir "$dir/unbound"
cat >"$dir/unbound/unbound.conf" <<CONFIG
server:
  interface: $kServer4
  port: $port
  access-control: $kClient4/32 allow
  module-config: "iterator"
  local-zone: "ghost.test." static
  local-data: "www.ghost.test. 300 IN A $kServer4"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
CONFIG
# Debian's AppArmor profile lets unbound read its configuration in /etc/unbound alone.
serve sh -c "mount --bind $dir/unbound /etc/unbound && exec unbound -d -p"
talk dig @$kServer4 -p "$port" www.ghost.test A +tries=1
grep -q 'status: NOERROR' "$dir/client.log" || fail "no answer from the local data"
end_capture
write_case "a DNS resolver on a ghost port is named at its answer" \
  "{verdict: unexpected, service: dns, dest_port: $port, proto: UDP, side: server, role_basis: first-packet}"
