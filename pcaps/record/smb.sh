#!/usr/bin/env bash
# Records Samba: a guest lists the shares over SMB 3 on 3238/tcp; a client that speaks the old dialect alone is refused on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need samba smbclient

start() {
  mkdir "$dir/samba"
  cat >"$dir/smb.conf" <<CONFIG
[global]
  netbios name = server
  workgroup = GHOST
  smb ports = $port
  interfaces = $kServer4/24
  bind interfaces only = yes
  disable netbios = yes
  map to guest = bad user
  server min protocol = SMB2
  load printers = no
  disable spoolss = yes
  pid directory = $dir/samba
  lock directory = $dir/samba
  state directory = $dir/samba
  cache directory = $dir/samba
  private dir = $dir/samba
  ncalrpc dir = $dir/samba
[files]
  path = $dir/samba
  guest ok = yes
CONFIG
  cat >"$dir/client.conf" <<CONFIG
[global]
  workgroup = GHOST
  netbios name = client
  client min protocol = NT1
  client max protocol = $1
CONFIG
  serve setsid smbd --foreground --no-process-group --debug-stdout --configfile="$dir/smb.conf"
}

begin smb-on-3238 3238 tcp
start SMB3
talk smbclient --configfile="$dir/client.conf" --port="$port" --no-pass --list $kServer4
end_capture
write_case "an SMB server on a ghost port is named at its answer to the negotiation" "$(named smb)"

begin smb-refused-on-3239 3239 tcp
start NT1
talk sh -c "! smbclient --configfile=$dir/client.conf --port=$port --no-pass --list $kServer4"
end_capture
write_case "an SMB server that refuses all dialects of version 1 is named by that refusal" "$(named smb)"
