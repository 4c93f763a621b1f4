#!/usr/bin/env bash
# Records calls between two Baresip telephones: voice both ways as RTP on 3238/udp and its RTCP on 3239/udp; with ICE and
# DTLS, all of it on 3248/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need baresip-core baresip-core

telephone() { # OWNER ADDRESS RTP_PORTS ACCOUNT_PARAMETERS
  mkdir "$dir/$1"
  cat >"$dir/$1/config" <<CONFIG
sip_listen $2:5060
rtp_ports $3
rtcp_mux $mux
audio_source ausine,440
audio_player aubridge,nil
audio_alert aubridge,nil
ausrc_channels 2
auplay_channels 2
ausrc_srate 48000
auplay_srate 48000
module_path $(dirname "$(dpkg -L baresip-core | grep '/ausine\.so$')")
module ausine.so
module aubridge.so
module ice.so
module dtls_srtp.so
module g726.so
module g711.so
module_app account.so
module_app menu.so
CONFIG
  echo "<sip:$1@$2>;regint=0;ptime=40;audio_codecs=G726-16/8000/1;$4" >"$dir/$1/accounts"
  : >"$dir/$1/contacts"
}

# call CALLER ANSWERER: each rings or answers by itself; the server's media are on the ghost ports.
call() {
  local -A mode=(["$1"]=manual ["$2"]=auto) address=([server]=$kServer4 [client]=$kClient4)
  local -A dial=(["$1"]="/dial sip:$2@${address[$2]}" ["$2"]=/contacts)
  telephone server $kServer4 "$((port / 2 * 2))-$((port / 2 * 2 + 2))" "${parameters}answermode=${mode[server]}"
  telephone client $kClient4 20000-20010 "${parameters}answermode=${mode[client]}"
  server_command=$(show_command baresip -f "$dir/server" -e "${dial[server]}" -t 4)
  if [[ $1 == client ]]; then
    also baresip -f "$dir/server" -t 6
    wait_until "the telephone listens" sh -c "ip netns exec $server_netns ss -Hnlu 'sport = :5060' | grep -q ."
  else
    also sh -c "sleep 1; exec baresip -f $dir/server -e '${dial[server]}' -t 3"
  fi
  talk baresip -f "$dir/client" -e "${dial[client]}" -t 4
  end_capture
}

# expect_media: which telephone speaks first is decided by microseconds, and a UDP flow that the watched port opens is its
# client's: it is silent. So each port's finding is expected where the other telephone opened the flow.
expect_media() {
  local media first
  findings=()
  for media in $said; do
    first=$(tcpdump -nn -r "$dir/$case_name.pcap" -c 1 "udp port ${media#*:}" 2>/dev/null)
    [[ $first != *"> $kServer4.${media#*:}:"* ]] || findings+=(
      "{verdict: unexpected, service: ${media%:*}, dest_port: ${media#*:}, proto: UDP, role_basis: first-packet}")
  done
  ((${#findings[@]}))
}

# record CASE PORT FILTER CALLER ANSWERER WHY: tries until the other telephone spoke first on one port at least.
record() {
  local attempt
  for ((attempt = 0; attempt < 9; attempt++)); do
    begin "$1" "$2" udp "$3"
    call "$4" "$5"
    if expect_media; then
      write_case "$6" "${findings[@]}"
      return
    fi
    tear_down
  done
  fail "the ghost ports opened every flow each time"
}

said='rtp:3238 rtcp:3239' parameters='' mux=no
record rtp-call-on-3238-udp 3238 "udp portrange 3238-3239" client server \
  "a call's voice and RTCP on ghost ports are named where the other telephone speaks first"
record rtp-call-out-on-3238-udp 3238 "udp portrange 3238-3239" server client \
  "media of a call made from ghost ports are named where the other telephone speaks first"

said=stun:3248 parameters='medianat=ice;mediaenc=dtls_srtp;' mux=yes
record rtp-ice-call-on-3248-udp 3248 "udp port 3248" server client \
  "a call as browsers make them, with STUN, DTLS and SRTP on one port, is named at its first words, STUN's"

# A mirror that joins at the call's end: Baresip's first RTCP, of type APP (204), is left out.
said=rtcp:3239 parameters='' mux=no
record rtcp-goodbye-on-3239-udp 3239 "udp port 3239 and udp[9] != 204" client server \
  "RTCP of which only the goodbyes are seen, each with a description behind it, is named"
