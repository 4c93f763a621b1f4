#!/usr/bin/env bash
# Records Snap7: a data block read on 3239/tcp, and one that the controller does not have on 3237/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need g++ make
[[ -e /usr/include/node/node.h ]] || need libnode-dev libnode-dev
need_node node-snap7@1.0.9
if [[ ! -d $kNode/node_modules/node-snap7/build ]]; then
  (cd "$kNode" && npm_config_nodedir=/usr npm rebuild node-snap7 >&2)
fi

# The server's first word is the transport's, which carries other protocols too: the second is S7's.
read_block() { # NUMBER
  cat >"$dir/server.js" <<JS
const { S7Server } = require("node-snap7");
const server = new S7Server();
server.SetParam(server.LocalPort, $port);
server.RegisterArea(server.srvAreaDB, 1, Buffer.from("a data block"));
server.StartTo("$kServer4");
setTimeout(() => {}, 60000);
JS
  cat >"$dir/client.js" <<JS
const { S7Client } = require("node-snap7");
const client = new S7Client();
client.SetParam(client.RemotePort, $port);
if (!client.ConnectTo("$kServer4", 0, 1)) throw new Error(client.ErrorText(client.LastError()));
console.log(String(client.DBRead($1, 0, 8)), client.LastError());
client.Disconnect();
JS
  serve env NODE_PATH=$kNode/node_modules node "$dir/server.js"
  talk env NODE_PATH=$kNode/node_modules node "$dir/client.js"
  end_capture
}

begin s7comm-on-3239 3239 tcp
read_block 1
write_case "a Siemens controller on a ghost port is named at its answer to the set-up" "$(named s7comm "$(server_packet 2)")"

begin s7comm-error-on-3237 3237 tcp
read_block 99
write_case "a Siemens controller that lacks the block asked for is named all the same" "$(named s7comm "$(server_packet 2)")"
