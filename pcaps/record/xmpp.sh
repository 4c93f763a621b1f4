#!/usr/bin/env bash
# Records Prosody: a client that goes over to TLS on 3239/tcp, one that asks for a host that is not there on 3237/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need prosody openssl

start() {
  mkdir -m 777 "$dir/data"
  make_certificate
  chmod 644 "$dir/key.pem"
  cat >"$dir/prosody.cfg.lua" <<CONFIG
run_as_root = true
daemonize = false
log = { info = "*console" }
data_path = "$dir/data"
pidfile = "$dir/data/pid"
interfaces = { "$kServer4" }
c2s_ports = { $port }
s2s_ports = {}
c2s_direct_tls_ports = {}
modules_enabled = { "saslauth", "tls", "disco" }
modules_disabled = { "s2s" }
c2s_require_encryption = true
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
ssl = { certificate = "$dir/certificate.pem", key = "$dir/key.pem" }
VirtualHost "ghost.test"
CONFIG
  serve prosody -F --config "$dir/prosody.cfg.lua"
}

begin xmpp-starttls-on-3239 3239 tcp
start
talk sh -c "openssl s_client -connect $kServer4:$port -starttls xmpp -xmpphost ghost.test </dev/null"
end_capture
write_case "an XMPP server stays the carrier when STARTTLS turns the flow into TLS" "$(named xmpp)" \
  "{verdict: unexpected, service: xmpp, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"

begin xmpp-unknown-on-3237 3237 tcp
start
talk sh -c "! timeout 3 openssl s_client -connect $kServer4:$port -starttls xmpp -xmpphost elsewhere.test </dev/null"
end_capture
write_case "an XMPP server is named where it refuses the host name" "$(named xmpp)"
