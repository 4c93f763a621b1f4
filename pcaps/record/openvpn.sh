#!/usr/bin/env bash
# Records OpenVPN: TLS over UDP on 3238 and over TCP on 3237, with tls-auth on 3237/udp and tls-crypt on 3248/tcp, a client
# with another tls-crypt key on 3248/udp, the static-key mode, whose packets have no header in the clear, on 3239/udp, and
# an HTTP request on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openvpn openvpn openssl curl

make_keys() {
  make_certificate
  fingerprint=$(openssl x509 -in "$dir/certificate.pem" -noout -fingerprint -sha256 | cut -d= -f2)
  openvpn --genkey secret "$dir/static.key"
  openvpn --genkey secret "$dir/other.key"
}

# exchange SECONDS SERVER_PROTO CLIENT_PROTO SERVER_OPTIONS CLIENT_OPTIONS: a tunnel that leads nowhere.
exchange() {
  # shellcheck disable=SC2086 # several options each
  serve openvpn --dev null --proto "$2" --local $kServer4 --port "$port" $4
  # shellcheck disable=SC2016,SC2086 # the inner shell expands
  talk sh -c 'seconds=$1; shift; timeout "$seconds" "$@"; [ $? -eq 124 ]' sh "$1" \
    openvpn --dev null --proto "$3" --nobind --remote $kServer4 "$port" $5
  end_capture
}

begin openvpn-on-3238-udp 3238 udp
make_keys
tls="--cert $dir/certificate.pem --key $dir/key.pem --peer-fingerprint $fingerprint"
exchange 3 udp udp "--tls-server --dh none $tls" "--tls-client $tls"
write_case "an OpenVPN server on a ghost port is named at its answer to the hard reset" "$(named openvpn)"

begin openvpn-on-3237 3237 tcp
make_keys
tls="--cert $dir/certificate.pem --key $dir/key.pem --peer-fingerprint $fingerprint"
exchange 3 tcp-server tcp-client "--tls-server --dh none $tls" "--tls-client $tls"
write_case "an OpenVPN server is named over TCP, behind its packet lengths, as over UDP" "$(named openvpn)"

begin openvpn-wrong-key-on-3248-udp 3248 udp
make_keys
silent=1
tls="--cert $dir/certificate.pem --key $dir/key.pem --peer-fingerprint $fingerprint"
exchange 8 udp udp "--tls-server --dh none --tls-crypt $dir/static.key $tls" "--tls-client --tls-crypt $dir/other.key $tls"
write_case "an OpenVPN server that knows another key says nothing, so the client is a probe that asked for openvpn" \
  "{verdict: probe, asked: openvpn, dest_port: $port, proto: UDP, role_basis: first-packet, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 1, rst: 0, icmp: 0}}}"

begin openvpn-static-key-on-3239-udp 3239 udp
make_keys
static="--cipher AES-256-CBC --secret $dir/static.key --ping 1"
exchange 4 udp udp "$static --float" "$static"
write_case "OpenVPN with a static key is encrypted from its first byte, so that nothing names it" \
  "{verdict: unrecognized, severity: medium, dest_port: $port, proto: UDP, role_basis: first-packet}"

begin openvpn-tls-auth-on-3237-udp 3237 udp
make_keys
tls="--cert $dir/certificate.pem --key $dir/key.pem --peer-fingerprint $fingerprint"
exchange 3 udp udp "--tls-server --dh none --tls-auth $dir/static.key 0 $tls" "--tls-client --tls-auth $dir/static.key 1 $tls"
write_case "an OpenVPN server whose packets bear an HMAC is named at its answer to the hard reset" "$(named openvpn)"

begin openvpn-tls-crypt-on-3248 3248 tcp
make_keys
tls="--cert $dir/certificate.pem --key $dir/key.pem --peer-fingerprint $fingerprint"
exchange 3 tcp-server tcp-client "--tls-server --dh none --tls-crypt $dir/static.key $tls" "--tls-client --tls-crypt $dir/static.key $tls"
write_case "an OpenVPN server whose control packets are encrypted is named at its answer to the hard reset" "$(named openvpn)"

begin openvpn-asked-http-on-3238 3238 tcp
make_keys
silent=1
serve openvpn --dev null --proto tcp-server --local $kServer4 --port "$port" --tls-server --dh none \
  --cert "$dir/certificate.pem" --key "$dir/key.pem" --peer-fingerprint "$fingerprint"
client_package=curl
talk sh -c "curl -sS --max-time 5 http://$kServer4:$port/ || true"
end_capture
write_case "an OpenVPN server that hangs up on an HTTP request is a listener" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"
