#!/usr/bin/env bash
# Records ZeroMQ: a request and its reply on 3237/tcp; a client that says nothing on 3238/tcp, a web browser on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need python3-zmq python3-zmq ncat curl

start() {
  serve python3 -c "import zmq
socket = zmq.Context().socket(zmq.REP)
socket.bind('tcp://$kServer4:$port')
while True:
    socket.recv()
    socket.send(b'hello')"
}

begin zmtp-on-3237 3237 tcp
start
talk python3 -c "import zmq
socket = zmq.Context().socket(zmq.REQ)
socket.connect('tcp://$kServer4:$port')
socket.send(b'greeting')
print(socket.recv())"
end_capture
write_case "a ZeroMQ socket on a ghost port is named at its greeting" "$(named zmtp)"

begin zmtp-silent-client-on-3238 3238 tcp
start
client_package=ncat
talk sh -c "sleep 2 | ncat $kServer4 $port"
end_capture
write_case "a ZeroMQ socket is named by the beginning of its greeting, all that it says before its peer has spoken" "$(named zmtp)"

begin zmtp-asked-http-on-3239 3239 tcp
start
client_package=curl
talk sh -c "! curl -sS -m 3 http://$kServer4:$port/"
end_capture
write_case "a ZeroMQ server greets a web browser and is named by that" \
  "{verdict: unexpected, service: zmtp, dest_port: $port, proto: TCP, side: server, role_basis: syn}"
