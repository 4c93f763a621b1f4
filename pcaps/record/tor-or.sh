#!/usr/bin/env bash
# Records a Tor bridge that another Tor links to, over TLS 1.2 on 3237/tcp and over TLS 1.3 on 3248/tcp, and one on
# 3239/tcp that curl asks as a browser would.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tor tor curl

serve_bridge() {
  cat >"$dir/bridge" <<CONFIG
DataDirectory $dir/bridge.d
Address $kServer4
ORPort $kServer4:$port IPv4Only
BridgeRelay 1
PublishServerDescriptor 0
AssumeReachable 1
ExitRelay 0
SocksPort 0
ExtORPort 0
ContactInfo nobody
CONFIG
  serve tor --defaults-torrc /dev/null -f "$dir/bridge"
}

link_to_bridge() { # OPENSSL_PROTOCOL_LIMIT
  serve_bridge
  cat >"$dir/client" <<CONFIG
DataDirectory $dir/client.d
SocksPort 0
UseBridges 1
Bridge $kServer4:$port
CONFIG
  cat >"$dir/openssl.cnf" <<CONFIG
openssl_conf = tor
[tor]
ssl_conf = settings
[settings]
system_default = limits
[limits]
$1
CONFIG
  talk sh -c "OPENSSL_CONF=$dir/openssl.cnf timeout 10 tor --defaults-torrc /dev/null -f $dir/client || true"
  end_capture
  connections=$(tcpdump -nn -r "$dir/$case_name.pcap" 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' 2>/dev/null | wc -l)
  findings=("{verdict: unexpected, service: tls, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}")
  for ((connection = 1; connection <= connections; connection++)); do # the client may drop its first link for a better one
    ((connection == 1)) || findings+=("{verdict: unexpected, service: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: false}")
    [[ -z $1 ]] || findings+=("{verdict: unexpected, service: tls, inner: tor-or, dest_port: $port, proto: TCP, role_basis: syn, revises: true}")
  done
}

begin tor-or-on-3237 3237 tcp
link_to_bridge 'MaxProtocol = TLSv1.2'
write_case "a link to a Tor bridge on a ghost port is TLS, and by the names in its certificate Tor's" "${findings[@]}"

begin tor-or-tls13-on-3248 3248 tcp
link_to_bridge ''
write_case "over TLS 1.3 a link to a Tor bridge hides its certificate, and shows nothing but TLS" "${findings[@]}"

begin tor-or-asked-https-on-3239 3239 tcp
serve_bridge
client_package=curl
talk sh -c "! curl -sS -m 5 https://$kServer4:$port/"
end_capture
write_case "a Tor bridge shows a browser nothing but TLS, its certificate hidden within" "$(named tls)"
