#include "tests/make_cases_h323.h"
#include "tests/make_cases_stories.h"

namespace ghostport::cases {
namespace {

using namespace packets;

// Two endpoints of Polycom's kind: H.245 on TCP from 3230, media on UDP, RTP on even ports and RTCP above.
const IpAddress kRoom1 = "10.3.0.1";
const IpAddress kRoom2 = "10.3.0.9";
const IpAddress kGatekeeper = "10.3.0.2";
constexpr std::uint16_t kSignalling = 1720;
constexpr std::uint16_t kControl = 3230;

/// Where an end awaits a medium and the reports about it.
struct Ports {
  Endpoint stream;
  Endpoint reports;
};
Ports ports(const IpAddress& address, std::uint16_t first) {
  return {{address, first}, {address, static_cast<std::uint16_t>(first + 1)}};
}

const Ports kAtRoom1 = ports(kRoom1, 3242);
const Ports kAtRoom2 = ports(kRoom2, 3238);

/// The two connections of a call, step by step.
class CallStory {
 public:
  explicit CallStory(Capture& capture, const IpAddress& caller = kRoom1, const IpAddress& callee = kRoom2,
                     std::uint16_t signalling = kSignalling)
      : signalling_(capture, client(caller, 3240), server(callee, signalling)),
        control_(capture, client(caller, 3241), server(callee, kControl)),
        caller_(client(caller, 3240)),
        callee_(server(callee, signalling)),
        control_at_{callee, kControl} {}

  CallStory& ring(const std::vector<ByteString>& fast_start = {}) {
    signalling_.handshake().client_says(h225_setup(call_, caller_, callee_, fast_start));
    signalling_.server_says(h225_call_proceeding(call_)).after(80ms).server_says(h225_alerting(call_)).after(2s);
    return *this;
  }
  CallStory& answer() {
    signalling_.server_says(h225_connect(call_, &control_at_));
    return *this;
  }
  CallStory& answer_fast(const std::vector<ByteString>& channels) {
    signalling_.server_says(h225_connect(call_, nullptr, channels));
    return *this;
  }
  /// Both say what they can, and who decides.
  CallStory& negotiate() {
    control_.handshake();
    control_.client_says(joined(h245_capabilities(1), h245_determination(50, 0x9F31C2)));
    control_.server_says(joined(h245_capabilities(1), h245_determination(50, 0x204477)));
    control_.client_says(joined(h245_capabilities_ack(1), h245_determination_ack(false)));
    control_.server_says(joined(h245_capabilities_ack(1), h245_determination_ack(true)));
    return *this;
  }
  /// Each end opens a channel for its sound; the other says where it awaits it.
  CallStory& open_channels(const Ports& at_caller, const Ports& at_callee) {
    control_.client_says(h245_open_channel(101, at_caller.reports));
    control_.server_says(h245_open_channel_ack(101, at_callee.stream, at_callee.reports));
    control_.server_says(h245_open_channel(201, at_callee.reports));
    control_.client_says(h245_open_channel_ack(201, at_caller.stream, at_caller.reports));
    return *this;
  }
  CallStory& hang_up() {
    control_.client_says(joined(h245_close_channel(101), h245_end_session()));
    control_.server_says(joined(h245_close_channel_ack(101), h245_end_session())).close();
    return release();
  }
  CallStory& release() {
    signalling_.client_says(h225_release_complete(call_, true)).close();
    return *this;
  }
  CallStory& busy() {
    signalling_.handshake().client_says(h225_setup(call_, caller_, callee_));
    signalling_.server_says(h225_call_proceeding(call_));
    signalling_.server_says(h225_release_complete(call_, false, Release::busy)).close();
    return *this;
  }
  CallStory& drop() {
    control_.rst_from_server();
    signalling_.rst_from_server();
    return *this;
  }
  CallStory& whole() { return ring().answer().negotiate().open_channels(kAtRoom1, kAtRoom2); }

