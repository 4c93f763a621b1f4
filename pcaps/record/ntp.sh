#!/usr/bin/env bash
# Records NTP: chronyd on 3238/udp; NTPsec's ntpd, silent on control messages on 3239/udp, without the time on 3237/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nftables tcpdump # the time servers cannot be installed beside the machine's own

ask_chrony() { # prints the offset and leaves the clock alone
  talk sh -c "$with_unpacked && timeout 1.8 chronyd -Q -u root 'cmdport 0' 'pidfile $dir/pid' 'server $kServer4 port $port maxsamples 1 iburst' || true"
  end_capture
}

start_ntpd() {
  behind 123
  echo "disable ntp" >"$dir/ntp.conf"
  sed "s|^ntp\([[:space:]]*\)123/|ntp\1$port/|" /etc/services >"$dir/services"
  # Without the right to set the clock.
  serve sh -c "$with_unpacked && exec setpriv --bounding-set=-sys_time ntpd -n -c $dir/ntp.conf"
}

begin ntp-on-3238-udp 3238 udp
unpack chrony chrony
printf '%s\n' "port $port" "bindaddress $kServer4" "allow $kClient4" "local stratum 3" "cmdport 0" >"$dir/chrony.conf"
serve sh -c "$with_unpacked && exec chronyd -d -x -u root -f $dir/chrony.conf"
ask_chrony
write_case "an NTP server on a ghost port is named at its answer" "$(named ntp)"

begin ntp-mode6-on-3239-udp 3239 udp
silent=yes
unpack ntpsec ntpsec python3-ntp
start_ntpd
talk sh -c "$with_unpacked && mount --bind $dir/services /etc/services && timeout 4 ntpq -c rv $kServer4 || true"
end_capture
write_case "control messages that the NTP server does not answer are a knock that asked for ntp" \
  "{verdict: probe, asked: ntp, proto: UDP, probe: {flows: 1, hosts: 1, ports: 1, answers: {none: 1, rst: 0, icmp: 0}}}"

begin ntp-unsynchronized-on-3237-udp 3237 udp
unpack ntpsec chrony
start_ntpd
ask_chrony
write_case "an NTP server that has no time yet is named by its answer that says so" "$(named ntp)"
