#!/usr/bin/env bash
# Records ActiveMQ over OpenWire: its own client sends one message on 3237/tcp, a client says nothing on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need activemq activemq ncat

patience=60 # Java starts slowly
activemq=(java -Xmx128m -XX:TieredStopAtLevel=1 -Dactivemq.home=/usr/share/activemq -jar /usr/share/activemq/bin/activemq.jar)
start() {
  serve "${activemq[@]}" start "broker:(tcp://$kServer4:$port)?persistent=false&useJmx=false&dataDirectory=$dir/data"
}

begin openwire-on-3237 3237 tcp
start
talk "${activemq[@]}" producer --brokerUrl "tcp://$kServer4:$port" --messageCount 1 --message hello
end_capture
write_case "an ActiveMQ broker on a ghost port is named at its first frame" "$(named openwire)"

begin openwire-silent-client-on-3238 3238 tcp
start
client_package=ncat
talk sh -c "sleep 2 | ncat $kServer4 $port"
end_capture
write_case "an ActiveMQ broker is named although its client says nothing" "$(named openwire)"
