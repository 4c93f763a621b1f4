#!/usr/bin/env bash
# Records tinc: its meta connection on 3237/tcp, one to a peer with another key on 3239/tcp, its encrypted UDP on 3238/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tinc tinc openssl

node() { # OWNER ADDRESS PORT DEVICE SUBNET LINE...
  mkdir -p "$dir/$1/hosts"
  printf '%s\n' "Name = $1" "BindToAddress = $2" "$4" "${@:6}" >"$dir/$1/tinc.conf"
  openssl genrsa -traditional -out "$dir/$1/rsa_key.priv" 2048 2>"$dir/openssl.log"
  { printf '%s\n' "Address = $2" "Port = $3" "Subnet = $5" "PMTUDiscovery = no"
    openssl rsa -in "$dir/$1/rsa_key.priv" -RSAPublicKey_out 2>"$dir/openssl.log"; } >"$dir/$1.host"
}

exchange() { # DEVICE CLIENT_COMMAND [KEY_FOR_THE_SERVER]
  node server $kServer4 "$port" "$1" 10.78.0.1/32
  node client $kClient4 655 "$1" 10.78.0.2/32 "ConnectTo = server"
  node other $kServer4 "$port" "$1" 10.78.0.1/32
  cp "$dir/client.host" "$dir/server/hosts/client"
  cp "$dir/server.host" "$dir/server/hosts/server"
  cp "$dir/client.host" "$dir/client/hosts/client"
  cp "$dir/${3:-server}.host" "$dir/client/hosts/server"
  local end
  for end in server:1 client:2; do
    printf '%s\n' '#!/bin/sh' "ip link set \$INTERFACE up" "ip address add 10.78.0.${end#*:}/24 dev \$INTERFACE" \
      >"$dir/${end%:*}/tinc-up"
  done
  chmod 755 "$dir"/*/tinc-up
  serve tincd -D -d2 -c "$dir/server" --pidfile="$dir/server.pid"
  talk sh -c "timeout 5 tincd -D -d2 -c $dir/client --pidfile=$dir/client.pid & sleep 2; $2; wait || true"
  end_capture
}

begin tinc-on-3237 3237 tcp
exchange "DeviceType = dummy" true
write_case "a tinc node on a ghost port is named at its identification" "$(named tinc)"

begin tinc-wrong-key-on-3239 3239 tcp
exchange "DeviceType = dummy" true other
write_case "a tinc node that finds the other's key wrong is named at its identification" "$(named tinc)"

begin tinc-data-on-3238-udp 3238 udp
exchange "DeviceType = tun" "ping -c 5 -i 0.2 10.78.0.1"
write_case "tinc's datagrams are encrypted throughout, so that nothing names them" \
  "{verdict: unrecognized, dest_port: $port, proto: UDP, role_basis: first-packet}"
