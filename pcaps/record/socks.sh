#!/usr/bin/env bash
# Records SOCKS servers through which curl asks for a page: microsocks on 3237/tcp, with a password on 3238/tcp, with one
# that the client lacks on 3239/tcp; Dante with SOCKS 4 on 3239/tcp; `ssh -D` on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need microsocks curl dante-server nginx openssh-server openssh-client

web_server() { # beside the SOCKS server
  cat >"$dir/nginx.conf" <<CONFIG
daemon off;
pid $dir/nginx.pid;
events {}
http { access_log off; server { listen 127.0.0.1:8080; location / { return 200 "one page\n"; } } }
CONFIG
  also nginx -c "$dir/nginx.conf" -e stderr
}

carried() { # SERVICE WHY
  write_case "$2" \
    "{verdict: unexpected, service: $1, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
    "{verdict: unexpected, service: $1, inner: http, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
}

begin socks5-on-3237 3237 tcp
web_server
serve microsocks -i $kServer4 -p "$port"
talk curl -sS --fail -x socks5h://$kServer4:"$port" http://127.0.0.1:8080/
end_capture
carried socks5 "a SOCKS server on a ghost port is named at its choice, and the revision tells what went through it"

begin socks5-refused-on-3239 3239 tcp
serve microsocks -i $kServer4 -p "$port" -u visitor -P visitor
talk sh -c "! curl -sS -x socks5h://$kServer4:$port http://127.0.0.1:8080/"
end_capture
write_case "a SOCKS server that accepts none of the client's methods is named by its two bytes" "$(named socks5)"

begin socks4-on-3239 3239 tcp
web_server
cat >"$dir/sockd.conf" <<CONFIG
errorlog: stderr
internal: $kServer4 port = $port
external: 127.0.0.1
clientmethod: none
socksmethod: none
user.privileged: root
user.unprivileged: nobody
client pass { from: 0/0 to: 0/0 }
socks pass { from: 0/0 to: 0/0 }
CONFIG
server_package=dante-server
serve danted -f "$dir/sockd.conf"
talk curl -sS --fail -x socks4://$kServer4:"$port" http://127.0.0.1:8080/
end_capture
carried socks4 "a server of SOCKS 4 on a ghost port is named at its reply, and the revision tells what went through it"

begin socks5-ssh-on-3248 3248 tcp
web_server
ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/host_key"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/user_key"
echo 'root:*:19000:0:99999:7:::' >"$dir/shadow" # sshd without PAM refuses an account locked by "!"
cat >"$dir/sshd_config" <<CONFIG
ListenAddress 127.0.0.1:2222
HostKey $dir/host_key
AuthorizedKeysFile $dir/user_key.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
CONFIG
also sh -c "mkdir /run/sshd && mount --bind $dir/shadow /etc/shadow && exec /usr/sbin/sshd -D -e -f $dir/sshd_config"
server_package=openssh-client
wait_until "sshd listens" ip netns exec "$server_netns" bash -c ': </dev/tcp/127.0.0.1/2222' 2>/dev/null
serve ssh -F none -N -D $kServer4:"$port" -p 2222 -i "$dir/user_key" -o BatchMode=yes -o IdentitiesOnly=yes \
  -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="$dir/known_hosts" root@127.0.0.1
talk curl -sS --fail -x socks5h://$kServer4:"$port" http://127.0.0.1:8080/
end_capture
carried socks5 "an SSH client that serves SOCKS on a ghost port is named as a SOCKS server"

begin socks5-password-on-3238 3238 tcp
server_package=microsocks
web_server
serve microsocks -i $kServer4 -p "$port" -u visitor -P visitor
talk curl -sS --fail -x socks5h://visitor:visitor@$kServer4:"$port" http://127.0.0.1:8080/
end_capture
carried socks5 "a SOCKS server that wants a password is named at its choice, and the revision tells what went through it"
