#!/usr/bin/env bash
# Records vsftpd: an anonymous listing on 3237/tcp, a refused login on 3238/tcp, AUTH TLS on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need vsftpd curl openssl

start() { # SETTING...
  mkdir -m 755 "$dir/ftp" "$dir/empty"
  echo "one file" >"$dir/ftp/readme"
  chmod 644 "$dir/ftp/readme"
  printf '%s\n' listen=YES listen_address=$kServer4 listen_port="$port" background=NO anon_root="$dir/ftp" \
    ftp_username=daemon secure_chroot_dir="$dir/empty" "$@" >"$dir/vsftpd.conf"
  serve vsftpd "$dir/vsftpd.conf"
}

begin ftp-on-3237 3237 tcp
start anonymous_enable=YES
talk curl -sS --list-only ftp://$kServer4:"$port"/
end_capture
write_case "an FTP server on a ghost port is named at its greeting; the files travel elsewhere" "$(named ftp)"

begin ftp-refused-on-3238 3238 tcp
start anonymous_enable=NO local_enable=YES
talk sh -c "! curl -sS --user visitor:visitor ftp://$kServer4:$port/"
end_capture
write_case "an FTP server that refuses the login is an FTP server all the same" "$(named ftp)"

begin ftp-auth-tls-on-3239 3239 tcp
make_certificate
start anonymous_enable=YES ssl_enable=YES allow_anon_ssl=YES require_ssl_reuse=NO ssl_ciphers=HIGH \
  rsa_cert_file="$dir/certificate.pem" rsa_private_key_file="$dir/key.pem"
talk curl -sS --list-only --ssl-reqd --insecure ftp://$kServer4:"$port"/
end_capture
write_case "an FTP server stays the carrier when AUTH TLS turns the flow into TLS" \
  "$(named ftp)" \
  "{verdict: unexpected, service: ftp, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
