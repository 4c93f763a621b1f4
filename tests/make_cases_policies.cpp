#include "tests/make_cases.h"
#include "tests/make_cases_payloads.h"

namespace ghostport::cases {
namespace {

using namespace packets;

const Endpoint kClient = client("10.0.0.5", 51514);
const Endpoint kServer = server("10.0.0.9", 3238);

/// Requests for bursts and their answers on an open flow, each in a packet of 200 bytes.
void rpp_data(UdpConversation& talk, std::uint32_t flow) {
  for (std::uint16_t i = 2; i < 6; ++i) {
    talk.client_says(RppPacket(i, i, flow).request().command_info(2, 4, 200, 1).path_payload(200).bytes());
  }
  ByteString headers = talk.last_packet(Party::client).datagram();
  headers.resize(28);
  for (std::uint16_t i = 2; i < 6; ++i) {
    talk.server_says(RppPacket(i, i, flow).reply(headers).command_info(2, 4, 200, 1).path_payload(200).bytes());
  }
}

/// A point asks another for a flow, gets it on port 3239, and uses it.
void rpp_control_exchange(UdpConversation& talk) {
  talk.client_says(RppPacket(1, 1).request().version(3, 1, 0, 2050).create_flow(3239).bytes());
  ByteString headers = talk.last_packet(Party::client).datagram();
  headers.resize(28);
  talk.server_says(RppPacket(1, 1).reply(headers).version(3, 2, 0, 2101).flow_response(7, 3239).bytes());
  rpp_data(talk, 7);
}

void row_16_rpp_elsewhere(CaseBook& book) {
  for (const std::uint16_t port : {std::uint16_t{3245}, std::uint16_t{3238}}) {
    Capture capture;
    UdpConversation talk(capture, client("10.0.0.5", 51514), server("10.0.0.9", port));
    rpp_data(talk, 7);
    book.add(capture, {.name = "row-16-rpp-on-" + std::to_string(port),
                       .why = "a verified RPP header chain on another port of the range, which nobody announced, is "
                              "consistent",
                       .expect = {"verdict: consistent, service: appneta-rpp, severity: info, proto: UDP, dest_port: " +
                                  std::to_string(port)},
                       .config = port == 3245 ? "{watch: range}" : ""});
  }
  Capture capture;
  UdpConversation talk(capture, kClient, server("10.0.0.9", 3245));
  rpp_data(talk, 7);
  book.add(capture, {.name = "row-16-rpp-outside-the-watch",
                     .why = "the same packets on a port that is not watched are no finding",
                     .expect = {}});
}

void row_30_ssh_of_a_point(CaseBook& book) {
  Capture capture;
  TcpConversation talk(capture, kClient, server("10.4.4.4", 3239));
  talk.handshake().server_says(kSshServerBanner).client_says(kSshClientBanner);
  talk.client_says(ssh_key_exchange_init(21)).server_says(ssh_key_exchange_init(22)).close();
  book.add(capture, {.name = "row-30-ssh-on-a-declared-point",
                     .why = "a declared point excuses RPP, and nothing else on its port",
                     .expect = {"verdict: unexpected, service: ssh, severity: high, dest_port: 3239, proto: TCP"},
                     .config = "{assets: {appneta-point: [10.4.4.4]}}"});
}

void row_29_exceptions(CaseBook& book) {
  const auto ssh = [&book](const std::string& name, const std::string& why, std::chrono::nanoseconds start,
                           const std::string& address, bool log_expected, const std::vector<std::string>& expect) {
    Capture capture(start);
    TcpConversation talk(capture, kClient, server(address, 3238));
    talk.handshake().server_says(kSshServerBanner).client_says(kSshClientBanner);
    talk.client_says(ssh_key_exchange_init(21)).server_says(ssh_key_exchange_init(22)).close();
    book.add(capture,
             {.name = name,
              .why = why,
              .expect = expect,
              .config = std::string("{log-expected: ") + (log_expected ? "true" : "false") +
                        ", exceptions: [{port: 3238/tcp, service: ssh, hosts: [10.0.0.0/24], until: 2027-01-01, "
                        "why: lab}]}"});
  };
  constexpr std::chrono::nanoseconds kAfterNewYear = 1'801'476'000s;  // 2027-02-01 10:00:00 UTC
  const std::string unexpected = "verdict: unexpected, service: ssh, dest_port: 3238";
  ssh("row-29-exception", "a service that an exception allows is expected", kCaptureStart, "10.0.0.9", true,
      {"verdict: expected, service: ssh, severity: none, exception: lab, dest_port: 3238"});
  ssh("row-29-exception-not-logged", "what is expected is logged only on request", kCaptureStart, "10.0.0.9", false,
      {});
  ssh("row-29-exception-expired", "an exception ends by the time of the packets", kAfterNewYear, "10.0.0.9", true,
      {unexpected});
  ssh("row-29-exception-for-other-hosts", "an exception holds for the responders that it names", kCaptureStart,
      "10.0.8.9", true, {unexpected});
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(http_request()).server_says(http_response()).close();
    book.add(capture, {.name = "row-29-exception-for-another-service",
                       .why = "an exception allows one service, not the port",
                       .expect = {"verdict: unexpected, service: http, dest_port: 3238"},
                       .config = "{log-expected: true, exceptions: [{port: 3238/tcp, service: ssh, why: lab}]}"});
  }
}

void row_30_rpp_control(CaseBook& book) {
  const auto rpp = [&book](const std::string& name, const std::string& why, const std::string& assets,
                           const std::string& expect) {
    Capture capture;
    UdpConversation talk(capture, kClient, server("10.0.0.9", 3239));
    rpp_control_exchange(talk);
    book.add(capture, {.name = name,
                       .why = why,
                       .expect = {expect + ", service: appneta-rpp, dest_port: 3239, proto: UDP"},
                       .config = "{log-expected: true" + assets + "}"});
  };
  const std::string expected = "verdict: expected, severity: none";
  rpp("row-30-rpp-no-point-declared", "RPP on its own port is expected where no points are declared", "", expected);
  rpp("row-30-rpp-between-strangers", "RPP between hosts of which none is a declared point may be forged",
      ", assets: {appneta-point: [10.9.9.9]}", "verdict: unexpected, severity: high");
  rpp("row-30-rpp-to-a-point", "RPP to a declared point is expected", ", assets: {appneta-point: [10.0.0.9]}",
      expected);
  rpp("row-30-rpp-from-a-point", "RPP from a declared point is expected", ", assets: {appneta-point: [10.0.0.0/29]}",
      expected);
}

void row_31_rtp_without_call(CaseBook& book) {
  Capture capture;
  UdpConversation talk(capture, client("10.0.0.5", 16384), kServer);
  for (std::uint16_t i = 0; i < 50; ++i) {
    talk.client_says(rtp_packet(static_cast<std::uint16_t>(4000 + i), 90000U + 160U * i, 0x31AA31AA));
    talk.server_says(rtp_packet(static_cast<std::uint16_t>(65520 + i), 5000U + 160U * i, 0x7BCD0031)).after(19ms);
  }
  book.add(capture, {.name = "row-31-rtp-without-a-call",
                     .why = "a media stream between two hosts without a call is unexpected",
                     .expect = {"verdict: unexpected, service: rtp, severity: high, dest_port: 3238, proto: UDP, "
                                "role_basis: first-packet"}});
}

void row_35_framehawk_over_tcp(CaseBook& book) {
  const std::string config = "{assets: {citrix-vda: [10.0.0.9]}}";
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(unnamed_bytes(5000, 351)).server_says(unnamed_bytes(5000, 352)).close();
    book.add(capture, {.name = "row-35-unnamed-tcp-to-a-vda",
                       .why = "Framehawk is UDP, so it excuses no TCP connection to a declared VDA",
                       .expect = {"verdict: unrecognized, severity: medium, dest_port: 3238, proto: TCP"},
                       .config = config});
  }
  {
    Capture capture;
    TcpConversation talk(capture, kClient, kServer);
    talk.handshake().client_says(tls_client_hello()).server_says(tls_server_flight()).close();
    book.add(capture, {.name = "row-35-tls-to-a-vda",
                       .why = "a named service over TCP is as unexpected on a declared VDA as anywhere",
                       .expect = {"verdict: unexpected, service: tls, severity: high, dest_port: 3238, proto: TCP"},
                       .config = config});
  }
}

}  // namespace

void add_policy_cases(CaseBook& book) {
  row_16_rpp_elsewhere(book);
  row_29_exceptions(book);
  row_30_ssh_of_a_point(book);
  row_30_rpp_control(book);
  row_31_rtp_without_call(book);
  row_35_framehawk_over_tcp(book);
}

}  // namespace ghostport::cases
