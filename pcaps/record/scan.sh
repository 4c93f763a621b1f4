#!/usr/bin/env bash
# Records nmap's version scan: of 3238/tcp with an OpenSSH server behind it, of TCP and UDP ghost ports with nothing
# behind them, and of 3248/tcp with a listener that says nothing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openssh-server nmap socat

serve_ssh() {
  ssh-keygen -q -t ed25519 -N '' -C '' -f "$dir/host_key"
  serve sh -c "mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f /dev/null -p $server_port -h $dir/host_key -o UsePAM=no -o PidFile=none"
}

begin scan-ssh-on-3238 3238 tcp
serve_ssh
talk nmap -n -Pn -sS -sV -p "$port" $kServer4
end_capture
write_case "nmap's version scan of an SSH server, its half-open knock a listener, its second connection named" \
  "{verdict: listener, dest_port: $port, proto: TCP, role_basis: syn}" \
  "$(named ssh)"

begin scan-closed-on-3239 3239 tcp "tcp port 3237 or tcp port 3239 or tcp port 3248"
silent=1 server_port=22
serve_ssh
talk nmap -n -Pn -sS -sV -p "3237,3239,3248" $kServer4
end_capture
write_case "nmap's version scan of closed ghost ports, refused by resets, is a probe" \
  "{verdict: probe, src_ip: $kClient4, proto: TCP, role_basis: syn, probe: {flows: 3, hosts: 1, ports: 3, answers: {none: 0, rst: 3, icmp: 0}}}"

begin scan-closed-on-3237-udp 3237 udp "icmp or udp port 3237 or udp port 3238"
silent=1 server_port=22
transport=tcp
serve_ssh
transport=udp
talk nmap -n -Pn -sU -sV -p "3237,3238" --max-retries 1 $kServer4
end_capture
write_case "nmap's version scan of closed UDP ghost ports, refused by ICMP errors, is a probe" \
  "{verdict: probe, src_ip: $kClient4, proto: UDP, role_basis: first-packet, probe: {flows: 2, hosts: 1, ports: 2, answers: {none: 0, rst: 0, icmp: 2}}}"

begin scan-silent-on-3248 3248 tcp
silent=1
server_package=socat
serve socat -u "tcp4-listen:$port,bind=$kServer4,fork" /dev/null
talk nmap -n -Pn -sT -sV --version-intensity 1 -p "$port" $kServer4
end_capture
flows=$(tcpdump -nn -r "$dir/$case_name.pcap" 'tcp[tcpflags] == tcp-syn' 2>/dev/null | wc -l)
write_case "nmap's version scan of a server that says nothing to all it asks is a listener, said once and then summed up" \
  "{verdict: listener, dest_port: $port, proto: TCP, role_basis: syn}" \
  "{verdict: listener, dest_port: $port, proto: TCP, role_basis: syn, count: $((flows - 1))}"
