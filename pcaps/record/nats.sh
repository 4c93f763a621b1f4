#!/usr/bin/env bash
# Records a NATS server and lines typed through ncat, for Debian 12 has no client program: one message published and
# received on 3237/tcp, a client that says nothing on 3238/tcp, one that turns to TLS on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nats-server ncat python3 openssl

begin nats-on-3237 3237 tcp
serve nats-server -a $kServer4 -p "$port"
talk sh -c "{ sleep 0.5; printf 'CONNECT {\"verbose\":false,\"name\":\"visitor\"}\r\nSUB greeting 1\r\nPUB greeting 5\r\nhello\r\nPING\r\n'; sleep 1; } |
  ncat $kServer4 $port"
grep -q '^MSG greeting' "$dir/client.log" || fail "the message did not come back"
end_capture
write_case "a NATS server on a ghost port is named at its INFO line" "$(named nats)"

begin nats-silent-client-on-3238 3238 tcp
serve nats-server -a $kServer4 -p "$port"
talk sh -c "sleep 3 | ncat $kServer4 $port"
end_capture
write_case "a NATS server is named although its client says nothing until the server gives it up" "$(named nats)"

begin nats-tls-on-3239 3239 tcp
make_certificate
client_package=python3
serve nats-server -a $kServer4 -p "$port" --tls --tlscert "$dir/certificate.pem" --tlskey "$dir/key.pem"
talk python3 -c "import socket, ssl
plain = socket.create_connection(('$kServer4', $port))
print(plain.recv(4096))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
inside = context.wrap_socket(plain)
inside.sendall(b'CONNECT {\"verbose\":false,\"name\":\"visitor\"}\r\nPING\r\n')
print(inside.recv(4096))"
end_capture
write_case "a NATS server stays the carrier when the flow turns into TLS behind its INFO line" \
  "{verdict: unexpected, service: nats, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: nats, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
