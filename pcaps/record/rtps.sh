#!/usr/bin/env bash
# Records DDS, whose parties answer from other ports than those they listen on: a Fast DDS discovery server found on
# 3238/udp, and two Cyclone DDS parties that both listen on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need fastdds-tools fastdds-tools cyclonedds-tools

one_way() { # LISTENER: the finding for a port that is only ever spoken to
  printf '{verdict: unexpected, service: rtps, dest_ip: %s, dest_port: %s, proto: UDP, role_basis: first-packet, one-sided: true}' "$1" "$port"
}

begin rtps-on-3238-udp 3238 udp
silent=1
serve fast-discovery-server -i 0 -l $kServer4 -p "$port"
talk sh -c "timeout 8 env ROS_DISCOVERY_SERVER=$kServer4:$port fast-discovery-server -i 1 -l $kClient4 -p 4000 || true"
end_capture
write_case "a DDS discovery server answers from another port, so that what it is asked names the one it listens on" \
  "$(one_way $kServer4)"

configure() { # PEER -> a party that listens on the port of this case and seeks its peer there
  cat <<CONFIG
<CycloneDDS><Domain>
  <General><Interfaces><NetworkInterface name="veth0"/></Interfaces><AllowMulticast>false</AllowMulticast></General>
  <Discovery><ParticipantIndex>0</ParticipantIndex><Peers><Peer address="$1:$port"/></Peers>
    <Ports><Base>$((port - 1))</Base><DomainGain>0</DomainGain><UnicastMetaOffset>1</UnicastMetaOffset>
      <UnicastDataOffset>1</UnicastDataOffset></Ports></Discovery>
</Domain></CycloneDDS>
CONFIG
}

begin rtps-both-listen-on-3239-udp 3239 udp
silent=1
server_package=cyclonedds-tools client_package=cyclonedds-tools
configure $kClient4 >"$dir/server.xml"
configure $kServer4 >"$dir/client.xml"
serve env CYCLONEDDS_URI="file://$dir/server.xml" ddsperf -D 20 pong
talk sh -c "CYCLONEDDS_URI=file://$dir/client.xml ddsperf -D 3 ping 1Hz || true"
end_capture
write_case "two DDS parties that both listen on the ghost port, each heard from another port, are two findings" \
  "$(one_way $kServer4)" "$(one_way $kClient4)"
