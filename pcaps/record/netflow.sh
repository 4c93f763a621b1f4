#!/usr/bin/env bash
# Records pmacctd telling nfdump's nfcapd of an HTTP request: in NetFlow 9 on 3238/udp, as IPFIX on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nfdump pmacct

probe="{verdict: probe, asked: netflow, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 1, rst: 0, icmp: 0}}}"

tell() { # VERSION
  silent=yes
  mkdir "$dir/flows"
  serve nfcapd -w "$dir/flows" -b $kServer4 -p "$port"
  printf '%s\n' plugins:nfprobe aggregate:src_host,dst_host,src_port,dst_port,proto,tcpflags nfprobe_version:"$1" \
    nfprobe_receiver:$kServer4:"$port" >"$dir/pmacctd.conf"
  talk sh -c "timeout 8 pmacctd -f $dir/pmacctd.conf -I $recorded/http-on-3237/http-on-3237.pcap || true"
  end_capture
}

begin netflow-9-on-3238-udp 3238 udp
tell 9
write_case "an exporter of NetFlow 9 that nobody answers is a knock that asked for netflow" "$probe"

begin netflow-ipfix-on-3239-udp 3239 udp
tell 10
write_case "an exporter of IPFIX that nobody answers is a knock that asked for netflow" "$probe"
