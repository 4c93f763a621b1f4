#!/usr/bin/env bash
# Records tftpd-hpa: a file read on 3239/udp, one that is not there on 3238/udp. It answers from ports of its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tftpd-hpa tftp-hpa

asked="{verdict: probe, asked: tftp, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 1, rst: 0, icmp: 0}}}"

ask() { # FILE
  mkdir -m 755 "$dir/files"
  echo "one file" >"$dir/files/readme"
  chmod 644 "$dir/files/readme"
  serve in.tftpd --foreground --ipv4 --user nobody --secure --address $kServer4:"$port" "$dir/files"
  talk tftp -m binary $kServer4 "$port" -c get "$1" "$dir/got"
}

begin tftp-on-3239-udp 3239 udp
silent=yes
ask readme
cmp -s "$dir/got" "$dir/files/readme" || fail "the file did not come"
end_capture
write_case "a TFTP server answers from a port of its own, so on the ghost port there is a knock that asked for TFTP" "$asked"

begin tftp-missing-on-3238-udp 3238 udp
silent=yes
ask nothing
end_capture
write_case "a TFTP server refuses from a port of its own as well" "$asked"
