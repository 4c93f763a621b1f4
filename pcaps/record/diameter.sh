#!/usr/bin/env bash
# Records freeDiameter: a peer that it takes on 3238/tcp, one that it does not know on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need freediameterd freediameterd freediameter-extensions openssl

configure() { # NAME ADDRESS PORT MORE
  cat >"$dir/$1.conf" <<CONFIG
Identity = "$1.ghost.test";
Realm = "ghost.test";
Port = $3;
SecPort = 0;
No_SCTP;
No_IPv6;
ListenOn = "$2";
TcTimer = 60;
TLS_Cred = "$dir/certificate.pem", "$dir/key.pem";
TLS_CA = "$dir/certificate.pem";
$4
CONFIG
}

meet() { # PEER_THAT_THE_SERVER_KNOWS
  # One certificate for both names, which freeDiameter wants to find in it though this link has no TLS.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=ghost.test \
    -addext subjectAltName=DNS:server.ghost.test,DNS:client.ghost.test \
    -keyout "$dir/key.pem" -out "$dir/certificate.pem" 2>"$dir/openssl.log"
  echo "ALLOW_IPSEC $1.ghost.test" >"$dir/peers"
  configure server $kServer4 "$port" "LoadExtension = \"acl_wl.fdx\" : \"$dir/peers\";"
  configure client $kClient4 3868 "ConnectPeer = \"server.ghost.test\" { ConnectTo = \"$kServer4\"; No_TLS; Port = $port; };"
  serve freeDiameterd -c "$dir/server.conf"
  talk sh -c "timeout 4 freeDiameterd -c $dir/client.conf || true"
  end_capture
}

begin diameter-on-3238 3238 tcp
meet client
write_case "a Diameter peer on a ghost port is named at its capabilities" "$(named diameter)"

begin diameter-refused-on-3239 3239 tcp
meet other
write_case "a Diameter peer is named by its error to a peer that it does not know" "$(named diameter)"
