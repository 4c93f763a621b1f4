#!/usr/bin/env bash
# Records a MariaDB server on 3239/tcp: login with a password, SELECT 1, without TLS.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need mariadb-server-core mariadb-client-core

begin mysql-on-3239 3239 tcp
echo "CREATE USER visitor@'$kClient4' IDENTIFIED BY 'visitor';" >"$dir/users.sql"
innodb="--innodb-log-file-size=4M"
mariadb-install-db --no-defaults --user=root --datadir="$dir/data" --skip-test-db $innodb >"$dir/install.log" 2>&1
serve mariadbd --no-defaults --user=root --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/pid" \
  --bind-address=$kServer4 --port="$port" --skip-name-resolve --init-file="$dir/users.sql" $innodb
talk mariadb --no-defaults --protocol=tcp --host=$kServer4 --port="$port" --user=visitor --password=visitor \
  --skip-ssl --execute='SELECT 1'
end_capture
write_case "a MariaDB server on a ghost port is named at its greeting" \
  "{verdict: unexpected, service: mysql, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"
