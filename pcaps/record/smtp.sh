#!/usr/bin/env bash
# Records an Exim server that accepts one mail from swaks: in the clear on 3237/tcp, with STARTTLS on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need exim4-daemon-light swaks libnet-ssleay-perl openssl

configure() { # TLS_SETTINGS: accepts every recipient and discards the mail
  mkdir "$dir/exim4"
  cat >"$dir/exim4/exim4.conf" <<CONFIG
spool_directory = $dir/spool
log_file_path = $dir/exim-%s.log
pid_file_path = $dir/exim.pid
local_interfaces = $kServer4
daemon_smtp_ports = $port
acl_smtp_rcpt = accept
$1
begin routers
discard:
  driver = redirect
  data = :blackhole:
CONFIG
  install -d -o Debian-exim -g Debian-exim "$dir/spool"
  install -m 666 /dev/null "$dir/exim-main.log"
}

send_mail() { # SWAKS_OPTION...
  # Exim gives up root, and with it the delivery, for a configuration at another place than its own.
  serve sh -c "mount --bind $dir/exim4 /etc/exim4 && exec exim4 -bdf"
  talk swaks --server $kServer4 --port "$port" --from visitor@client.ghost.test --to nobody@server.ghost.test "$@"
  wait_until "the mail is discarded" grep -q ':blackhole:' "$dir/exim-main.log"
  end_capture
}

begin smtp-on-3237 3237 tcp
configure "tls_advertise_hosts ="
send_mail
write_case "a mail server on a ghost port is named at its banner" \
  "{verdict: unexpected, service: smtp, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"

begin smtp-starttls-on-3248 3248 tcp
make_certificate
chmod 644 "$dir/key.pem" # Exim reads it after giving up root
configure "tls_certificate = $dir/certificate.pem
tls_privatekey = $dir/key.pem
tls_advertise_hosts = *"
send_mail --tls
write_case "a mail server on a ghost port stays the carrier when STARTTLS turns the flow into TLS" \
  "{verdict: unexpected, service: smtp, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: smtp, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
