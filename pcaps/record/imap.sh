#!/usr/bin/env bash
# Records Dovecot serving IMAP to curl: a login on 3237/tcp, a refused one on 3238/tcp, STARTTLS on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need dovecot-imapd curl openssl

start() { # TLS_SETTINGS
  mkdir -m 777 "$dir/mail"
  cat >"$dir/dovecot.conf" <<CONFIG
protocols = imap
log_path = /dev/stderr
base_dir = /run/dovecot
disable_plaintext_auth = no
mail_location = maildir:$dir/mail
passdb {
  driver = static
  args = password=visitor
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$dir/mail
}
service imap-login {
  inet_listener imap {
    address = $kServer4
    port = $port
  }
  inet_listener imaps {
    port = 0
  }
}
$1
CONFIG
  serve dovecot -F -c "$dir/dovecot.conf"
}

begin imap-on-3237 3237 tcp
start "ssl = no"
talk curl -sS --user visitor:visitor imap://$kServer4:"$port"/
end_capture
write_case "IMAP on a ghost port is named at the server's greeting" "$(named imap)"

begin imap-refused-on-3238 3238 tcp
start "ssl = no"
talk sh -c "! curl -sS --user visitor:wrong imap://$kServer4:$port/"
end_capture
write_case "IMAP is named where the login is refused" "$(named imap)"

begin imap-starttls-on-3248 3248 tcp
make_certificate
start "ssl = yes
ssl_cert = <$dir/certificate.pem
ssl_key = <$dir/key.pem"
talk curl -sS --ssl-reqd --insecure --user visitor:visitor imap://$kServer4:"$port"/
end_capture
write_case "IMAP stays the carrier when STARTTLS turns the flow into TLS" \
  "$(named imap)" \
  "{verdict: unexpected, service: imap, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
