#!/usr/bin/env bash
# Records a ClickHouse server and its client: a query on 3237/tcp, a refused login on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need clickhouse-server clickhouse-client

start() {
  mkdir "$dir/data" "$dir/temporary"
  cat >"$dir/config.xml" <<CONFIG
<yandex>
  <logger><level>warning</level><console>true</console></logger>
  <listen_host>$kServer4</listen_host>
  <tcp_port>$port</tcp_port>
  <path>$dir/data/</path>
  <tmp_path>$dir/temporary/</tmp_path>
  <users_config>$dir/users.xml</users_config>
  <default_profile>default</default_profile>
  <default_database>default</default_database>
  <mark_cache_size>1048576</mark_cache_size>
</yandex>
CONFIG
  cat >"$dir/users.xml" <<CONFIG
<yandex>
  <profiles><default></default></profiles>
  <quotas><default></default></quotas>
  <users><visitor>
    <password>visitor</password><networks><ip>::/0</ip></networks>
    <profile>default</profile><quota>default</quota>
  </visitor></users>
</yandex>
CONFIG
  serve clickhouse-server --config-file="$dir/config.xml"
}

begin clickhouse-on-3237 3237 tcp
start
talk clickhouse-client --host $kServer4 --port "$port" --user visitor --password visitor --query 'SELECT 1'
end_capture
write_case "a ClickHouse server on a ghost port is named" "$(named clickhouse)"

begin clickhouse-refused-on-3238 3238 tcp
start
talk sh -c "! clickhouse-client --host $kServer4 --port $port --user visitor --password wrong --query 'SELECT 1'"
grep -qi 'wrong password' "$dir/client.log" || fail "the login was not refused"
end_capture
write_case "a ClickHouse server that lets nobody in is named by its refusal" \
  "{verdict: unexpected, service: clickhouse, dest_port: $port, proto: TCP, role_basis: syn}"
