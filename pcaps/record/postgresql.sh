#!/usr/bin/env bash
# Records a PostgreSQL server and psql: a query on 3237/tcp, a refused login on 3238/tcp, a login within TLS
# on 3239/tcp; a web client that it gives no answer on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need postgresql-15 postgresql-client-15 openssl curl

binaries=/usr/lib/postgresql/15/bin

start() { # HOST_OR_HOSTSSL METHOD OPTION...: one user, named visitor, with that password
  echo visitor >"$dir/password"
  chmod 644 "$dir/password"
  install -d -o postgres "$dir/data" "$dir/socket"
  setpriv --reuid=postgres --regid=postgres --clear-groups $binaries/initdb -D "$dir/data" -U visitor \
    --auth=scram-sha-256 --pwfile="$dir/password" --no-sync >"$dir/install.log" 2>&1
  echo "$1 all all $kClient4/32 $2" >"$dir/data/pg_hba.conf"
  shift 2
  serve setpriv --reuid=postgres --regid=postgres --clear-groups $binaries/postgres -D "$dir/data" -p "$port" \
    -c listen_addresses=$kServer4 -c unix_socket_directories="$dir/socket" "$@"
  wait_until "the database is up" grep -q 'ready to accept connections' "$dir/server.log"
}

query() { # SSL_MODE
  printf "psql 'host=%s port=%s dbname=postgres user=visitor password=visitor sslmode=%s gssencmode=disable' -c 'SELECT 1'" \
    $kServer4 "$port" "$1"
}

begin postgresql-on-3237 3237 tcp
start host scram-sha-256
talk sh -c "$(query disable)"
end_capture
write_case "a PostgreSQL server on a ghost port is named" "$(named postgresql)"

begin postgresql-refused-on-3238 3238 tcp
start host reject
talk sh -c "! $(query disable)"
grep -q 'pg_hba.conf rejects' "$dir/client.log" || fail "the login was not refused"
end_capture
write_case "a PostgreSQL server that lets nobody in is named by its error" "$(named postgresql)"

begin postgresql-tls-on-3239 3239 tcp
make_certificate
chown postgres "$dir/key.pem"
start hostssl scram-sha-256 -c ssl=on -c ssl_cert_file="$dir/certificate.pem" -c ssl_key_file="$dir/key.pem"
talk sh -c "$(query require)"
end_capture
write_case "a PostgreSQL server stays the carrier when its client asks for TLS first" \
  "{verdict: unexpected, service: postgresql, dest_port: $port, proto: TCP, role_basis: syn, revises: false}" \
  "{verdict: unexpected, service: postgresql, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"

begin postgresql-asked-http-on-3248 3248 tcp
start host reject
client_package=curl silent=yes
talk sh -c "! curl -sS --max-time 5 http://$kServer4:$port/"
end_capture
write_case "a PostgreSQL server hangs up on a web client without a word, so the port is a listener asked for HTTP" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"
