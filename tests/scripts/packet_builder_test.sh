#!/bin/bash
# What the packet builder writes is what tcpdump reads: link types, tunnels, fragments and checksums of generated cases.
set -u
command -v tcpdump >/dev/null || { echo "tcpdump is not installed"; exit 77; }
cd "$GHOSTPORT_SOURCE/pcaps/evasions" || exit 1
failures=0

decoded() { tcpdump -nnvr "$1/$1.pcap" 2>/dev/null; }

# Each line of the table: a case, and an expression that must match what tcpdump says of it.
while read -r name expression; do
  decoded "$name" | grep -qE -- "$expression" || { echo "$name: tcpdump does not say $expression"; failures=1; }
done <<'TABLE'
fragments-of-8-bytes-by-client offset 8, flags \[\+\], proto TCP
fragments-of-8-bytes-by-server frag \(0x[0-9a-f]+:8\|8\)
fragments-that-must-not-be-by-client flags \[\+, DF\]
ipv6-hop-by-hop-by-client HBH \(padn\)
ipv6-routing-headers-by-client RT6 \(len=2, type=4, segleft=0
link-cisco-hdlc 51514 > .*\(correct\)
link-cooked 51514 > .*\(correct\)
link-cooked-2 51514 > .*\(correct\)
link-loop 51514 > .*\(correct\)
link-loopback-big-endian 51514 > .*\(correct\)
link-loopback-family-24 51514 > .*\(correct\)
link-loopback-family-28 51514 > .*\(correct\)
link-loopback-family-30 51514 > .*\(correct\)
link-mpls-three-labels label 200, tc 0, ttl 64
link-ppp 51514 > .*\(correct\)
link-ppp-serial 51514 > .*\(correct\)
link-pppoe PPPoE +\[ses 0x11\] IP
link-raw 51514 > .*\(correct\)
link-snap 51514 > .*\(correct\)
tunnel-geneve-options Geneve, Flags \[none\], vni 0x2a, options .* type 0x83\(C\) len 12
tunnel-gre-every-field GREv0, Flags \[checksum present, key present, sequence# present\]
tunnel-gre-pptp GREv1, Flags \[key present, sequence# present, ack present\], call 66
tunnel-ipv4-in-ipv4 51514 > .*\(correct\)
tunnel-ipv6-in-ipv6 DSTOPT \(opt_type 0x04: len=1\)
tunnel-vxlan VXLAN, flags \[I\] \(0x08\), vni 42
segments-across-the-wrap-by-client seq 4294967280
insertion-md5-option-by-client md5 shared secret not supplied|md5
insertion-old-timestamp-by-client TS val 900000 ecr 1
urgent-byte-in-the-words-by-client Flags \[P\.U\].* urg 3
insertion-bad-tcp-checksum-by-client cksum 0x0101 \(incorrect
TABLE

# Wrong checksums are there only where they were asked for.
for folder in tunnel-gre tunnel-ipv6-in-ipv4 overlap-truth-first-by-client overlap-truth-first-by-server handshake-syn-data-taken \
  link-cooked link-ppp insertion-old-timestamp-by-client content-websocket window-probe-refused-by-server; do
  decoded "$folder" | grep -E "incorrect|bad cksum|bad udp" && { echo "$folder: a wrong checksum"; failures=1; }
  decoded "$folder" | grep -q "(correct)" || { echo "$folder: tcpdump checked no checksum"; failures=1; }
done
exit $failures
