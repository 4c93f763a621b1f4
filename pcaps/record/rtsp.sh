#!/usr/bin/env bash
# Records GStreamer's RTSP server: a tone played over 3237/tcp, a stream that does not exist on 3248/tcp, and
# RTSP tunnelled through HTTP on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need gir1.2-gst-rtsp-server-1.0 ffmpeg gstreamer1.0-plugins-base gstreamer1.0-plugins-good python3-gi

serve_tone() {
  cat >"$dir/server.py" <<PYTHON
import gi
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)
server = GstRtspServer.RTSPServer(address="$kServer4", service="$port")
tone = GstRtspServer.RTSPMediaFactory()
tone.set_launch("( audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay0 )")
server.get_mount_points().add_factory("/tone", tone)
server.attach(None)
GLib.MainLoop().run()
PYTHON
  serve python3 "$dir/server.py"
}

begin rtsp-on-3237 3237 tcp
serve_tone
talk ffmpeg -hide_banner -nostdin -rtsp_transport tcp -i "rtsp://$kServer4:$port/tone" -t 1 -f null -
end_capture
write_case "an RTSP server on a ghost port is named at its answer, its media interleaved" "$(named rtsp)"

begin rtsp-not-found-on-3248 3248 tcp
serve_tone
talk sh -c "ffprobe -hide_banner -rtsp_transport tcp rtsp://$kServer4:$port/nothing || true"
end_capture
write_case "an RTSP server that has no such stream is named all the same" "$(named rtsp)"

begin rtsp-in-http-on-3239 3239 tcp
serve_tone
talk ffmpeg -hide_banner -nostdin -rtsp_transport http -i "rtsp://$kServer4:$port/tone" -t 1 -f null -
end_capture
write_case "RTSP tunnelled through HTTP is named http at the answer to GET; its second connection, a POST, is never answered" \
  "$(named http)" "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"
