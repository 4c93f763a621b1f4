#!/usr/bin/env bash
# Records a mosquitto broker: one message published on 3237/tcp, a refused login with MQTT 5 on 3238/tcp, a TLS client
# on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need mosquitto mosquitto-clients openssl

start() { # ALLOW_ANONYMOUS
  printf 'listener %s %s\nallow_anonymous %s\nuser root\n' "$port" $kServer4 "$1" >"$dir/mosquitto.conf"
  serve mosquitto -c "$dir/mosquitto.conf"
}

begin mqtt-on-3237 3237 tcp
start true
talk mosquitto_pub -h $kServer4 -p "$port" -i visitor -q 1 -t ghost/greeting -m hello
end_capture
write_case "an MQTT broker on a ghost port is named at its CONNACK" "$(named mqtt)"

begin mqtt-refused-on-3238 3238 tcp
start false
talk sh -c "! mosquitto_pub -h $kServer4 -p $port -V mqttv5 -i visitor -t ghost/greeting -m hello"
grep -qi 'not authorized' "$dir/client.log" || fail "the client was not refused"
end_capture
write_case "an MQTT broker is named by the CONNACK that refuses its client" "$(named mqtt)"

begin mqtt-asked-tls-on-3239 3239 tcp
start true
client_package=openssl silent=yes
talk sh -c "! openssl s_client -connect $kServer4:$port"
end_capture
write_case "an MQTT broker hangs up on a TLS client without a word, so the port is a listener asked for TLS" \
  "{verdict: listener, asked: tls, dest_port: $port, proto: TCP, role_basis: syn}"
