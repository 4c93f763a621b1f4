#!/usr/bin/env bash
# Records two Monero nodes of a chain of their own on 3239/tcp, and a web browser's request to one on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need monero monero curl

node="monerod --testnet --non-interactive --no-igd --no-zmq --disable-dns-checkpoints --check-updates=disabled --max-concurrency=1 --allow-local-ip"

serve_node() {
  serve sh -c "exec $node --data-dir $dir/server --p2p-bind-ip $kServer4 --p2p-bind-port $port --add-exclusive-node 10.77.0.9:9"
}

begin monero-on-3239 3239 tcp
serve_node
talk sh -c "timeout 20 $node --data-dir $dir/client --add-exclusive-node $kServer4:$port || true"
end_capture
write_case "a Monero node on a ghost port is named at its answer" "$(named monero)"

begin monero-asked-http-on-3238 3238 tcp
silent=1
serve_node
client_package=curl
talk sh -c "! curl -sS -m 5 http://$kServer4:$port/"
end_capture
write_case "a Monero node hangs up on a web browser" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"
