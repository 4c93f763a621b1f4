#!/usr/bin/env bash
# Records a CUPS print server: libcups asks for its default queue over IPP on 3237/tcp, and behind an Upgrade to TLS on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need cups-daemon libcups2 python3

start() { # ENCRYPTION
  mkdir "$dir/cups" "$dir/ssl" "$dir/spool" "$dir/state"
  cat >"$dir/cups/cupsd.conf" <<CONFIG
Listen $kServer4:$port
LogLevel warn
Browsing Off
DefaultAuthType None
DefaultEncryption $1
<Location />
  Encryption $1
  Order allow,deny
  Allow all
</Location>
CONFIG
  cat >"$dir/cups/cups-files.conf" <<CONFIG
ServerRoot $dir/cups
ServerKeychain $dir/ssl
RequestRoot $dir/spool
CacheDir $dir/state
StateDir $dir/state
TempDir $dir/spool
AccessLog $dir/access.log
ErrorLog $dir/error.log
PageLog $dir/page.log
CONFIG
  serve cupsd -f -c "$dir/cups/cupsd.conf" -s "$dir/cups/cups-files.conf"
}

# By libcups itself, for its programs tell this machine's kernel.
ask() { # ENCRYPTION: 1 never, 2 required
  talk python3 -c "from ctypes import CDLL, c_char_p, c_void_p
cups = CDLL('libcups.so.2')
cups.ippNewRequest.restype = cups.cupsDoRequest.restype = c_void_p
cups.cupsLastErrorString.restype = c_char_p
cups.cupsSetUserAgent(b'visitor IPP/2.0')
cups.cupsSetServer(b'$kServer4:$port')
cups.cupsSetEncryption($1)
cups.cupsDoRequest(None, c_void_p(cups.ippNewRequest(0x4001)), b'/')  # CUPS-Get-Default
print(cups.cupsLastErrorString())"
  grep -q 'No default printer' "$dir/client.log" || fail "the server did not answer"
}

begin http-ipp-on-3237 3237 tcp
start Never
ask 1
end_capture
write_case "a print server on a ghost port is named HTTP, which carries IPP, at the answer behind the interim one" \
  "$(named http "$(packet_with ' 200 OK')")"

begin http-ipp-tls-on-3238 3238 tcp
start Required
ask 2
end_capture
write_case "HTTP stays the carrier when a print server's client upgrades the flow to TLS" \
  "{verdict: unexpected, service: http, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: http, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
