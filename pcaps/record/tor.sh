#!/usr/bin/env bash
# Records Tor without a network: an HTTP client at its SOCKS port on 3237/tcp, a request there that waits on 3239/tcp,
# its control port on 3238/tcp. Its relay port is tor-or.sh's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tor curl ncat

start() { # LINE...: of the configuration
  printf '%s\n' "DataDirectory $dir/tor" 'Log notice stderr' "$@" >"$dir/torrc"
  serve tor -f "$dir/torrc" --defaults-torrc /dev/null
}

begin socks5-tor-on-3239 3239 tcp
start "SocksPort $kServer4:$port"
talk sh -c "! curl -sS --max-time 3 -x socks5h://$kServer4:$port http://www.ghost.test/"
end_capture
write_case "Tor's SOCKS server is named at its choice, although the request behind it gets no reply" "$(named socks5)"

begin http-tor-on-3237 3237 tcp
start "SocksPort $kServer4:$port"
talk curl -sS http://$kServer4:"$port"/
grep -q 'not an HTTP proxy' "$dir/client.log" || fail "Tor did not complain"
end_capture
write_case "Tor's SOCKS server answers a web client in HTTP, so HTTP is what it is named" "$(named http)"

begin tor-control-on-3238 3238 tcp
start 'SocksPort 0' "ControlPort $kServer4:$port" 'CookieAuthentication 1' "CookieAuthFile /run/cookie"
client_package=ncat
talk sh -c "{ printf 'PROTOCOLINFO\r\n'; sleep 1; printf 'QUIT\r\n'; } | ncat $kServer4 $port"
end_capture
write_case "Tor's control port answers in SMTP's manner but is no mail server; it has no name here" \
  "{verdict: unrecognized, dest_port: $port, proto: TCP, role_basis: syn}"
