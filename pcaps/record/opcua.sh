#!/usr/bin/env bash
# Records node-opcua's server: a value read on 3237/tcp, and a web browser's request on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need curl curl
need_node node-opcua-server@2.182.2 node-opcua-client@2.182.2
patience=60 # Node.js starts slowly

serve_opcua() {
  cat >"$dir/server.js" <<JS
const { OPCUAServer } = require("node-opcua-server");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");
const { nodesets } = require("node-opcua-nodesets");
const server = new OPCUAServer({
  hostname: "$kServer4", host: "$kServer4", port: $port, nodeset_filename: [nodesets.standard],
  securityModes: [1], securityPolicies: ["http://opcfoundation.org/UA/SecurityPolicy#None"],
  serverCertificateManager: new OPCUACertificateManager({ rootFolder: "$dir/pki" }),
  userCertificateManager: new OPCUACertificateManager({ rootFolder: "$dir/users" }),
});
server.start().catch((error) => { console.log(error); process.exit(1); });
JS
  serve env NODE_PATH=$kNode/node_modules node "$dir/server.js"
}

read_value() { # CLIENT_OPTIONS -> reads the server's state
  cat >"$dir/client.js" <<JS
const { OPCUAClient } = require("node-opcua-client");
const { OPCUACertificateManager } = require("node-opcua-certificate-manager");
(async () => {
  const client = OPCUAClient.create({
    endpointMustExist: false, connectionStrategy: { maxRetry: 0 }, $1
    clientCertificateManager: new OPCUACertificateManager({ rootFolder: "$dir/client.pki" }),
  });
  await client.connect("opc.tcp://$kServer4:$port");
  const session = await client.createSession();
  console.log((await session.read({ nodeId: "i=2259", attributeId: 13 })).toString());
  await session.close();
  await client.disconnect();
})().catch((error) => { console.log(error.message); process.exit(0); });
JS
  talk env NODE_PATH=$kNode/node_modules node "$dir/client.js"
}

begin opcua-on-3237 3237 tcp
serve_opcua
read_value ''
end_capture
write_case "an OPC UA server on a ghost port is named at its acknowledgement" "$(named opcua)"

begin opcua-asked-http-on-3248 3248 tcp
serve_opcua
client_package=curl
talk sh -c "! curl -sS -m 5 http://$kServer4:$port/"
end_capture
write_case "an OPC UA server that a web browser asks is named at its error" \
  "{verdict: unexpected, service: opcua, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"
