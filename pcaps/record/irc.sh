#!/usr/bin/env bash
# Records ngircd: a client that registers on 3238/tcp, one with a wrong server password on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need ngircd ncat

start() {
  cat >"$dir/ngircd.conf" <<CONFIG
[Global]
  Name = server.ghost.test
  Info = a server
  Listen = $kServer4
  Ports = $port
  Network = ghost
  AdminInfo1 = nobody
  AdminEMail = nobody@server.ghost.test
  $1
[Limits]
  ConnectRetry = 60
[Options]
  Ident = no
  DNS = no
  PAM = no
CONFIG
  serve ngircd -n -f "$dir/ngircd.conf"
}

ask() { # lines come one by one, as a person's would
  talk sh -c "(sleep 1; printf 'NICK visitor\r\nUSER visitor 0 * :a visitor\r\n'; sleep 2; printf 'QUIT :bye\r\n'; sleep 1) | ncat $kServer4 $port"
  end_capture
}

begin irc-on-3238 3238 tcp
start ""
ask
write_case "an IRC server on a ghost port is named at its first numeric reply" "$(named irc)"

begin irc-refused-on-3239 3239 tcp
start "Password = made-up"
ask
write_case "an IRC server is named where all that it says is an error" \
  "{verdict: unexpected, service: irc, dest_port: $port, proto: TCP, role_basis: syn}"
