#!/usr/bin/env bash
# Records omniORB's CORBA naming service: its list on 3238/tcp, and an exception for an unknown name on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need omniorb-nameserver omniorb

name_service() { # NAMECLT_ARGUMENT...
  mkdir "$dir/names"
  serve omniNames -start "$port" -logdir "$dir/names" -ignoreport -ORBendPoint "giop:tcp:$kServer4:$port"
  talk sh -c "nameclt -ORBInitRef NameService=corbaname::$kServer4:$port $*"
  end_capture
}

begin giop-on-3238 3238 tcp
name_service list
write_case "a CORBA naming service on the appareNet port is named at its reply" "$(named giop)"

begin giop-unknown-on-3248 3248 tcp
name_service 'resolve nothing || true'
write_case "a CORBA naming service is named at the exception that it answers" "$(named giop)"
