#!/usr/bin/env bash
# Records a Gearman job server: a background job of the gearman client on 3237/tcp, gearadmin's text commands on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need gearman-job-server gearman-tools

begin gearman-on-3237 3237 tcp
serve gearmand -L $kServer4 -p "$port" -l stderr
talk gearman -h $kServer4 -p "$port" -b -f greeting hello
end_capture
write_case "a Gearman job server on a ghost port is named" "$(named gearman)"

begin gearman-text-on-3238 3238 tcp
serve gearmand -L $kServer4 -p "$port" -l stderr
talk gearadmin -h $kServer4 -p "$port" --server-version
end_capture
write_case "a Gearman job server spoken to in its text commands says nothing that is Gearman's alone" \
  "{verdict: unrecognized, dest_port: $port, proto: TCP, role_basis: syn}"
