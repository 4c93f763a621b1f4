#include <optional>

#include "tests/make_cases_stories.h"

namespace ghostport::cases {
namespace {

using namespace packets;

// Two telephones without a server between them (RFC 3261), media as in the stories of H.323.
const IpAddress kAlice = "10.3.0.1";
const IpAddress kBob = "10.3.0.9";
const IpAddress kRelay = "10.3.0.50";
constexpr std::uint16_t kSip = 5060;

/// A description with one line of sound (RFC 8866); `reports` is a port of its own for RTCP (RFC 3605).
std::string sdp(const std::string& owner, const std::string& address, std::uint16_t port,
                std::optional<std::uint16_t> reports = {}) {
  std::string text = "v=0\r\no=" + owner + " 2890844526 2890844526 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " +
                     address + "\r\nt=0 0\r\nm=audio " + std::to_string(port) +
                     " RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
  if (reports) text += "a=rtcp:" + std::to_string(*reports) + "\r\n";
  return text;
}

/// The messages of one call, each a whole text.
struct SipCall {
  std::string transport;  ///< UDP or TCP
  std::string offer;
  std::string answer;

  [[nodiscard]] std::string message(const std::string& first_line, const std::string& method, int number, bool answered,
                                    const std::string& body) const {
    const std::string number_text = std::to_string(number);
    std::string text = first_line + "\r\nVia: SIP/2.0/" + transport + " 10.3.0.1:5060;branch=z9hG4bK-323-" +
                       number_text + (method == "ACK" ? "a" : "") + "\r\n";
    if (!first_line.starts_with("SIP/2.0")) text += "Max-Forwards: 70\r\n";
    text += "From: <sip:alice@10.3.0.1>;tag=1928301774\r\nTo: <sip:bob@10.3.0.9>" +
            std::string(answered ? ";tag=a6c85cf" : "") +
            "\r\nCall-ID: a84b4c76e66710@10.3.0.1\r\nCSeq: " + number_text + " " + method + "\r\n";
    if (!body.empty()) {
      text += "Contact: <sip:" + std::string(first_line.starts_with("SIP") ? "bob@10.3.0.9" : "alice@10.3.0.1") +
              ";transport=" + (transport == "TCP" ? "tcp" : "udp") + ">\r\nContent-Type: application/sdp\r\n";
    }
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  [[nodiscard]] std::string request(const std::string& method, int number, bool answered,
                                    const std::string& body = "") const {
    return message(method + " sip:bob@10.3.0.9 SIP/2.0", method, number, answered, body);
  }
  [[nodiscard]] std::string response(const std::string& status, const std::string& method, int number,
                                     const std::string& body = "") const {
    return message("SIP/2.0 " + status, method, number, status != "100 Trying", body);
  }
};

/// The first half of a call, over either transport, up to the acknowledgment.
template <class Talk>
void set_up(Talk& talk, const SipCall& call) {
  talk.client_says(call.request("INVITE", 1, false, call.offer)).server_says(call.response("100 Trying", "INVITE", 1));
  talk.after(100ms).server_says(call.response("180 Ringing", "INVITE", 1)).after(2s);
  talk.server_says(call.response("200 OK", "INVITE", 1, call.answer)).client_says(call.request("ACK", 1, true));
}

template <class Talk>
void refuse(Talk& talk, const SipCall& call) {
  talk.client_says(call.request("INVITE", 1, false, call.offer)).server_says(call.response("100 Trying", "INVITE", 1));
  talk.server_says(call.response("486 Busy Here", "INVITE", 1)).client_says(call.request("ACK", 1, true));
}

template <class Talk>
void hang_up(Talk& talk, const SipCall& call) {
  talk.client_says(call.request("BYE", 2, true)).server_says(call.response("200 OK", "BYE", 2));
}

SipCall call_over(const std::string& transport) {
  return {transport, sdp("alice", "10.3.0.1", 3242), sdp("bob", "10.3.0.9", 3238)};
}

void media(Capture& capture, const IpAddress& callee = kBob, std::uint16_t first_port = 3242,
           std::uint16_t reports_port = 3239) {
  UdpConversation stream(capture, client(kAlice, first_port), server(callee, 3238));
  say_media(stream, 8);
  UdpConversation reports(capture, client(kAlice, static_cast<std::uint16_t>(first_port + 1)),
                          server(callee, reports_port));
  say_reports(reports);
}

const std::string kRtp = ", service: rtp, dest_port: 3238, proto: UDP, src_ip: 10.3.0.1";
const std::string kRtcp = ", service: rtcp, dest_port: 3239, proto: UDP, src_ip: 10.3.0.1";

std::vector<std::string> both(const std::string& verdict) {
  return {"verdict: " + verdict + kRtp, "verdict: " + verdict + kRtcp};
}
constexpr const char* kShowExpected = "{log-expected: true}";

void announced(CaseBook& book) {
  for (const char* transport : {"UDP", "TCP"}) {
    const SipCall call = call_over(transport);
    Capture capture;
    const bool tcp = call.transport == "TCP";
    if (tcp) {
      TcpConversation talk(capture, client(kAlice, 50600), server(kBob, kSip));
      talk.handshake();
      set_up(talk, call);
      media(capture);
      hang_up(talk, call);
      talk.close();
    } else {
      UdpConversation talk(capture, client(kAlice, kSip), server(kBob, kSip));
      set_up(talk, call);
      media(capture);
      hang_up(talk, call);
    }
    book.add(capture, {.name = tcp ? "sip-call-over-tcp" : "sip-call-over-udp",
                       .why = "sound and its reports on the ghost ports that SDP announced within a call are expected",
                       .expect = both("expected, severity: none"),
                       .config = kShowExpected});
  }
  {
    SipCall call = call_over("UDP");
    call.answer = sdp("bob", "10.3.0.9", 3238, 3248);
    Capture capture;
    UdpConversation talk(capture, client(kAlice, kSip), server(kBob, kSip));
    set_up(talk, call);
    media(capture, kBob, 3242, 3248);
    hang_up(talk, call);
    book.add(capture,
             {.name = "sip-reports-on-a-port-of-their-own",
              .why = "SDP may announce another port for reports than the one above the sound's (RFC 3605)",
              .expect = {"verdict: expected" + kRtp, "verdict: expected, service: rtcp, dest_port: 3248, proto: UDP"},
              .config = kShowExpected});
  }
  {
    SipCall call = call_over("UDP");
    call.answer = sdp("bob", "10.3.0.50", 3238);
    Capture capture;
    UdpConversation talk(capture, client(kAlice, kSip), server(kBob, kSip));
    set_up(talk, call);
    media(capture, kRelay);
    hang_up(talk, call);
    book.add(capture, {.name = "sip-media-at-a-relay",
                       .why = "SDP announces an address, which need not be that of the host that signals",
                       .expect = {"verdict: expected, dest_ip: 10.3.0.50" + kRtp,
                                  "verdict: expected, dest_ip: 10.3.0.50" + kRtcp},
                       .config = kShowExpected});
  }
}

void not_announced(CaseBook& book) {
  for (const char* transport : {"UDP", "TCP"}) {
    const SipCall call = call_over(transport);
    Capture capture;
    const bool tcp = call.transport == "TCP";
    if (tcp) {
      TcpConversation talk(capture, client(kAlice, 50600), server(kBob, kSip));
      talk.handshake();
      refuse(talk, call);
      talk.close();
    } else {
      UdpConversation talk(capture, client(kAlice, kSip), server(kBob, kSip));
      refuse(talk, call);
    }
    capture.after(1s);
    media(capture);
    book.add(capture, {.name = tcp ? "sip-refused-over-tcp" : "sip-refused-over-udp",
                       .why = "a call that was refused is none, so media that come nevertheless are unexpected",
                       .expect = both("unexpected, severity: high")});
  }
  {
    const SipCall call = call_over("UDP");
    Capture capture;
    UdpConversation talk(capture, client(kAlice, kSip), server(kBob, kSip));
    set_up(talk, call);
    media(capture);
    hang_up(talk, call);
    capture.after(300s);
    media(capture, kBob, 3250);
    book.add(capture,
             {.name = "sip-media-after-the-end",
              .why = "what begins on the same ports five minutes after BYE has no call",
              .expect = {"verdict: expected, src_port: 3242" + kRtp, "verdict: expected, src_port: 3243" + kRtcp,
                         "verdict: unexpected, src_port: 3250" + kRtp, "verdict: unexpected, src_port: 3251" + kRtcp},
              .config = kShowExpected});
  }
}

void elsewhere(CaseBook& book) {
  const SipCall call = call_over("UDP");
  Capture capture;
  UdpConversation talk(capture, client(kAlice, kSip), server(kBob, 3248));
  set_up(talk, call);
  hang_up(talk, call);
  book.add(capture, {.name = "sip-on-a-ghost-port",
                     .why = "a telephone that answers on a ghost port is unexpected",
                     .expect = {"verdict: unexpected, service: sip, severity: high, dest_port: 3248, proto: UDP"}});
}

}  // namespace

void add_sip_stories(CaseBook& book) {
  announced(book);
  not_announced(book);
  elsewhere(book);
}

}  // namespace ghostport::cases
