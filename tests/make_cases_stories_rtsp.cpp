#include "tests/make_cases_payloads.h"
#include "tests/make_cases_stories.h"

namespace ghostport::cases {
namespace {

using namespace packets;

// A camera (RFC 2326) and who watches it. RTSP announces ports, but sets up no call.
const IpAddress kViewer = "10.3.0.1";
const IpAddress kCamera = "10.3.0.20";
constexpr std::uint32_t kCameraSource = 0x0CA3E7A0, kViewerSource = 0x51E3E7A1;

/// The two ports of one side: sound, and reports above.
std::string pair_from(std::uint16_t first) { return std::to_string(first) + "-" + std::to_string(first + 1); }

std::string request(const std::string& method, int number, const std::string& headers, const std::string& path = "") {
  return method + " rtsp://10.3.0.20/live" + path + " RTSP/1.0\r\nCSeq: " + std::to_string(number) +
         "\r\nUser-Agent: Viewer\r\n" + headers + "\r\n";
}

std::string response(int number, const std::string& headers, const std::string& body = "") {
  return "RTSP/1.0 200 OK\r\nCSeq: " + std::to_string(number) + "\r\n" + headers + "\r\n" + body;
}

void set_up(TcpConversation& talk, std::uint16_t viewer_port, std::uint16_t camera_port) {
  const std::string description =
      "v=0\r\no=- 1 1 IN IP4 10.3.0.20\r\ns=live\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"
      "a=control:track1\r\n";
  const std::string transport = "Transport: RTP/AVP;unicast;client_port=" + pair_from(viewer_port);
  talk.handshake().client_says(request("OPTIONS", 1, ""));
  talk.server_says(response(1, "Public: OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY\r\n"));
  talk.client_says(request("DESCRIBE", 2, "Accept: application/sdp\r\n"));
  talk.server_says(
      response(2,
               "Content-Base: rtsp://10.3.0.20/live/\r\nContent-Type: application/sdp\r\nContent-Length: " +
                   std::to_string(description.size()) + "\r\n",
               description));
  talk.client_says(request("SETUP", 3, transport + "\r\n", "/track1"));
  talk.server_says(response(3, transport + ";server_port=" + pair_from(camera_port) + "\r\nSession: 12345678\r\n"));
  talk.client_says(request("PLAY", 4, "Session: 12345678\r\nRange: npt=0.000-\r\n"));
  talk.server_says(response(4, "Session: 12345678\r\nRange: npt=0.000-\r\n"));
}

/// The camera's sound, one way, and reports both ways. The camera sends first.
void media(Capture& capture, std::uint16_t viewer_port, std::uint16_t camera_port) {
  UdpConversation stream(capture, client(kCamera, camera_port), server(kViewer, viewer_port));
  for (std::uint16_t i = 0; i < 14; ++i) {
    stream.client_says(rtp_packet(static_cast<std::uint16_t>(100 + i), 160U * i, kCameraSource)).after(19ms);
  }
  UdpConversation reports(capture, client(kCamera, static_cast<std::uint16_t>(camera_port + 1)),
                          server(kViewer, static_cast<std::uint16_t>(viewer_port + 1)));
  reports.client_says(sender_report(kCameraSource, "camera@10.3.0.20")).after(50ms);
  reports.server_says(receiver_report(kViewerSource, kCameraSource, "viewer@10.3.0.1"));
}

void tear_down(TcpConversation& talk) {
  talk.client_says(request("TEARDOWN", 5, "Session: 12345678\r\n")).server_says(response(5, "")).close();
}

}  // namespace

void add_rtsp_stories(CaseBook& book) {
  for (const bool at_viewer : {true, false}) {
    const std::uint16_t viewer_port = at_viewer ? 3238 : 50000;
    const std::uint16_t camera_port = at_viewer ? 6970 : 3238;
    Capture capture;
    TcpConversation talk(capture, client(kViewer, 51800), server(kCamera, 554));
    set_up(talk, viewer_port, camera_port);
    media(capture, viewer_port, camera_port);
    tear_down(talk);
    if (at_viewer) {
      book.add(capture, {.name = "rtsp-to-a-ghost-port",
                         .why = "what a viewer set up by RTSP may come to a ghost port",
                         .expect = {"verdict: expected, service: rtp, one-sided: true, severity: none, "
                                    "dest_ip: 10.3.0.1, dest_port: 3238, proto: UDP",
                                    "verdict: expected, service: rtcp, severity: none, dest_ip: 10.3.0.1, "
                                    "dest_port: 3239, proto: UDP"},
                         .config = "{log-expected: true}"});
    } else {
      book.add(capture, {.name = "rtsp-from-a-ghost-port",
                         .why = "what a camera announced by RTSP may come out of a ghost port",
                         .expect = {"verdict: expected, service: rtp, severity: none, role_basis: unknown, "
                                    "dest_ip: 10.3.0.20, dest_port: 3238, proto: UDP"},
                         .config = "{log-expected: true}"});
    }
  }
  {
    Capture capture;
    TcpConversation talk(capture, client(kViewer, 51800), server(kCamera, 3248));
    set_up(talk, 50000, 6970);
    tear_down(talk);
    book.add(capture, {.name = "rtsp-on-a-ghost-port",
                       .why = "a camera that is asked on a ghost port is unexpected",
                       .expect = {"verdict: unexpected, service: rtsp, severity: high, dest_port: 3248, proto: TCP"}});
  }
}

}  // namespace ghostport::cases
