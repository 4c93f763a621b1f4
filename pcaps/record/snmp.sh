#!/usr/bin/env bash
# Records snmpd: version 2c on 3237/udp, version 3 on 3238/udp, a wrong community, which is silence, on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need snmpd snmp

start() {
  cat >"$dir/snmpd.conf" <<CONFIG
rocommunity visitor
createUser reader SHA "reader-secret" AES "reader-secret"
rouser reader priv
sysDescr a server
sysContact nobody@server.ghost.test
CONFIG
  serve sh -c "SNMP_PERSISTENT_DIR=$dir/state exec snmpd -f -Lo -C -c $dir/snmpd.conf -p $dir/pid udp:$kServer4:$port"
}

begin snmp-on-3237-udp 3237 udp
start
talk snmpget -v 2c -c visitor $kServer4:"$port" .1.3.6.1.2.1.1.1.0 .1.3.6.1.2.1.1.4.0
end_capture
write_case "an SNMP agent on a ghost port is named at its response" "$(named snmp)"

begin snmp-v3-on-3238-udp 3238 udp
start
talk snmpget -v 3 -l authPriv -u reader -a SHA -A reader-secret -x AES -X reader-secret $kServer4:"$port" .1.3.6.1.2.1.1.1.0
end_capture
write_case "an SNMP agent of version 3 is named at its report, before everything is encrypted" "$(named snmp)"

begin snmp-community-on-3239-udp 3239 udp
silent=yes
start
talk sh -c "! snmpget -r 1 -t 1 -v 2c -c wrong $kServer4:$port .1.3.6.1.2.1.1.1.0"
end_capture
write_case "an SNMP agent that was asked with a wrong community says nothing, so it is a knock that asked for SNMP" \
  "{verdict: probe, asked: snmp, dest_port: $port, proto: UDP}"