 private:
  H323Call call_;
  TcpConversation signalling_;
  TcpConversation control_;
  Endpoint caller_;
  Endpoint callee_;
  Endpoint control_at_;
};

void media_between(Capture& capture, const Ports& caller, const Ports& callee, std::uint16_t packets = 8) {
  UdpConversation stream(capture, caller.stream, callee.stream);
  say_media(stream, packets);
  UdpConversation reports(capture, caller.reports, callee.reports);
  say_reports(reports);
}

const std::string kRtp = ", service: rtp, dest_port: 3238, proto: UDP, src_ip: 10.3.0.1, dest_ip: 10.3.0.9";
const std::string kRtcp = ", service: rtcp, dest_port: 3239, proto: UDP, src_ip: 10.3.0.1, dest_ip: 10.3.0.9";

std::vector<std::string> both(const std::string& verdict) {
  return {"verdict: " + verdict + kRtp, "verdict: " + verdict + kRtcp};
}

void announced(CaseBook& book) {
  {
    Capture capture;
    CallStory call(capture);
    call.whole();
    media_between(capture, kAtRoom1, kAtRoom2);
    call.hang_up();
    book.add(capture,
             {.name = "h323-call",
              .why = "sound and its reports on the ghost ports that H.245 announced within a call are expected",
              .expect = both("expected, severity: none"),
              .config = "{log-expected: true}"});
  }
  {
    Capture capture;
    CallStory call(capture);
    call.whole();
    media_between(capture, kAtRoom1, kAtRoom2);
    call.hang_up();
    book.add(capture,
             {.name = "h323-call-control-in-the-range",
              .why = "with the range watched, H.245 on the port that a call announced is expected beside its media",
              .expect = {"verdict: expected" + kRtp, "verdict: expected" + kRtcp,
                         "verdict: expected, service: h245, dest_port: 3230, proto: TCP, role_basis: syn"},
              .config = "{watch: range, log-expected: true}"});
  }
  {
    Capture capture;
    const std::vector<ByteString> offer{fast_send(101, kAtRoom1.reports),
                                        fast_receive(kAtRoom1.stream, kAtRoom1.reports)};
    const std::vector<ByteString> accepted{fast_send_accepted(101, kAtRoom2.stream, kAtRoom2.reports),
                                           fast_receive_accepted(201, kAtRoom2.reports)};
    CallStory call(capture);
    call.ring(offer).answer_fast(accepted);
    media_between(capture, kAtRoom1, kAtRoom2);
    call.release();
    book.add(capture, {.name = "h323-fast-start",
                       .why = "a fast start announces the media in Setup and Connect, without H.245",
                       .expect = both("expected, severity: none"),
                       .config = "{log-expected: true}"});
  }
  {
    const H323Call call{.tunnels = true};
    const Endpoint near = client(kRoom1, 3240);
    const Endpoint far = server(kRoom2, kSignalling);
    Capture capture;
    TcpConversation talk(capture, near, far);
    talk.handshake().client_says(h225_setup(call, near, far)).server_says(h225_call_proceeding(call));
    talk.server_says(h225_alerting(call)).after(2s).server_says(h225_connect(call, nullptr));
    talk.client_says(h225_tunnel(call, true, {h245_capabilities(1), h245_determination(50, 0x9F31C2)}));
    talk.server_says(h225_tunnel(call, false, {h245_capabilities(1), h245_determination(50, 0x204477)}));
    talk.client_says(h225_tunnel(call, true, {h245_capabilities_ack(1), h245_determination_ack(false)}));
    talk.server_says(h225_tunnel(call, false, {h245_capabilities_ack(1), h245_determination_ack(true)}));
    talk.client_says(h225_tunnel(call, true, {h245_open_channel(101, kAtRoom1.reports)}));
    talk.server_says(h225_tunnel(
        call, false,
        {h245_open_channel_ack(101, kAtRoom2.stream, kAtRoom2.reports), h245_open_channel(201, kAtRoom2.reports)}));
    talk.client_says(h225_tunnel(call, true, {h245_open_channel_ack(201, kAtRoom1.stream, kAtRoom1.reports)}));
    media_between(capture, kAtRoom1, kAtRoom2);
    talk.client_says(h225_release_complete(call, true)).close();
    book.add(capture, {.name = "h323-tunnelled-control",
                       .why = "H.245 may go through the call signalling, and announces the same there",
                       .expect = both("expected, severity: none"),
                       .config = "{log-expected: true}"});
  }
  {
    Capture capture;
    CallStory near(capture, kRoom1, kGatekeeper);
    CallStory far(capture, kGatekeeper, kRoom2);
    near.whole();
    far.whole();
    media_between(capture, kAtRoom1, kAtRoom2);
    near.hang_up();
    far.hang_up();
    book.add(capture, {.name = "h323-routed-by-a-gatekeeper",
                       .why = "a gatekeeper may carry all signalling; the call announces the addresses of its two ends",
                       .expect = both("expected, severity: none"),
                       .config = "{log-expected: true}"});
  }
  {
    Capture capture;
    CallStory call(capture);
    call.whole();
    UdpConversation stream(capture, kAtRoom2.stream, kAtRoom1.stream);
    say_media(stream, 8);
    call.hang_up();
    book.add(capture, {.name = "h323-callee-speaks-first",
                       .why = "a media flow that the ghost port opens is that port's own; the far port is not watched",
                       .expect = {}});
  }
  for (const bool declared : {true, false}) {
    Capture capture;
    CallStory call(capture);
    call.whole();
    media_between(capture, kAtRoom1, kAtRoom2);
    call.hang_up();
    if (declared) {
      book.add(capture, {.name = "h323-call-to-an-endpoint",
                         .why = "an announced medium of a declared endpoint is expected",
                         .expect = both("expected, severity: none"),
                         .config = "{log-expected: true, assets: {h323-endpoint: [10.3.0.9]}}"});
    } else {
      book.add(capture, {.name = "h323-call-between-strangers",
                         .why = "a call between hosts of which none is a declared endpoint excuses no media",
                         .expect = both("unexpected, severity: high"),
                         .config = "{log-expected: true, assets: {h323-endpoint: [10.9.9.9]}}"});
    }
  }
}

void not_announced(CaseBook& book) {
  {
    Capture capture;
    CallStory call(capture);
    call.ring().answer().negotiate().open_channels(kAtRoom1, ports(kRoom2, 3236));
    media_between(capture, kAtRoom1, kAtRoom2);
    call.hang_up();
    book.add(capture,
             {.name = "h323-another-port-than-announced",
              .why = "media on a port of the product's range that the live call did not announce is consistent",
              .expect = both("consistent, severity: info")});
  }
  {
    Capture capture;
    media_between(capture, kAtRoom1, kAtRoom2);
    book.add(capture, {.name = "h323-media-without-a-call",
                       .why = "sound and its reports between hosts that have no call are unexpected",
                       .expect = both("unexpected, severity: high")});
  }
  {
    Capture capture;
    CallStory call(capture);
    call.whole();
    media_between(capture, ports("10.3.0.77", 3242), kAtRoom2);
    call.hang_up();
    const std::string from = ", src_ip: 10.3.0.77, dest_ip: 10.3.0.9";
    book.add(capture, {.name = "h323-media-of-a-third-host",
                       .why = "a call opens its ports for its own two hosts only",
                       .expect = {"verdict: unexpected, service: rtp, dest_port: 3238" + from,
                                  "verdict: unexpected, service: rtcp, dest_port: 3239" + from}});
  }
  {
    Capture capture;
    CallStory call(capture);
    call.busy();
    capture.after(1s);
    media_between(capture, kAtRoom1, kAtRoom2);
    book.add(capture,
             {.name = "h323-busy",
              .why = "a call that was refused announces nothing, so media that come nevertheless are unexpected",
              .expect = both("unexpected, severity: high")});
  }
}

void released(CaseBook& book) {
  const Ports again = ports(kRoom1, 3250);
  for (const bool orderly : {true, false}) {
    Capture capture;
    CallStory call(capture);
    call.whole();
    media_between(capture, kAtRoom1, kAtRoom2);
    if (orderly) {
      call.release();
    } else {
      call.drop();
    }
    capture.after(300s);
    media_between(capture, again, kAtRoom2);
    book.add(capture,
             {.name = orderly ? "h323-released-in-the-middle" : "h323-reset-in-the-middle",
              .why = orderly ? "what begins on the same ports five minutes after the call was released has no call"
                             : "what begins on the same ports five minutes after the call was reset has no call",
              .expect = {"verdict: expected, src_port: 3242" + kRtp, "verdict: expected, src_port: 3243" + kRtcp,
                         "verdict: unexpected, src_port: 3250" + kRtp, "verdict: unexpected, src_port: 3251" + kRtcp},
              .config = "{log-expected: true}"});
  }
}

/// A terminal finds its gatekeeper and registers with it.
void register_with(Capture& capture, const Endpoint& gatekeeper) {
  const Endpoint near{kRoom1, 51719};
  UdpConversation talk(capture, near, gatekeeper);
  talk.client_says(ras_gatekeeper_request(1, near)).server_says(ras_gatekeeper_confirm(1, gatekeeper));
  talk.client_says(ras_registration_request(2, {kRoom1, kSignalling}, near, "Room 1"));
  talk.server_says(ras_registration_confirm(2, {kGatekeeper, kSignalling}, "Room 1"));
  talk.client_says(ras_admission_request(3, {})).server_says(ras_admission_confirm(3, {kRoom2, kSignalling}));
}

void registration(CaseBook& book) {
  {
    Capture capture;
    register_with(capture, {kGatekeeper, 1719});
    CallStory call(capture);
    call.whole();
    media_between(capture, kAtRoom1, kAtRoom2);
    call.hang_up();
    book.add(capture, {.name = "h323-registered-call",
                       .why = "a call that a gatekeeper admitted announces its media as any other",
                       .expect = both("expected, severity: none"),
                       .config = "{log-expected: true}"});
  }
  {
    Capture capture;
    register_with(capture, {kGatekeeper, 1719});
    media_between(capture, kAtRoom1, kAtRoom2);
    book.add(capture, {.name = "h323-registration-is-no-call",
                       .why = "an admission without the call that it allows announces no media",
                       .expect = both("unexpected, severity: high")});
  }
  {
    Capture capture;
    register_with(capture, {kGatekeeper, 3238});
    book.add(capture, {.name = "h323-gatekeeper-on-a-ghost-port",
                       .why = "a gatekeeper on a ghost port is unexpected",
                       .expect = {"verdict: unexpected, service: ras, severity: high, dest_port: 3238, proto: UDP"}});
  }
}

void elsewhere(CaseBook& book) {
  {
    Capture capture;
    CallStory call(capture, kRoom1, kRoom2, 3238);
    call.ring().answer().release();
    book.add(capture,
             {.name = "h323-signalling-on-a-ghost-port",
              .why = "call signalling on a ghost port is unexpected, whatever range the product uses for media",
              .expect = {"verdict: unexpected, service: h225, severity: high, dest_port: 3238, proto: TCP"}});
  }
  {
    Capture capture;
    TcpConversation talk(capture, client(kRoom1, 3241), server(kRoom2, 3238));
    talk.handshake().client_says(joined(h245_capabilities(1), h245_determination(50, 0x9F31C2)));
    talk.server_says(joined(h245_capabilities(1), h245_determination(50, 0x204477)));
    talk.client_says(joined(h245_capabilities_ack(1), h245_determination_ack(false)));
    talk.server_says(joined(h245_capabilities_ack(1), h245_determination_ack(true))).close();
    book.add(capture, {.name = "h323-control-on-a-ghost-port",
                       .why = "no product has H.245 on this port, and no call announced it",
                       .expect = {"verdict: unexpected, service: h245, severity: high, dest_port: 3238, proto: TCP"}});
  }
}

}  // namespace

void add_h323_stories(CaseBook& book) {
  announced(book);
  not_announced(book);
  released(book);
  registration(book);
  elsewhere(book);
}

}  // namespace ghostport::cases
