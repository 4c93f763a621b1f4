#!/usr/bin/env bash
# Records VNC servers: a picture taken from TigerVNC on 3238/tcp, one with an idle visitor on 3237/tcp,
# one with TLS inside on 3239/tcp,
# and x11vnc on 3248/tcp that refuses a wrong password.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tigervnc-standalone-server vncsnapshot x11vnc xvfb tigervnc-tools socat tigervnc-viewer

make_passwords() {
  echo visitor1 | tigervncpasswd -f >"$dir/right"
  echo intruder | tigervncpasswd -f >"$dir/wrong"
}

# X servers leave sockets and locks in /tmp: theirs is the throw-away directory.
begin vnc-on-3238 3238 tcp
make_passwords
serve sh -c "mount --bind $dir /tmp && exec Xtigervnc :7 -geometry 64x48 -depth 16 -interface $kServer4 -rfbport $port \
-SecurityTypes VncAuth -PasswordFile /tmp/right"
talk vncsnapshot -passwd "$dir/right" -allowblank -encodings hextile "$kServer4::$port" "$dir/picture.jpg"
end_capture
write_case "a VNC server on the appareNet port is named at its version line" "$(named vnc)"

begin vnc-refused-on-3248 3248 tcp
make_passwords
server_package=x11vnc
also sh -c "mount --bind $dir /tmp && exec Xvfb :8 -screen 0 64x48x16 -displayfd 1"
wait_until "the X server is there" grep -qx 8 "$dir/also.log"
serve sh -c "mount --bind $dir /tmp && exec x11vnc -display :8 -forever -no6 -noipv6 -noxdamage -listen $kServer4 -rfbport $port -rfbauth /tmp/right"
talk sh -c "! vncsnapshot -passwd $dir/wrong $kServer4::$port $dir/picture.jpg"
end_capture
write_case "a VNC server that refuses the visitor's password is named all the same" "$(named vnc)"

begin vnc-idle-on-3237 3237 tcp
make_passwords
server_package=tigervnc-standalone-server client_package=socat
serve sh -c "mount --bind $dir /tmp && exec Xtigervnc :7 -geometry 64x48 -depth 16 -interface $kServer4 -rfbport $port \
-SecurityTypes VncAuth -PasswordFile /tmp/right"
talk socat -T2 EXEC:'sleep 2' TCP:$kServer4:"$port"
end_capture
write_case "a VNC server is named at its version line although the visitor never speaks" "$(named vnc)"

begin vnc-tls-on-3239 3239 tcp
server_package=tigervnc-standalone-server client_package=tigervnc-viewer
serve sh -c "mount --bind $dir /tmp && HOME=/tmp exec Xtigervnc :7 -geometry 64x48 -depth 16 -interface $kServer4 -rfbport $port \
-SecurityTypes TLSNone"
talk sh -c "mkdir $dir/client && mount --bind $dir/client /tmp && { Xvfb :9 -screen 0 640x480x16 & sleep 1; } &&
HOME=/tmp DISPLAY=:9 timeout 5 xtigervncviewer -SecurityTypes TLSNone -AlertOnFatalError=0 $kServer4::$port || true"
end_capture
write_case "a VNC server is named before VeNCrypt turns the flow into TLS" "$(named vnc)"
