#!/usr/bin/env bash
# Records a MariaDB server: login with a password and SELECT 1, without TLS, on 3239/tcp; a login within TLS on
# 3237/tcp; a client whose host is refused instead of greeted on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need mariadb-server-core mariadb-client-core openssl

start() { # HOST_OF_THE_ONLY_USER OPTION...
  echo "CREATE USER visitor@'$1' IDENTIFIED BY 'visitor';" >"$dir/users.sql"
  local innodb="--innodb-log-file-size=4M"
  mariadb-install-db --no-defaults --user=root --datadir="$dir/data" --skip-test-db $innodb >"$dir/install.log" 2>&1
  serve mariadbd --no-defaults --user=root --datadir="$dir/data" --socket="$dir/socket" --pid-file="$dir/pid" \
    --bind-address=$kServer4 --port="$port" --skip-name-resolve --init-file="$dir/users.sql" $innodb "${@:2}"
}

query=(mariadb --no-defaults --protocol=tcp --host="$kServer4" --user=visitor --password=visitor --execute='SELECT 1')

begin mysql-on-3239 3239 tcp
start $kClient4
talk "${query[@]}" --skip-ssl --port="$port"
end_capture
write_case "a MariaDB server on a ghost port is named at its greeting" "$(named mysql)"

begin mysql-refused-on-3238 3238 tcp
start 192.0.2.1
talk sh -c '! "$@"' sh "${query[@]}" --skip-ssl --port="$port"
grep -q 'is not allowed to connect' "$dir/client.log" || fail "the client's host was not refused"
end_capture
write_case "a MariaDB server that refuses its client's host is named by the error that it sends instead of a greeting" \
  "$(named mysql)"

begin mysql-tls-on-3237 3237 tcp
make_certificate
start $kClient4 --ssl-cert="$dir/certificate.pem" --ssl-key="$dir/key.pem"
talk "${query[@]}" --ssl --port="$port"
end_capture
write_case "a MariaDB server stays the carrier when the flow turns into TLS behind its greeting" \
  "{verdict: unexpected, service: mysql, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: mysql, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
