#!/usr/bin/env bash
# Records collectd sending its values to another collectd: many on 3238/udp, few, which is a knock, on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need collectd-core collectd-core

send() { # INTERVAL
  silent=yes
  cat >"$dir/server.conf" <<CONFIG
Hostname "server"
FQDNLookup false
BaseDir "$dir"
PIDFile "$dir/server.pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin logfile
LoadPlugin network
<Plugin network>
  Listen "$kServer4" "$port"
</Plugin>
CONFIG
  cat >"$dir/client.conf" <<CONFIG
Hostname "client"
FQDNLookup false
BaseDir "$dir"
PIDFile "$dir/client.pid"
TypesDB "/usr/share/collectd/types.db"
Interval $1
LoadPlugin network
LoadPlugin uptime
LoadPlugin load
LoadPlugin swap
LoadPlugin users
<Plugin network>
  Server "$kServer4" "$port"
  MaxPacketSize 1024
</Plugin>
CONFIG
  serve collectd -f -C "$dir/server.conf"
  talk sh -c "timeout 4 collectd -f -C $dir/client.conf || true"
  end_capture
}

begin collectd-on-3238-udp 3238 udp
send 0.05
write_case "collectd sends more datagrams than a knock has and gets no answer, and is judged by them alone" \
  "{verdict: unexpected, service: collectd, dest_port: $port, proto: UDP, side: client, role_basis: first-packet, one-sided: true}"

begin collectd-once-on-3239-udp 3239 udp
send 1
write_case "a few datagrams from collectd without an answer are a knock that asked for it" \
  "{verdict: probe, asked: collectd, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 1, rst: 0, icmp: 0}}}"
