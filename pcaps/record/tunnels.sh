#!/usr/bin/env bash
# Records tunnels that have no name here: fastd on 3238/udp, n2n on 3239/udp, Nebula on 3248/udp, Shadowsocks on 3237/tcp,
# vtun on 3239/tcp. What they say must be called unrecognized, not something else.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need fastd fastd n2n nebula shadowsocks-libev vtun iputils-ping curl nginx

unrecognized() { # WHY
  end_capture
  write_case "$1" "{verdict: unrecognized, severity: medium, dest_port: $port, proto: ${transport^^}}"
}

begin fastd-on-3238-udp 3238 udp
for owner in server client; do
  fastd --generate-key >"$dir/$owner.keys" 2>&1
  awk '/^Secret:/ { print "secret \"" $2 "\";" }' "$dir/$owner.keys" >"$dir/$owner.conf"
  printf 'method "salsa2012+umac";\nmode tun;\nlog level verbose;\n' >>"$dir/$owner.conf"
done
key() { awk '/^Public:/ { print $2 }' "$dir/$1.keys"; }
printf 'interface "fastd0";\nbind %s:%s;\npeer "client" { key "%s"; }\n' $kServer4 "$port" "$(key client)" >>"$dir/server.conf"
printf 'interface "fastd0";\npeer "server" { key "%s"; remote %s:%s; }\n' "$(key server)" $kServer4 "$port" >>"$dir/client.conf"
serve fastd --config "$dir/server.conf"
talk sh -c "timeout 4 fastd --config $dir/client.conf; true"
unrecognized "a fastd tunnel has no name here"

begin n2n-on-3239-udp 3239 udp
server_package=n2n client_package=n2n
serve supernode -f -l "$port"
talk sh -c "timeout 5 edge -f -d n2n0 -a 10.78.0.2 -c ghosts -k made-up -l $kServer4:$port; true"
unrecognized "an n2n supernode that acknowledges an edge has no name here"

begin nebula-on-3248-udp 3248 udp
server_package=nebula client_package=nebula
nebula-cert ca -name ghost.test -out-crt "$dir/ca.crt" -out-key "$dir/ca.key"
for owner in server:1 client:2; do
  nebula-cert sign -ca-crt "$dir/ca.crt" -ca-key "$dir/ca.key" -name "${owner%:*}" -ip "10.78.0.${owner#*:}/24" \
    -out-crt "$dir/${owner%:*}.crt" -out-key "$dir/${owner%:*}.key"
  cat >"$dir/${owner%:*}.yml" <<CONFIG
pki: {ca: $dir/ca.crt, cert: $dir/${owner%:*}.crt, key: $dir/${owner%:*}.key}
static_host_map: {"10.78.0.1": ["$kServer4:$port"]}
lighthouse: {am_lighthouse: $([[ $owner == server* ]] && echo true || echo false), hosts: $([[ $owner == server* ]] && echo '[]' || echo '["10.78.0.1"]')}
listen: {host: 0.0.0.0, port: $([[ $owner == server* ]] && echo "$port" || echo 4242)}
tun: {dev: nebula0}
firewall: {outbound: [{port: any, proto: any, host: any}], inbound: [{port: any, proto: any, host: any}]}
CONFIG
done
serve nebula -config "$dir/server.yml"
talk sh -c "timeout 5 nebula -config $dir/client.yml & sleep 2; ping -c 3 -i 0.2 10.78.0.1; wait; true"
unrecognized "a Nebula lighthouse has no name here"

begin vtun-on-3239 3239 tcp
server_package=vtun client_package=vtun
printf 'options { type stand; port %s; }\nghost { passwd made-up; type tun; proto tcp; persist no; keepalive no; up {}; down {}; }\n' "$port" >"$dir/vtund.conf"
serve vtund -n -s -f "$dir/vtund.conf" -P "$port" -L $kServer4
talk sh -c "timeout 4 vtund -n -f $dir/vtund.conf -P $port ghost $kServer4; true"
unrecognized "a vtun server, which says its version first, has no name here"

begin shadowsocks-on-3237 3237 tcp
server_package=shadowsocks-libev client_package=shadowsocks-libev
printf 'daemon off;\npid %s/nginx.pid;\nevents {}\nhttp { access_log off; server { listen 127.0.0.1:80; location / { return 200 "one page\\n"; } } }\n' \
  "$dir" >"$dir/nginx.conf"
also nginx -c "$dir/nginx.conf" -e stderr
serve ss-server -s $kServer4 -p "$port" -k made-up -m chacha20-ietf-poly1305
talk sh -c "ss-local -s $kServer4 -p $port -l 1080 -k made-up -m chacha20-ietf-poly1305 & sleep 1; \
for round in 1 2 3 4; do curl -sS --fail -x socks5h://127.0.0.1:1080 http://127.0.0.1/; done; kill \$!"
end_capture
write_case "a Shadowsocks server is encrypted from its first byte, so that nothing names it" \
  "{verdict: unrecognized, severity: medium, dest_port: $port, proto: TCP}" \
  "{verdict: unrecognized, severity: medium, dest_port: $port, proto: TCP}" \
  "{verdict: unrecognized, severity: medium, dest_port: $port, proto: TCP}" \
  "{verdict: unrecognized, severity: medium, dest_port: $port, proto: TCP}"
