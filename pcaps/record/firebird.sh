#!/usr/bin/env bash
# Records a Firebird server and isql-fb: a query on 3237/tcp, a refused login on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need firebird3.0-server firebird3.0-utils

start() {
  mkdir "$dir/system"
  chmod 777 "$dir" "$dir/system"
  cat >"$dir/firebird.conf" <<CONFIG
RemoteServicePort = $port
RemoteBindAddress = $kServer4
SecurityDatabase = $dir/security.fdb
WireCrypt = Enabled
CONFIG
  serve sh -c "mkdir /run/firebird /run/firebird3.0 && mount --bind $dir/firebird.conf /etc/firebird/3.0/firebird.conf &&
    printf \"create database '$dir/security.fdb'; create user visitor password 'visitor'; commit; create database '$dir/ghost.fdb' user visitor; quit;\n\" |
      isql-fb -q -user sysdba && exec /usr/sbin/firebird"
}

begin firebird-on-3237 3237 tcp
start
talk sh -c "echo 'select 1 from rdb\$database;' | isql-fb -q -user visitor -password visitor $kServer4/$port:$dir/ghost.fdb"
end_capture
write_case "a Firebird server on a ghost port is named" "$(named firebird)"

begin firebird-refused-on-3238 3238 tcp
start
talk sh -c "! isql-fb -q -bail -user visitor -password wrong $kServer4/$port:$dir/ghost.fdb </dev/null"
end_capture
write_case "a Firebird server that lets nobody in is named" "$(named firebird)"
