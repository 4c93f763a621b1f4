#!/usr/bin/env bash
# Records strongSwan: IKEv2 from port 500 to 3238/udp, IKEv2 behind the non-ESP marker on 3237/udp, a proposal refused on
# 3239/udp, and IKEv1 on 3248/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need strongswan-charon strongswan-charon strongswan-swanctl libstrongswan-standard-plugins

# settings OWNER PORT NAT_T_PORT: charon's settings, its control socket in the throw-away directory.
settings() {
  cat >"$dir/$1.strongswan.conf" <<CONFIG
charon {
  port = $2
  port_nat_t = $3
  install_routes = no
  install_virtual_ip = no
  plugins { vici { socket = unix://$dir/$1.vici } }
  filelog { stderr { default = 1 } }
  load = random nonce openssl aes sha1 sha2 hmac kdf pem pkcs1 pubkey kernel-netlink socket-default vici
}
CONFIG
}

# connection OWNER LOCAL LOCAL_ID REMOTE REMOTE_ID LINE...
connection() {
  {
    printf 'connections { ghost {\n local_addrs = %s\n remote_addrs = %s\n mobike = no\n' "$2" "$4"
    printf ' local { auth = psk\n id = %s\n }\n remote { auth = psk\n id = %s\n }\n' "$3" "$5"
    printf ' %s\n' "${@:6}"
    printf '} }\nsecrets { ike-ghost { secret = made-up } }\n'
  } >"$dir/$1.swanctl.conf"
}

# exchange LINE...: the client's further lines decide what is agreed upon.
exchange() {
  connection server $kServer4 server.ghost.test $kClient4 client.ghost.test "$version" "$server_proposals"
  connection client $kClient4 client.ghost.test $kServer4 server.ghost.test "remote_port = $port" "$version" "$@"
  serve sh -c "STRONGSWAN_CONF=$dir/server.strongswan.conf /usr/lib/ipsec/charon & \
until swanctl --load-all --uri unix://$dir/server.vici --file $dir/server.swanctl.conf; do sleep 0.2; done; wait"
  wait_until "the server knows its connection" grep -q 'successfully loaded 1 connections' "$dir/server.log"
  talk sh -c "STRONGSWAN_CONF=$dir/client.strongswan.conf /usr/lib/ipsec/charon & \
until swanctl --load-all --uri unix://$dir/client.vici --file $dir/client.swanctl.conf; do sleep 0.2; done; \
swanctl --initiate --ike ghost --timeout 5 --uri unix://$dir/client.vici; \
swanctl --terminate --ike ghost --timeout 5 --uri unix://$dir/client.vici; kill \$!"
  end_capture
}

begin ike-on-3238-udp 3238 udp
version='version = 2' server_proposals='proposals = aes128-sha256-ecp256'
settings server "$port" 4500
settings client 500 4500
exchange "$server_proposals"
write_case "an IKEv2 server on a ghost port is named at its IKE_SA_INIT response" "$(named ike)"

begin ike-marker-on-3237-udp 3237 udp
settings server 500 "$port"
settings client 501 4500
exchange "$server_proposals"
write_case "IKEv2 from and to ports that are not 500 is named behind its non-ESP marker" "$(named ike)"

begin ike-refused-on-3239-udp 3239 udp
settings server "$port" 4500
settings client 500 4500
exchange 'proposals = aes256-sha384-ecp384'
write_case "an IKEv2 server that chooses no proposal is named at its refusal" "$(named ike)"

begin ike-v1-on-3248-udp 3248 udp
version='version = 1'
settings server "$port" 4500
settings client 500 4500
exchange "$server_proposals"
write_case "an IKEv1 server on a ghost port is named at its answer in main mode" "$(named ike)"
