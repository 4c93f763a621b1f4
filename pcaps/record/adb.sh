#!/usr/bin/env bash
# Records adb: its host server's list of devices on 3237/tcp, a shell that it cannot give on 3239/tcp, and a device's
# challenge on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need adb adb

ask_server() { # COMMAND
  serve sh -c "mkdir $dir/tmp && mount --bind $dir/tmp /tmp && HOME=/tmp exec adb -a -P $port nodaemon server"
  talk sh -c "adb -H $kServer4 -P $port $1"
  end_capture
  # adb asks for the server's version first, on a connection of its own.
  both=("$(named adb)" "{verdict: unexpected, service: adb, dest_port: $port, proto: TCP, side: server, role_basis: syn}")
}

begin adb-on-3237 3237 tcp
ask_server devices
write_case "adb's server on a ghost port is named at its answer" "${both[@]}"

begin adb-without-device-on-3239 3239 tcp
ask_server "shell id || true"
write_case "adb's server that has no device to give is named at its refusal" "${both[@]}"

# The device's side: adbkit's bridge challenges the visitor; behind it is no device.
need_node @devicefarmer/adbkit@3.3.9
client_package=adb
begin adb-device-on-3238 3238 tcp
cat >"$dir/device.js" <<JS
require("@devicefarmer/adbkit").Adb.createClient().createTcpUsbBridge("ghost", {}).listen($port, "$kServer4");
JS
serve env NODE_PATH=$kNode/node_modules node "$dir/device.js"
talk sh -c "mkdir $dir/tmp && mount --bind $dir/tmp /tmp && export HOME=/tmp ANDROID_ADB_SERVER_PORT=4000
adb -L tcp:4000 nodaemon server & sleep 1; adb connect $kServer4:$port; adb kill-server; wait; true"
end_capture
write_case "a device open to adb is named at its challenge" "$(named adb)"
