#!/usr/bin/env bash
# Records node-bacnet: a device that reads out a property on 3238/udp, and one that answers with an error on 3248/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need_node node-bacnet@0.2.4

read_property() { # ANSWER
  cat >"$dir/server.js" <<JS
const bacnet = require("node-bacnet");
const device = new bacnet({ port: $port, interface: "$kServer4", apduTimeout: 6000 });
device.on("readProperty", (request) => {
  const to = request.header.sender, id = request.invokeId, asked = request.payload;
  $1
});
JS
  cat >"$dir/client.js" <<JS
const bacnet = require("node-bacnet");
const client = new bacnet({ port: 4000, interface: "$kClient4", apduTimeout: 3000 });
client.readProperty({ address: "$kServer4:$port" }, { type: 8, instance: 7 }, 77, (error, value) => {
  console.log(String(error), JSON.stringify(value));
  client.close();
});
JS
  serve env NODE_PATH=$kNode/node_modules node "$dir/server.js"
  talk env NODE_PATH=$kNode/node_modules node "$dir/client.js"
  end_capture
}

begin bacnet-on-3238-udp 3238 udp
read_property 'device.readPropertyResponse(to, id, asked.objectId, asked.property, [{ type: 7, value: "a device" }]);'
write_case "a BACnet device on the appareNet port is named at its answer" "$(named bacnet)"

begin bacnet-error-on-3248-udp 3248 udp
read_property 'device.errorResponse(to, 12, id, 1, 31);'
write_case "a BACnet device that does not know the object is named at its error" "$(named bacnet)"
