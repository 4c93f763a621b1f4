#!/usr/bin/env bash
# Records rpcbind: a list of programs over TCP on 3237, a call of a program that is not there over UDP on 3239.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need rpcbind rpcbind

start() {
  printf '%s\n' "udp tpi_clts v inet udp - -" "tcp tpi_cots_ord v inet tcp - -" "local tpi_cots_ord - loopback - - -" >"$dir/netconfig"
  sed "s|^sunrpc\([[:space:]]*\)111/|sunrpc\1$port/|" /etc/services >"$dir/services"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files' 'services: files' 'rpc: files' 'netgroup: files' >"$dir/nsswitch"
  printf '%s\n' "$kServer4 server.ghost.test server" '127.0.0.1 localhost' >"$dir/hosts"
  serve sh -c "for file in netconfig services hosts; do mount --bind $dir/\$file /etc/\$file; done
    mount --bind $dir/nsswitch /etc/nsswitch.conf && exec rpcbind -f -w"
}

begin rpc-on-3237 3237 tcp
start
talk sh -c "mount --bind $dir/services /etc/services && rpcinfo -s $kServer4"
end_capture
write_case "a port mapper on a ghost port is named at its reply" "$(named rpc)"

begin rpc-unavailable-on-3239-udp 3239 udp
start
talk sh -c "! rpcinfo -T udp -a $kServer4.$((port / 256)).$((port % 256)) 100021 4"
end_capture
write_case "an RPC server is named by its reply that it has no such program" "$(named rpc)"
