#!/usr/bin/env bash
# Records ffmpeg that sends a tone as RTP to 3238/udp, one way; as SRTP to 3239/udp, video to
# 3237/udp, an MPEG transport stream to 3248/udp and inside RTP to 3238/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need ffmpeg ffmpeg socat

tone() { # SECONDS URL
  talk ffmpeg -hide_banner -re -f lavfi -i sine=frequency=440:sample_rate=8000 -t "$1" -c:a pcm_mulaw -f rtp "$2"
}

begin rtp-on-3238-udp 3238 udp
silent=1
server_package=socat
serve socat -u "udp4-recv:$port,bind=$kServer4" /dev/null
tone 2 "rtp://$kServer4:$port?rtcpport=4001"
end_capture
write_case "a voice sent one way to a ghost port is named by its RTP" \
  "{verdict: unexpected, service: rtp, one-sided: true, dest_port: $port, proto: UDP, side: client, role_basis: first-packet}"

begin rtp-srtp-on-3239-udp 3239 udp
silent=1
server_package=socat
serve socat -u "udp4-recv:$port,bind=$kServer4" /dev/null
talk ffmpeg -hide_banner -re -f lavfi -i sine=frequency=440:sample_rate=8000 -t 2 -c:a pcm_mulaw -f rtp \
  -srtp_out_suite AES_CM_128_HMAC_SHA1_80 -srtp_out_params "$(printf 'made up for the recording only' | base64 -w0)" \
  "srtp://$kServer4:$port?rtcpport=4001"
end_capture
write_case "a voice encrypted as SRTP is named by the header that stays in the clear" \
  "{verdict: unexpected, service: rtp, one-sided: true, dest_port: $port, proto: UDP, side: client, role_basis: first-packet}"

begin rtp-video-on-3237-udp 3237 udp
silent=1
server_package=socat
serve socat -u "udp4-recv:$port,bind=$kServer4" /dev/null
talk ffmpeg -hide_banner -re -f lavfi -i testsrc=size=160x120:rate=10 -t 2 -c:v libx264 -b:v 60k -tune zerolatency \
  -f rtp "rtp://$kServer4:$port?rtcpport=4001"
end_capture
write_case "H.264 sent one way, several packets with one time stamp, is named rtp" \
  "{verdict: unexpected, service: rtp, one-sided: true, dest_port: $port, proto: UDP, side: client, role_basis: first-packet}"

begin mpeg-ts-on-3248-udp 3248 udp
silent=1
server_package=socat
serve socat -u "udp4-recv:$port,bind=$kServer4" /dev/null
talk ffmpeg -hide_banner -re -f lavfi -i testsrc=size=160x120:rate=10 -t 2 -c:v libx264 -b:v 60k -f mpegts \
  "udp://$kServer4:$port?pkt_size=1316"
end_capture
write_case "an MPEG transport stream sent one way over UDP is named" \
  "{verdict: unexpected, service: mpeg-ts, one-sided: true, dest_port: $port, proto: UDP, side: client, role_basis: first-packet}"

begin mpeg-ts-in-rtp-on-3238-udp 3238 udp
silent=1
server_package=socat
serve socat -u "udp4-recv:$port,bind=$kServer4" /dev/null
talk ffmpeg -hide_banner -re -f lavfi -i testsrc=size=160x120:rate=10 -t 2 -c:v libx264 -b:v 60k -f rtp_mpegts \
  "rtp://$kServer4:$port?rtcpport=4001"
end_capture
write_case "an MPEG transport stream inside RTP is named rtp" \
  "{verdict: unexpected, service: rtp, one-sided: true, dest_port: $port, proto: UDP, side: client, role_basis: first-packet}"
