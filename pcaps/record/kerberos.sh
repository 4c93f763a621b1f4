#!/usr/bin/env bash
# Records MIT's Kerberos server: a ticket over UDP on 3238, an unknown user over TCP on 3237.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need krb5-kdc krb5-user krb5-admin-server

start() { # LISTEN_SETTING BYTES: the client takes UDP up to so many bytes
  mkdir "$dir/kdc"
  cat >"$dir/krb5.conf" <<CONFIG
[libdefaults]
  default_realm = GHOST.TEST
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  udp_preference_limit = $2
[realms]
  GHOST.TEST = {
    kdc = $kServer4:$port
  }
[logging]
  kdc = STDERR
CONFIG
  cat >"$dir/kdc/kdc.conf" <<CONFIG
[kdcdefaults]
  kdc_ports = ""
  kdc_tcp_ports = ""
[realms]
  GHOST.TEST = {
    database_name = $dir/kdc/principal
    key_stash_file = $dir/kdc/stash
    $1 = $kServer4:$port
  }
CONFIG
  local settings=(KRB5_CONFIG="$dir/krb5.conf" KRB5_KDC_PROFILE="$dir/kdc/kdc.conf")
  env "${settings[@]}" kdb5_util create -s -W -P made-up >"$dir/create.log" 2>&1
  env "${settings[@]}" kadmin.local addprinc -pw visitor visitor >>"$dir/create.log" 2>&1
  serve env "${settings[@]}" krb5kdc -n
}

begin kerberos-on-3238-udp 3238 udp
start kdc_listen 4096
talk sh -c "echo visitor | KRB5_CONFIG=$dir/krb5.conf kinit -c $dir/tickets visitor"
end_capture
write_case "a Kerberos server on a ghost port is named at its answer" "$(named kerberos)"

begin kerberos-unknown-on-3237 3237 tcp
start kdc_tcp_listen 1
talk sh -c "! echo visitor | KRB5_CONFIG=$dir/krb5.conf kinit -c $dir/tickets nobody"
end_capture
write_case "a Kerberos server is named over TCP by the error that it does not know the user" "$(named kerberos)"
