#!/usr/bin/env bash
# Records OpenLDAP's slapd and ldapsearch: a search on 3237/tcp, the same behind StartTLS on 3238/tcp, a refused login on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need slapd ldap-utils openssl

start() {
  make_certificate
  # Debian's AppArmor profile lets slapd read in its own directories alone.
  mkdir "$dir/slapd" "$dir/database"
  cp "$dir/key.pem" "$dir/certificate.pem" "$dir/slapd"
  cat >"$dir/slapd/slapd.conf" <<CONFIG
include /etc/ldap/schema/core.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile /etc/ldap/certificate.pem
TLSCertificateKeyFile /etc/ldap/key.pem
database mdb
maxsize 1048576
directory /var/lib/ldap
suffix dc=ghost,dc=test
rootdn cn=visitor,dc=ghost,dc=test
rootpw visitor
CONFIG
  cp -r /etc/ldap/schema "$dir/slapd/schema"
  printf 'dn: dc=ghost,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: ghost\no: Ghost\n' >"$dir/slapd/entry.ldif"
  serve sh -c "mount --bind $dir/slapd /etc/ldap && mount --bind $dir/database /var/lib/ldap &&
    slapadd -f /etc/ldap/slapd.conf -l /etc/ldap/entry.ldif &&
    exec slapd -d 0 -f /etc/ldap/slapd.conf -h ldap://$kServer4:$port"
}

search="-H ldap://$kServer4 -x -D cn=visitor,dc=ghost,dc=test -b dc=ghost,dc=test o=Ghost"

begin ldap-on-3237 3237 tcp
start
talk sh -c "ldapsearch ${search/$kServer4/$kServer4:$port} -w visitor"
end_capture
write_case "a directory server on a ghost port is named" "$(named ldap)"

begin ldap-starttls-on-3238 3238 tcp
start
talk sh -c "LDAPTLS_REQCERT=never ldapsearch -ZZ ${search/$kServer4/$kServer4:$port} -w visitor"
end_capture
write_case "a directory server stays the carrier when StartTLS turns the flow into TLS" \
  "{verdict: unexpected, service: ldap, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: ldap, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"

begin ldap-refused-on-3239 3239 tcp
start
talk sh -c "! ldapsearch ${search/$kServer4/$kServer4:$port} -w wrong"
grep -q 'Invalid credentials' "$dir/client.log" || fail "the login was not refused"
end_capture
write_case "a directory server that lets nobody in is named by its refusal" "$(named ldap)"
