#!/usr/bin/env bash
# Records ESP in UDP between two strongSwans, which do it in user space, on 3238/udp: behind the IKE that sets it up, and
# alone, as a mirror sees it that joins later.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need strongswan-charon strongswan-charon strongswan-swanctl libstrongswan-standard-plugins libcharon-extra-plugins iputils-ping

# end OWNER IKE_PORT NAT_T_PORT LOCAL REMOTE INNER OTHER_INNER LINE...: one end's two configurations.
end() {
  cat >"$dir/$1.strongswan.conf" <<CONFIG
charon {
  port = $2
  port_nat_t = $3
  plugins { vici { socket = unix://$dir/$1.vici } }
  filelog { stderr { default = 1 } }
  load = random nonce openssl aes sha1 sha2 hmac kdf pem pkcs1 pubkey kernel-libipsec kernel-netlink socket-default vici
}
CONFIG
  cat >"$dir/$1.swanctl.conf" <<CONFIG
connections { ghost {
  version = 2
  encap = yes
  mobike = no
  proposals = aes128-sha256-ecp256
  local_addrs = $4
  remote_addrs = $5
  ${*:8}
  local { auth = psk }
  remote { auth = psk }
  children { net {
    local_ts = $6/32
    remote_ts = $7/32
    esp_proposals = aes128-sha256
  } }
} }
secrets { ike-ghost { secret = made-up } }
CONFIG
}

# charon OWNER INNER: the command that brings one end up.
charon() {
  printf 'ip address add %s/32 dev lo; STRONGSWAN_CONF=%s /usr/lib/ipsec/charon & until swanctl --load-all --uri unix://%s --file %s; do sleep 0.2; done' \
    "$2" "$dir/$1.strongswan.conf" "$dir/$1.vici" "$dir/$1.swanctl.conf"
}

exchange() {
  end server 500 "$port" $kServer4 $kClient4 10.78.1.1 10.78.2.1
  end client 501 4500 $kClient4 $kServer4 10.78.2.1 10.78.1.1 "remote_port = $port"
  serve sh -c "$(charon server 10.78.1.1); wait"
  wait_until "the server knows its connection" grep -q 'successfully loaded 1 connections' "$dir/server.log"
  talk sh -c "$(charon client 10.78.2.1); swanctl --initiate --child net --timeout 5 --uri unix://$dir/client.vici; \
ping -I 10.78.2.1 -i 0.2 -c 6 10.78.1.1 || true; kill \$!"
  end_capture
}

begin ike-esp-on-3238-udp 3238 udp
exchange
second=$(tcpdump -nn -q --number -r "$dir/$case_name.pcap" 2>/dev/null | awk '$6 ~ /\.4500:$/ { print $1; exit }')
write_case "IKE is named on both its flows, from port 501 and from port 4500; the ESP that follows changes nothing" \
  "$(named ike)" "$(named ike "$second")"

begin esp-alone-on-3238-udp 3238 udp "udp port 3238 and udp[8:4] > 255"
exchange
write_case "ESP in UDP, joined after its IKE, has no name here" \
  "{verdict: unrecognized, dest_port: $port, proto: UDP, role_basis: first-packet}"
