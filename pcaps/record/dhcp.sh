#!/usr/bin/env bash
# Records ISC's DHCP server on 3239/udp, which answers to port 3240: a lease; on 3248/udp one that is refused.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need isc-dhcp-server isc-dhcp-client

ask() {
  cat >"$dir/dhcpd.conf" <<CONFIG
authoritative;
default-lease-time 600;
ping-check false;
subnet 10.77.0.0 netmask 255.255.255.0 { range 10.77.0.100 10.77.0.109; }
CONFIG
  touch "$dir/server.leases"
  serve dhcpd -4 -f -p "$port" -cf "$dir/dhcpd.conf" -lf "$dir/server.leases" --no-pid veth0
  talk sh -c "timeout 6 dhclient -4 -1 -d -p $((port + 1)) -cf /dev/null -sf /bin/true -lf $dir/client.leases --no-pid veth0 || true"
  end_capture
}

client_side="{verdict: unexpected, severity: medium, service: dhcp, dest_ip: 255.255.255.255, proto: UDP, packet: 1, one-sided: true}"

server_side() { # ADDRESS_OF_THE_CLIENT PACKET
  printf '{verdict: unexpected, service: dhcp, src_ip: %s, dest_ip: %s, dest_port: %s, proto: UDP, side: server, packet: %s}' \
    "$1" $kServer4 "$port" "$2"
}

begin dhcp-on-3239-udp 3239 udp
ask
write_case "a DHCP server is named by its answers, the client by its broadcasts, which makes two flows" \
  "$client_side" "$(server_side 10.77.0.100 "$(first_server_packet)")"

begin dhcp-refused-on-3248-udp 3248 udp
cat >"$dir/client.leases" <<LEASE
lease {
  interface "veth0";
  fixed-address 192.0.2.50;
  option dhcp-lease-time 4000000;
  option dhcp-server-identifier $kServer4;
  expire never;
}
LEASE
ask
write_case "a DHCP server refuses the lease that the client would keep, then gives it another, which makes three flows" \
  "$client_side" \
  "{verdict: unexpected, service: dhcp, dest_port: $port, proto: UDP, side: server, packet: $(first_server_packet)}" "$(server_side 10.77.0.100 "$(server_packet 2)")"
