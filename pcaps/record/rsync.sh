#!/usr/bin/env bash
# Records the rsync daemon: a list of its modules on 3238/tcp, a module that it refuses on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need rsync rsync

start() {
  mkdir -m 755 "$dir/files"
  printf '%s\n' "use chroot = no" "[files]" "path = $dir/files" "comment = some files" \
    "[others]" "path = $dir/files" "hosts deny = *" >"$dir/rsyncd.conf"
  serve rsync --daemon --no-detach --config="$dir/rsyncd.conf" --address=$kServer4 --port="$port"
}

begin rsync-on-3238 3238 tcp
start
talk rsync rsync://$kServer4:"$port"/
end_capture
write_case "an rsync daemon on a ghost port is named at its greeting" "$(named rsync)"

begin rsync-refused-on-3239 3239 tcp
start
talk sh -c "! rsync rsync://$kServer4:$port/others/"
end_capture
write_case "an rsync daemon is named where it refuses the module" "$(named rsync)"
