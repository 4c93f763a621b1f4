#!/usr/bin/env bash
# Records xrdp on 3238/tcp as FreeRDP asks it for a login over TLS, on 3239/tcp as it drops a visitor without TLS, and
# FreeRDP's own server with network-level authentication on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need xrdp freerdp2-x11 xvfb xauth openssl freerdp2-shadow-x11

configure() {
  make_certificate
  cat >"$dir/xrdp.ini" <<CONFIG
[Globals]
port=tcp://$kServer4:$port
security_layer=tls
crypt_level=high
certificate=$dir/certificate.pem
key_file=$dir/key.pem
ssl_protocols=TLSv1.2
max_bpp=16
fork=false
[Logging]
LogFile=$dir/xrdp.log
EnableConsole=1
[Xorg]
name=Xorg
lib=libxup.so
username=ask
password=ask
ip=127.0.0.1
port=-1
code=20
CONFIG
}

begin rdp-on-3238 3238 tcp
configure
serve xrdp --nodaemon --config "$dir/xrdp.ini"
talk sh -c "mount -t tmpfs tmpfs /tmp && ! xvfb-run -a xfreerdp /v:$kServer4:$port /u:visitor /p:visitor /sec:tls /cert:ignore +auth-only"
end_capture
write_case "an RDP server on the appareNet port is named at its answer, and TLS follows within" \
  "{verdict: unexpected, service: rdp, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: rdp, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"

begin rdp-refused-on-3239 3239 tcp
configure
serve xrdp --nodaemon --config "$dir/xrdp.ini"
talk sh -c "mount -t tmpfs tmpfs /tmp && ! xvfb-run -a xfreerdp /v:$kServer4:$port /u:visitor /p:visitor /sec:rdp /cert:ignore +auth-only"
end_capture
write_case "an RDP server that wants TLS is named at its confirm before it drops a visitor who does without" "$(named rdp)"

begin rdp-nla-on-3248 3248 tcp
make_certificate
server_package=freerdp2-shadow-x11
also sh -c "mount --bind $dir /tmp && exec Xvfb :8 -screen 0 64x48x24 -displayfd 1"
wait_until "the X server is there" grep -qx 8 "$dir/also.log"
serve sh -c "mount --bind $dir /tmp && DISPLAY=:8 HOME=/tmp exec freerdp-shadow-cli /port:$port /bind-address:$kServer4 /sec:nla +auth"
talk sh -c "mount -t tmpfs tmpfs /tmp && ! xvfb-run -a xfreerdp /v:$kServer4:$port /u:visitor /p:visitor /sec:nla /cert:ignore +auth-only"
end_capture
write_case "an RDP server with network-level authentication is named before TLS hides the login" \
  "{verdict: unexpected, service: rdp, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet), revises: false}" \
  "{verdict: unexpected, service: rdp, inner: tls, dest_port: $port, proto: TCP, role_basis: syn, revises: true}"
