#!/usr/bin/env bash
# Records WireGuard in user space: a handshake and pings on 3238/udp, a client with an unknown key on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need wireguard-go wireguard-go wireguard-tools iputils-ping

# Writes $1.conf for the other key's owner $2; further lines come from the caller.
configure() { # OWNER PEER LINE...
  printf '[Interface]\nPrivateKey=%s\n' "$(cat "$dir/$1.key")" >"$dir/$1.conf"
  [[ $1 != server ]] || printf 'ListenPort=%s\n' "$port" >>"$dir/$1.conf"
  printf '[Peer]\nPublicKey=%s\nAllowedIPs=10.78.0.0/24\n' "$(wg pubkey <"$dir/$2.key")" >>"$dir/$1.conf"
  [[ $1 == server ]] || printf 'Endpoint=%s:%s\n' $kServer4 "$port" >>"$dir/$1.conf"
}

tunnel() { # CONFIGURATION ADDRESS: the command that brings a tunnel up
  printf 'LOG_LEVEL=verbose wireguard-go -f wg0 & until wg setconf wg0 %s; do sleep 0.1; done && ip address add %s/24 dev wg0 && ip link set wg0 up' \
    "$1" "$2"
}

exchange() { # CLIENT PING_COMMAND
  serve sh -c "$(tunnel "$dir/server.conf" 10.78.0.1) && wait"
  talk sh -c "$(tunnel "$dir/$1.conf" 10.78.0.2) && $2; kill \$!"
  end_capture
}

make_keys() {
  local owner
  for owner in server client stranger; do
    (umask 077 && wg genkey >"$dir/$owner.key")
  done
}

begin wireguard-on-3238-udp 3238 udp
make_keys
configure server client
configure client server
exchange client "ping -c 3 -i 0.2 10.78.0.1"
write_case "a WireGuard peer on a ghost port is named at its handshake response" "$(named wireguard)"

begin wireguard-wrong-key-on-3239-udp 3239 udp
make_keys
silent=1
configure server client
configure stranger server
exchange stranger "(ping -c 12 -W 1 10.78.0.1 || true)"
write_case "a WireGuard peer does not answer a stranger, who is a probe that asked for wireguard" \
  "{verdict: probe, asked: wireguard, dest_port: $port, proto: UDP, role_basis: first-packet, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 1, rst: 0, icmp: 0}}}"
