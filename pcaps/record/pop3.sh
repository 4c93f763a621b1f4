#!/usr/bin/env bash
# Records Dovecot serving POP3 to curl: a login on 3238/tcp, a refused one on 3239/tcp, STLS on 3237/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need dovecot-pop3d curl openssl

start() { # TLS_SETTINGS
  mkdir -m 777 "$dir/mail"
  cat >"$dir/dovecot.conf" <<CONFIG
protocols = pop3
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
service pop3-login {
  inet_listener pop3 {
    address = $kServer4
    port = $port
  }
  inet_listener pop3s {
    port = 0
  }
}
$1
CONFIG
  serve dovecot -F -c "$dir/dovecot.conf"
}

begin pop3-on-3238 3238 tcp
start "ssl = no"
talk curl -sS --user visitor:visitor pop3://$kServer4:"$port"/
end_capture
write_case "POP3 on a ghost port is named at the server's greeting" "$(named pop3)"

begin pop3-refused-on-3239 3239 tcp
start "ssl = no"
talk sh -c "! curl -sS --user visitor:wrong pop3://$kServer4:$port/"
end_capture
write_case "POP3 is named where the login is refused" "$(named pop3)"

begin pop3-stls-on-3237 3237 tcp
make_certificate
start "ssl = yes
ssl_cert = <$dir/certificate.pem
ssl_key = <$dir/key.pem"
talk curl -sS --ssl-reqd --insecure --user visitor:visitor pop3://$kServer4:"$port"/
end_capture
write_case "POP3 stays the carrier when STLS turns the flow into TLS" \
  "$(named pop3)" \
  "{verdict: unexpected, service: pop3, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
