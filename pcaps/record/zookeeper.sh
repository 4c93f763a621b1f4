#!/usr/bin/env bash
# Records a ZooKeeper server: the kazoo client sets a node on 3237/tcp; a monitor's `ruok` on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need zookeeper python3-kazoo ncat

patience=60 # Java starts slowly
start() {
  printf 'tickTime=2000\ndataDir=%s\nclientPortAddress=%s\nclientPort=%s\nadmin.enableServer=false\n4lw.commands.whitelist=ruok\n' \
    "$dir/data" $kServer4 "$port" >"$dir/zoo.cfg"
  mkdir "$dir/data"
  serve java -Xmx64m -XX:TieredStopAtLevel=1 -Dzookeeper.preAllocSize=64 -cp '/etc/zookeeper/conf:/usr/share/java/*' \
    org.apache.zookeeper.server.quorum.QuorumPeerMain "$dir/zoo.cfg"
}

begin zookeeper-on-3237 3237 tcp
start
talk python3 -c "from kazoo.client import KazooClient
client = KazooClient('$kServer4:$port')
client.start()
client.create('/greeting', b'hello')
client.stop()"
end_capture
write_case "a ZooKeeper server on a ghost port is named at its answer to the session's first request" "$(named zookeeper)"

begin zookeeper-ruok-on-3238 3238 tcp
start
client_package=ncat
talk sh -c "printf ruok | ncat $kServer4 $port"
grep -q imok "$dir/client.log" || fail "the server is not well"
end_capture
write_case "a ZooKeeper server is named although a monitor speaks four letters with it alone" "$(named zookeeper)"
