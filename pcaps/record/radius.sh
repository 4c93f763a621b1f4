#!/usr/bin/env bash
# Records FreeRADIUS: a login that it accepts on 3238/udp, one that it rejects on 3237/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need freeradius freeradius-utils

ask() { # "! " where it is rejected, ATTRIBUTES
  mkdir -p "$dir/raddb"
  cat >"$dir/raddb/radiusd.conf" <<CONFIG
prefix = /usr
libdir = /usr/lib/freeradius
dictionary = /usr/share/freeradius
logdir = $dir
security {
  allow_vulnerable_openssl = yes
  reject_delay = 0
}
thread pool {
  start_servers = 1
}
modules {
  pap {
  }
  files {
    filename = $dir/raddb/users
  }
}
client visitor {
  ipaddr = $kClient4
  secret = made-up
}
server default {
  listen {
    type = auth
    ipaddr = $kServer4
    port = $port
  }
  authorize {
    files
    pap
  }
  authenticate {
    Auth-Type PAP {
      pap
    }
  }
}
CONFIG
  printf 'visitor Cleartext-Password := "visitor"\n\tReply-Message = "welcome"\n' >"$dir/raddb/users"
  serve freeradius -f -l stdout -d "$dir/raddb"
  echo "$2" >"$dir/request"
  talk sh -c "$1radclient -f $dir/request $kServer4:$port auth made-up"
}

begin radius-on-3238-udp 3238 udp
ask "" "User-Name = visitor, User-Password = visitor, NAS-IP-Address = $kClient4, NAS-Port = 0, Message-Authenticator = 0x00"
end_capture
write_case "a RADIUS server on a ghost port is named at its answer" "$(named radius)"

begin radius-reject-on-3237-udp 3237 udp
ask "! " "User-Name = visitor, User-Password = wrong, NAS-Identifier = ghost"
end_capture
write_case "a RADIUS server is named by a rejection, little as request and answer say" "$(named radius)"
