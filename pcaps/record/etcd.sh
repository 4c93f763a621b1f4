#!/usr/bin/env bash
# Records an etcd server: etcdctl puts a key over gRPC on 3237/tcp; its HTTP face asked by curl on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need etcd-server etcd-client curl

start() {
  serve etcd --data-dir "$dir/data" --listen-client-urls http://$kServer4:"$port" \
    --advertise-client-urls http://$kServer4:"$port" --listen-peer-urls http://127.0.0.1:2380 --logger zap
  wait_until "etcd is ready" grep -q 'serving client traffic insecurely' "$dir/server.log"
}

begin http2-grpc-on-3237 3237 tcp
start
talk env ETCDCTL_API=3 etcdctl --endpoints=http://$kServer4:"$port" put greeting hello
end_capture
write_case "a gRPC server (etcd) on a ghost port is HTTP/2, named at its SETTINGS frame" "$(named http2)"

begin http-etcd-on-3238 3238 tcp
start
client_package=curl
talk curl -sS http://$kServer4:"$port"/version
end_capture
write_case "an etcd server is HTTP to a client that speaks HTTP/1.1 with the same port" "$(named http)"
