#!/usr/bin/env bash
# Records a Tarantool server: a ping and a call from its own client on 3237/tcp, its Lua console on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tarantool tarantool ncat

start() { # LUA
  mkdir "$dir/data"
  cat >"$dir/server.lua" <<LUA
box.cfg{work_dir = '$dir/data', memtx_memory = 33554432, wal_mode = 'none'}
box.schema.user.grant('guest', 'execute', 'universe')
$1
LUA
  serve tarantool "$dir/server.lua"
}

begin tarantool-on-3237 3237 tcp
start "box.cfg{listen = '$kServer4:$port'}"
echo "print(require('net.box').connect('$kServer4:$port'):eval('return 42')) os.exit(0)" >"$dir/client.lua"
talk tarantool "$dir/client.lua"
grep -q 42 "$dir/client.log" || fail "no answer"
end_capture
write_case "a Tarantool server on a ghost port is named at its greeting" "$(named tarantool)"

begin tarantool-console-on-3238 3238 tcp
start "require('console').listen('$kServer4:$port')"
client_package=ncat
talk sh -c "{ printf '6 * 7\n'; sleep 1; } | ncat $kServer4 $port"
grep -q 42 "$dir/client.log" || fail "no answer"
end_capture
write_case "Tarantool's Lua console on a ghost port is named at its greeting, which is not that of the binary protocol" \
  "$(named tarantool)"
