#!/usr/bin/env bash
# Records XDM: a display that asks for a login on 3237/udp, and one it is not willing to serve on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need xdm xvfb

ask_for_login() { # DISPLAYS_THAT_MAY
  echo "$1" >"$dir/access"
  : >"$dir/servers"
  cat >"$dir/xdm" <<CONFIG
DisplayManager.requestPort: $port
DisplayManager.accessFile: $dir/access
DisplayManager.servers: $dir/servers
DisplayManager.authDir: $dir
DisplayManager.errorLogFile: $dir/xdm.log
DisplayManager.pidFile: $dir/xdm.pid
DisplayManager.willing: echo a login
CONFIG
  serve xdm -nodaemon -config "$dir/xdm"
  talk sh -c "mount -t tmpfs tmpfs /tmp && timeout 4 Xvfb :9 -screen 0 64x48x16 -listen tcp -port $port -query $kServer4 -once || true"
  end_capture
}

begin xdmcp-on-3237-udp 3237 udp
ask_for_login '*'
write_case "a display manager on a ghost port is named at its answer" "$(named xdmcp)"

begin xdmcp-unwilling-on-3239-udp 3239 udp
ask_for_login '10.77.0.9'
write_case "a display manager that lets no display in is named at its refusal" "$(named xdmcp)"
