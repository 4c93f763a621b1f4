#!/usr/bin/env bash
# Records tgt asked by libiscsi: its targets listed on 3238/tcp, a target that is not there on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tgt libiscsi-bin

start() {
  serve env TGT_IPC_SOCKET="$dir/control" tgtd --foreground --iscsi portal=$kServer4:"$port"
  administer --op new --mode target --tid 1 --targetname iqn.2026-11.test.ghost:disk
  administer --op bind --mode target --tid 1 --initiator-address ALL
}

administer() {
  TGT_IPC_SOCKET="$dir/control" tgtadm --lld iscsi "$@"
}

begin iscsi-on-3238 3238 tcp
start
talk iscsi-ls iscsi://$kServer4:"$port"
end_capture
write_case "an iSCSI target on a ghost port is named at its answer to the login" "$(named iscsi)"

begin iscsi-refused-on-3239 3239 tcp
start
talk sh -c "! iscsi-inq iscsi://$kServer4:$port/iqn.2026-11.test.ghost:nothing/0"
end_capture
write_case "an iSCSI target is named by its refusal of a login to a target that is not there" "$(named iscsi)"
