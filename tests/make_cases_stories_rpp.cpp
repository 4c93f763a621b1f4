#include "tests/make_cases_payloads.h"
#include "tests/make_cases_stories.h"

namespace ghostport::cases {
namespace {

using namespace packets;

// Two AppNeta points. The first asks the second on 3239 for a flow, and sends its trains to the port that it is given.
const IpAddress kNear = "10.4.4.4";
const IpAddress kFar = "10.4.5.5";
constexpr std::uint16_t kControl = 3239;
constexpr std::uint16_t kGhost = 3248;
constexpr std::uint32_t kFlow = 7;
constexpr std::uint16_t kAccepted = 0, kRefused = 2;

/// The IP and UDP headers of the client's last packet, which a reply carries.
ByteString headers_of_request(const UdpConversation& talk) {
  ByteString headers = talk.last_packet(Party::client).datagram();
  headers.resize(28);
  return headers;
}

RppPacket asks(std::uint16_t number) { return RppPacket(number, number).request(); }

RppPacket replies(const UdpConversation& talk, std::uint16_t number) {
  return RppPacket(number, number).reply(headers_of_request(talk));
}

/// Versions, then the flow. The answer comes from the port that was asked.
void agree_on(UdpConversation& control, std::uint16_t port, std::uint16_t status = kAccepted) {
  control.client_says(asks(1).version(3, 1, 0, 2050).bytes());
  control.server_says(replies(control, 1).version(3, 2, 0, 2101).bytes()).after(20ms);
  control.client_says(asks(2).create_flow(port).bytes());
  const std::uint32_t flow = status == kAccepted ? kFlow : RppPacket::kNoFlow;
  control.server_says(replies(control, 2).flow_response(flow, port, status).bytes()).after(20ms);
}

/// A burst of packets of one size, and replies that carry the headers of what arrived last.
void train(UdpConversation& data, std::uint16_t packets, bool answered = true) {
  constexpr std::uint16_t kBytes = 160;
  for (std::uint16_t i = 0; i < packets; ++i) {
    const auto number = static_cast<std::uint16_t>(10 + i);
    data.client_says(
        RppPacket(number, number, kFlow).request().command_info(10, packets, kBytes, 1).path_payload(kBytes).bytes());
  }
  if (!answered) return;
  for (std::uint16_t i = 0; i < packets; ++i) {
    const auto number = static_cast<std::uint16_t>(10 + i);
    data.server_says(RppPacket(number, number, kFlow).reply(headers_of_request(data)).path_payload(kBytes).bytes());
  }
}

const std::string kOnControl = ", service: appneta-rpp, dest_port: 3239, proto: UDP";
const std::string kOnGhost = ", service: appneta-rpp, dest_port: 3248, proto: UDP";
const std::string kControlExpected = "verdict: expected, severity: none" + kOnControl;
const std::string kShowExpected = "{log-expected: true}";

void control_alone(CaseBook& book) {
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    for (std::uint16_t i = 1; i <= 3; ++i) {
      control.client_says(asks(i).version(3, 1, 0, 2050).path_payload(96).bytes()).after(12ms);
      control.server_says(replies(control, i).version(3, 2, 0, 2101).path_payload(140).bytes()).after(10s);
    }
    book.add(capture, {.name = "rpp-control-exchange",
                       .why = "requests on 3239 whose replies carry the IP and UDP headers of what they answer",
                       .expect = {kControlExpected + ", src_ip: 10.4.4.4, dest_ip: 10.4.5.5"},
                       .config = kShowExpected});
  }
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    control.client_says(asks(1).create_flow(kGhost).bytes());
    control.server_says(replies(control, 1).error(4).bytes());
    book.add(capture, {.name = "rpp-error",
                       .why = "an error is an answer like any other",
                       .expect = {kControlExpected},
                       .config = kShowExpected});
  }
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    agree_on(control, kControl);
    train(control, 6);
    book.add(capture, {.name = "rpp-refused-point",
                       .why = "a control exchange between hosts of which none is a declared point may be forged",
                       .expect = {"verdict: unexpected, severity: high" + kOnControl},
                       .config = "{log-expected: true, assets: {appneta-point: [10.9.9.9]}}"});
  }
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    for (std::uint16_t i = 1; i <= 6; ++i) {
      control.client_says(asks(i).command_info(1, 6, 120, 1).path_payload(120).older_bytes());
      control.server_says(replies(control, i).path_payload(120).older_bytes());
    }
    book.add(capture, {.name = "rpp-older-form",
                       .why = "the header chain without the bytes that look like RTP is too easily written to verify",
                       .expect = {"verdict: consistent, severity: info" + kOnControl}});
  }
  {
    Capture capture;
    UdpConversation data(capture, client(kNear, 51514), server(kFar, kGhost));
    const ByteString mark = from_hex("EC BD 7F 60 FF");
    const ByteString answer = from_hex("EC BD 7F 60 FD");
    for (int i = 0; i < 6; ++i) {
      data.client_says(joined(mark, ByteString(59))).server_says(joined(answer, ByteString(59)));
    }
    book.add(capture, {.name = "rpp-bare-payload",
                       .why = "the payload of test packets without any header is consistent on a port of the range",
                       .expect = {"verdict: consistent, severity: info" + kOnGhost}});
  }
}

