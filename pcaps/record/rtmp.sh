#!/usr/bin/env bash
# Records nginx's RTMP module: a test picture published on 3237/tcp, publishing refused on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need libnginx-mod-rtmp ffmpeg nginx

publish() { # NGINX_DIRECTIVE ENDING
  cat >"$dir/nginx.conf" <<CONFIG
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
pid $dir/nginx.pid;
events {}
rtmp { access_log off; server { listen $kServer4:$port; application ghost { live on; $1 } } }
CONFIG
  serve nginx -c "$dir/nginx.conf" -e stderr
  talk sh -c "ffmpeg -hide_banner -nostdin -f lavfi -i sine=frequency=440:sample_rate=11025 -t 1 -c:a aac -b:a 8k \
-f flv rtmp://$kServer4:$port/ghost/tone $2"
  end_capture
}

begin rtmp-on-3237 3237 tcp
publish '' ''
# Named where the first chunk follows the handshake, whose packet differs from run to run.
finding="{verdict: unexpected, service: rtmp, dest_port: $port, proto: TCP, side: server, role_basis: syn}"
write_case "an RTMP server on a ghost port is named at its handshake" "$finding"

begin rtmp-refused-on-3239 3239 tcp
publish 'deny publish all;' '|| true'
finding="{verdict: unexpected, service: rtmp, dest_port: $port, proto: TCP, side: server, role_basis: syn}"
write_case "an RTMP server that lets nobody publish is named all the same" "$finding"
