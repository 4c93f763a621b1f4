#!/usr/bin/env bash
# Records pmacctd sending sFlow to nfdump's sfcapd on 3239/udp, and to a port without one on 3238/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nfdump-sflow pmacct

send() {
  silent=yes
  mkdir "$dir/flows"
  serve sfcapd -w "$dir/flows" -b $kServer4 -p "$server_port"
  printf '%s\n' plugins:sfprobe sampling_rate:1 sfprobe_receiver:$kServer4:"$port" sfprobe_agentip:$kClient4 >"$dir/pmacctd.conf"
  talk sh -c "timeout 8 pmacctd -f $dir/pmacctd.conf -I $recorded/http-on-3237/http-on-3237.pcap || true"
  end_capture
}

begin sflow-on-3239-udp 3239 udp
send
write_case "an sFlow agent that nobody answers is a knock that asked for sflow" \
  "{verdict: probe, asked: sflow, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 1, rst: 0, icmp: 0}}}"

begin sflow-unreachable-on-3238-udp 3238 udp "udp port 3238 or icmp"
server_port=6343
send
write_case "an sFlow agent whose collector listens elsewhere is a knock that an ICMP error answered" \
  "{verdict: probe, asked: sflow, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 0, rst: 0, icmp: 1}}}"
