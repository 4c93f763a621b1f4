#!/usr/bin/env bash
# Records the Zabbix agent: one item on 3239/tcp, a client that it does not know on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need zabbix-agent zabbix-proxy-sqlite3

start() { # ALLOWED_CLIENT
  cat >"$dir/agent.conf" <<CONFIG
LogType=console
PidFile=$dir/agent.pid
Hostname=server
Server=$1
ListenIP=$kServer4
ListenPort=$port
StartAgents=1
AllowRoot=1
CONFIG
  serve zabbix_agentd --foreground --config "$dir/agent.conf"
}

begin zabbix-on-3239 3239 tcp
start $kClient4
talk zabbix_get --host $kServer4 --port "$port" --key agent.version
end_capture
write_case "a Zabbix agent on a ghost port is named at its answer" "$(named zabbix)"

begin zabbix-refused-on-3238 3238 tcp
silent=yes
start $kServer4
talk sh -c "! zabbix_get --host $kServer4 --port $port --key agent.version"
end_capture
write_case "a Zabbix agent closes on a client that it does not know, and tells nothing" \
  "{verdict: listener, dest_port: $port, proto: TCP}"
