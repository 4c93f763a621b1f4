#!/usr/bin/env bash
# Records Open vSwitch: a switch that meets its controller on 3239/tcp, and a switch on 3248/tcp asked in a version
# that it does not speak.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openvswitch-testcontroller openvswitch-switch

# Starts a switch in user space with a bridge without ports, its files in the throw-away directory.
make_switch() { # BRIDGE_SETTINGS
  ovsdb-tool create "$dir/switch.db" /usr/share/openvswitch/vswitch.ovsschema
  cat >"$dir/switch.sh" <<SHELL
export OVS_RUNDIR=$dir
ovsdb-server $dir/switch.db --remote=punix:$dir/db.sock &
while [ ! -S $dir/db.sock ]; do sleep 0.1; done
ovs-vsctl --db=unix:$dir/db.sock --no-wait -- init -- add-br ghost -- set bridge ghost datapath_type=netdev $1
ovs-vswitchd unix:$dir/db.sock --disable-system
SHELL
}

begin openflow-on-3239 3239 tcp
make_switch "protocols=OpenFlow13 -- set-controller ghost tcp:$kServer4:$port"
serve sh -c "OVS_RUNDIR=$dir exec ovs-testcontroller --no-chdir --unixctl=$dir/control ptcp:$port:$kServer4"
talk sh -c "timeout 8 sh $dir/switch.sh || true"
end_capture
write_case "an OpenFlow controller on a ghost port is named at its Hello" "$(named openflow)"

begin openflow-refused-on-3248 3248 tcp
server_package=openvswitch-switch
make_switch "protocols=OpenFlow13 -- set-controller ghost ptcp:$port:$kServer4"
serve sh "$dir/switch.sh"
talk sh -c "! ovs-ofctl -O OpenFlow10 show tcp:$kServer4:$port"
end_capture
write_case "an OpenFlow switch is named where it refuses the visitor's version" "$(named openflow)"
