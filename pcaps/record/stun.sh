#!/usr/bin/env bash
# Records a coturn server: a binding on 3238/udp, one as of RFC 3489 on 3237/udp, an
# allocation refused on 3239/tcp, channels through TURN on 3248/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need coturn stun-client

serve_turn() {
  serve turnserver -n --listening-ip=$kServer4 --relay-ip=$kServer4 --listening-port="$port" --no-tls --no-dtls \
    --no-cli --no-rfc5780 --log-file=stdout --pidfile="$dir/pid" --userdb="$dir/turndb" \
    --lt-cred-mech --user=visitor:visitor --realm=ghost.test
}

begin stun-on-3238-udp 3238 udp
client_package=coturn
serve_turn
talk turnutils_stunclient -p "$port" $kServer4
end_capture
write_case "a STUN server on a ghost port is named at its binding response" "$(named stun)"

begin stun-turn-refused-on-3239 3239 tcp
client_package=coturn
serve_turn
talk sh -c "turnutils_uclient -t -u visitor -w wrong -p $port -n 1 -e $kServer4 $kServer4 || true"
end_capture
write_case "a TURN server that refuses an allocation over TCP is named at its error response" "$(named stun)"

begin stun-classic-on-3237-udp 3237 udp
client_package=stun-client
serve_turn
talk sh -c "stun $kServer4:$port 1 || true"
end_capture
write_case "a STUN exchange as of RFC 3489, without the magic cookie, is named all the same" "$(named stun)"

begin stun-turn-on-3248-udp 3248 udp
client_package=coturn
serve_turn
talk turnutils_uclient -u visitor -w visitor -p "$port" -n 1 -c -y $kServer4
end_capture
findings=()
while read -r packet; do
  findings+=("$(named stun "$packet")")
done < <(tcpdump -nn -q --number -r "$dir/$case_name.pcap" 2>/dev/null | awk -v from="\\.$port\$" '$4 ~ from && !seen[$6]++ { print $1 }')
write_case "a TURN server is named at its first error response, before it relays channel data" "${findings[@]}"