void announced(CaseBook& book) {
  for (const bool answered : {true, false}) {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    agree_on(control, kGhost);
    UdpConversation data(capture, client(kNear, 51515), server(kFar, kGhost));
    train(data, answered ? 6 : 12, answered);
    book.add(capture,
             {.name = answered ? "rpp-announced-port" : "rpp-announced-port-one-way",
              .why = answered ? "a train on the port that a verified control exchange announced is expected"
                              : "a train that is counted and not answered has its place on the announced port too",
              .expect = {kControlExpected,
                         "verdict: expected, severity: none" + kOnGhost + (answered ? "" : ", one-sided: true")},
              .config = kShowExpected});
  }
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    control.client_says(asks(1).create_flow(3237, 3248).bytes());
    control.server_says(replies(control, 1).flow_response(kFlow, 3238).bytes()).after(20ms);
    UdpConversation data(capture, client(kNear, 51515), server(kFar, 3238));
    train(data, 6);
    book.add(capture,
             {.name = "rpp-port-out-of-a-span",
              .why = "asked for any port of a span, the responder announces one of them",
              .expect = {kControlExpected,
                         "verdict: expected, severity: none, service: appneta-rpp, dest_port: 3238, proto: UDP"},
              .config = kShowExpected});
  }
}

void announced_in_the_range(CaseBook& book) {
  Capture capture;
  UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
  agree_on(control, 3245);
  UdpConversation data(capture, client(kNear, 51515), server(kFar, 3245));
  train(data, 6);
  book.add(capture, {.name = "rpp-announced-port-in-the-range",
                     .why = "with the range watched, what control moves to 3245 is expected there",
                     .expect = {kControlExpected,
                                "verdict: expected, severity: none, service: appneta-rpp, dest_port: 3245, proto: UDP"},
                     .config = "{watch: range, log-expected: true}"});
}

void not_announced(CaseBook& book) {
  const std::string consistent = "verdict: consistent, severity: info" + kOnGhost;
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    agree_on(control, kGhost, kRefused);
    UdpConversation data(capture, client(kNear, 51515), server(kFar, kGhost));
    train(data, 6);
    book.add(capture, {.name = "rpp-flow-refused",
                       .why = "a refused flow announces no port; the train that comes nevertheless is consistent only",
                       .expect = {kControlExpected, consistent},
                       .config = kShowExpected});
  }
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    agree_on(control, kGhost);
    UdpConversation data(capture, client("10.4.6.6", 51515), server(kFar, kGhost));
    train(data, 6);
    book.add(capture, {.name = "rpp-train-of-a-third-host",
                       .why = "an announcement holds between the two hosts that made it",
                       .expect = {kControlExpected, consistent + ", src_ip: 10.4.6.6"},
                       .config = kShowExpected});
  }
  {
    Capture capture;
    UdpConversation control(capture, client(kNear, 51514), server(kFar, kControl));
    control.client_says(asks(1).create_flow(kGhost).bytes());
    UdpConversation data(capture, client(kNear, 51515), server(kFar, kGhost));
    train(data, 6);
    book.add(capture, {.name = "rpp-asked-and-not-answered",
                       .why = "a request for a flow announces nothing as long as nobody answers it",
                       .expect = {"verdict: probe, asked: appneta-rpp, dest_port: 3239, proto: UDP", consistent},
                       .config = kShowExpected});
  }
}

}  // namespace

void add_rpp_stories(CaseBook& book) {
  control_alone(book);
  announced(book);
  announced_in_the_range(book);
  not_announced(book);
}

}  // namespace ghostport::cases
