#!/usr/bin/env bash
# Records SRT, which has no name here: a stream to 3238/udp, and a caller with a wrong passphrase on 3239/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need srt-tools ffmpeg

send() { # LISTENER_PARAMETERS CALLER_PARAMETERS
  serve srt-live-transmit -q "srt://$kServer4:$port?mode=listener&$1" file://con
  talk sh -c "ffmpeg -hide_banner -nostdin -re -f lavfi -i testsrc=size=160x120:rate=10 -t 2 -c:v libx264 -b:v 60k \
-f mpegts 'srt://$kServer4:$port?mode=caller&$2' || true"
  end_capture
}

begin srt-on-3238-udp 3238 udp
send latency=20 latency=20
write_case "an SRT receiver that answers a stream has no name here" \
  "{verdict: unrecognized, severity: medium, dest_port: $port, proto: UDP, role_basis: first-packet}"

begin srt-refused-on-3239-udp 3239 udp
send 'passphrase=made-up-for-it' 'passphrase=another-one-here'
write_case "an SRT receiver that rejects a caller's passphrase has no name here" \
  "{verdict: unrecognized, severity: medium, dest_port: $port, proto: UDP, role_basis: first-packet}"
