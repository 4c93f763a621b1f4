#!/usr/bin/env bash
# Records an OpenSSH server on 3238/tcp: a key login that runs `true`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openssh-server openssh-client

begin ssh-on-3238 3238 tcp
ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/host_key"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/user_key"
echo 'root:*:19000:0:99999:7:::' >"$dir/shadow" # sshd without PAM refuses an account locked by "!"
cat >"$dir/sshd_config" <<CONFIG
ListenAddress $kServer4:$port
HostKey $dir/host_key
AuthorizedKeysFile $dir/user_key.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
PidFile none
CONFIG
serve sh -c "mkdir /run/sshd && mount --bind $dir/shadow /etc/shadow && exec /usr/sbin/sshd -D -e -f $dir/sshd_config"
talk ssh -F none -p "$port" -i "$dir/user_key" -o BatchMode=yes -o IdentitiesOnly=yes \
  -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="$dir/known_hosts" root@$kServer4 true
end_capture
write_case "an OpenSSH server on the appareNet port is named at its banner" \
  "{verdict: unexpected, service: ssh, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"
