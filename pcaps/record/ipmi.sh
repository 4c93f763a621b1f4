#!/usr/bin/env bash
# Records OpenIPMI's simulated controller: its status on 3238/udp, and a wrong password on 3248/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openipmi ipmitool

ask_status() { # PASSWORD
  cat >"$dir/lan.conf" <<CONFIG
name "ghost"
set_working_mc 0x20
  startlan 1
    addr $kServer4 $port
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa123456789abcdef
  endlan
  user 1 true "" "" admin 10 none md2 md5 straight
  user 2 true "visitor" "visitor" admin 10 none md2 md5 straight
CONFIG
  cat >"$dir/controller" <<CONFIG
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
CONFIG
  serve ipmi_sim -n -c "$dir/lan.conf" -f "$dir/controller" -s "$dir"
  talk sh -c "ipmitool -I lan -H $kServer4 -p $port -U visitor -P $1 -L ADMINISTRATOR -R 1 -N 1 chassis status || true"
  end_capture
}

begin ipmi-on-3238-udp 3238 udp
ask_status visitor
write_case "a management controller on the appareNet port is named at its answer" "$(named ipmi)"

begin ipmi-refused-on-3248-udp 3248 udp
ask_status intruder
write_case "a management controller that refuses a wrong password is named all the same" "$(named ipmi)"
