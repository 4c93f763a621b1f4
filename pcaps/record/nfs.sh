#!/usr/bin/env bash
# Records NFS-Ganesha: an exported folder listed over NFS 4 on 3239/tcp, a version that it does not serve on 3237/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need nfs-ganesha libnfs-utils nfs-ganesha-vfs rpcbind

start() {
  mkdir -m 755 "$dir/files"
  echo "one file" >"$dir/files/readme"
  cat >"$dir/ganesha.conf" <<CONFIG
NFS_CORE_PARAM {
  NFS_Port = $port;
  Bind_addr = $kServer4;
  Protocols = 4;
  Enable_NLM = false;
  Enable_RQUOTA = false;
  Enable_UDP = false;
}
NFSv4 {
  Graceless = true;
  RecoveryRoot = $dir;
  Minor_Versions = 0, 1, 2;
}
EXPORT {
  Export_Id = 1;
  Path = $dir/files;
  Pseudo = /files;
  Access_Type = RO;
  SecType = sys;
  Squash = none;
  FSAL { Name = VFS; }
}
CONFIG
  serve sh -c "mkdir -p /run/ganesha && exec ganesha.nfsd -F -f $dir/ganesha.conf -L /dev/stderr -p $dir/pid"
}

begin nfs-on-3239 3239 tcp
start
talk nfs-ls "nfs://$kServer4/files?version=4&nfsport=$port"
end_capture
write_case "an NFS server on a ghost port is named at its first answer" "$(named nfs)"

begin nfs-version-on-3237 3237 tcp
client_package=rpcbind
start
talk sh -c "! rpcinfo -T tcp -a $kServer4.$((port / 256)).$((port % 256)) 100003 3"
end_capture
write_case "an NFS server is named by its answer that it does not serve that version" "$(named nfs)"
