#!/usr/bin/env bash
# Records bcoin's nodes of a chain of their own, one that greets another on 3238/tcp, and one that a web browser asks on
# 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need curl curl
need_node bcoin@1.0.2

node() { # NAME OPTION... -> a node's command line
  printf '%s ' env NODE_PATH=$kNode/node_modules NODE_BACKEND=js node -r "$dir/memory.js" "$kNode/node_modules/bcoin/bin/node" --network=regtest \
    --memory=true --no-wallet --workers=false --http-port="$1" --discover=false "${@:2}"
}

# The database in memory needs none on disk, which would have to be compiled.
keep_in_memory() {
  cat >"$dir/memory.js" <<'JS'
const Module = require("module"), load = Module._load;
Module._load = (name, ...rest) => (name === "leveldown" ? {} : load(name, ...rest));
JS
}

serve_node() {
  keep_in_memory
  serve sh -c "$(node 4000 --prefix="$dir/server" --listen=true --host=$kServer4 --port="$port")"
}

begin bitcoin-on-3238 3238 tcp
serve_node
talk sh -c "timeout 10 $(node 4001 --prefix="$dir/client" --only="$kServer4:$port") || true"
end_capture
write_case "a Bitcoin node on the appareNet port is named at its version" "$(named bitcoin)"

begin bitcoin-asked-http-on-3239 3239 tcp
serve_node
client_package=curl
talk sh -c "! curl -sS -m 5 http://$kServer4:$port/"
end_capture
write_case "a Bitcoin node gives its version to whoever comes, a web browser too" \
  "{verdict: unexpected, service: bitcoin, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"
