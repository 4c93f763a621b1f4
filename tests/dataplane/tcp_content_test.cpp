// What hosts say to hide what they speak: headers, lines and junk in front, cuts, pauses, two protocols on two sides.
#include <gtest/gtest.h>

#include "tests/dataplane/tcp_wire.h"

namespace ghostport {
namespace tcp_content_test {

using namespace packets;
using namespace std::chrono_literals;

constexpr Party kClient = Party::client;
constexpr Party kServer = Party::server;
const std::string kGet = "GET /hidden HTTP/1.1\r\nHost: hidden.example\r\n\r\n";
const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const std::string kBanner = "SSH-2.0-OpenSSH_9.2\r\n";
const std::string kProxyLine = "PROXY TCP4 192.0.2.1 198.51.100.7 51514 443\r\n";
const ByteString kClientHello =
    joined(from_hex("16 0301 002f 01 00002b 0303"), joined(random_bytes(32, 4), from_hex("00 0004 c02f1301 01 00")));
const ByteString kServerHello =
    joined(from_hex("16 0303 002a 02 000026 0303"), joined(random_bytes(32, 5), from_hex("00 c02f 00")));

/// A TLS record of handshake type around each single byte.
ByteString in_records_of_one_byte(const ByteString& record) {
  ByteWriter writer;
  for (std::size_t i = 5; i < record.size(); ++i) writer.u8(22).u16(0x0301).u16(1).u8(record[i]);
  return writer.bytes();
}

const Finding& only_finding(const Seen& seen) {
  static const Finding none{};
  EXPECT_EQ(seen.findings.size(), 1U);
  return seen.findings.empty() ? none : seen.findings.front();
}

TEST(TcpContent, AProxyHeaderCarriesWhatTheServerAnswers) {
  const ByteString binary = joined(from_hex("0d0a0d0a000d0a515549540a 21 11 000c"), ByteString(12, 1));
  for (const ByteString& header : {Data(kProxyLine).bytes, binary}) {
    TcpWire http;
    http.handshake().says(kClient, header).says(kClient, kGet).says(kServer, kAnswer).close();
    Seen seen = http.seen();
    EXPECT_EQ(seen.service, "haproxy-proxy");
    EXPECT_EQ(seen.inner, "http");
    ASSERT_EQ(seen.findings.size(), 2U);
    EXPECT_EQ(service_name(seen.findings[0].detail.service), "haproxy-proxy");
    EXPECT_NE(seen.findings[0].detail.marks & kClaimed, 0);
    EXPECT_TRUE(seen.findings[1].detail.revises);
    EXPECT_EQ(service_name(seen.findings[1].detail.inner), "http");

    TcpWire tls;
    tls.handshake().says(kClient, joined(header, kClientHello)).says(kServer, kServerHello).close();
    seen = tls.seen();
    EXPECT_EQ(seen.service, "haproxy-proxy");
    EXPECT_EQ(seen.inner, "tls");

    TcpWire ssh;  // the server is the first to speak behind it
    ssh.handshake().says(kClient, header).says(kServer, kBanner).says(kClient, kBanner).close();
    EXPECT_EQ(ssh.seen().inner, "ssh");
  }
}

TEST(TcpContent, AProxyHeaderToASilentServerWasAskedForWithWhatFollowsIt) {
  TcpWire wire;
  wire.handshake().says(kClient, kProxyLine).says(kClient, kGet).close();
  const Seen seen = wire.seen();
  const FlowDetail& detail = only_finding(seen).detail;
  EXPECT_EQ(detail.outcome, Outcome::listener);
  EXPECT_EQ(service_name(detail.asked), "haproxy-proxy");
  EXPECT_EQ(service_name(detail.inner), "http");
}

TEST(TcpContent, ATlsHandshakeMayBeCutIntoRecordsOfOneByte) {
  const ByteString hello = in_records_of_one_byte(kClientHello);
  TcpWire silent;
  silent.handshake().says(kClient, hello).close();
  EXPECT_EQ(silent.seen().service, "tls");
  TcpWire answered;
  answered.handshake().says(kClient, hello).says(kServer, in_records_of_one_byte(kServerHello)).close();
  EXPECT_EQ(only_finding(answered.seen()).detail.outcome, Outcome::identified);
  EXPECT_EQ(answered.seen().service, "tls");
}

TEST(TcpContent, ATlsHelloMayFollowAWarningOrHaveTheFormOfVersionTwo) {
  TcpWire alert;
  alert.handshake().says(kClient, joined(from_hex("15 0301 0002 01 00"), kClientHello)).close();
  EXPECT_EQ(alert.seen().service, "tls");
  TcpWire old;
  old.handshake().says(kClient, joined(from_hex("801c 01 0301 0003 0000 0010 00002f"), random_bytes(16, 1))).close();
  EXPECT_EQ(old.seen().service, "tls");
}

TEST(TcpContent, EmptyLinesBeforeARequestAndOtherLinesBeforeASshVersionHideNothing) {
  TcpWire http;
  http.handshake().says(kClient, "\r\n\r\n\n" + kGet).close();
  EXPECT_EQ(http.seen().service, "http");
  TcpWire ssh;
  ssh.handshake()
      .says(kServer, "Authorised use only.\r\n")
      .after(1s)
      .says(kServer, "\r\nGo away.\r\n" + kBanner)
      .close();
  EXPECT_EQ(ssh.seen().service, "ssh");
}

TEST(TcpContent, JunkInFrontIsNeverSilence) {
  for (const std::size_t count : {1U, 16U, 255U, 1024U, 4095U, 4096U, 8192U}) {
    TcpWire wire;
    wire.handshake().says(kClient, ByteString(count, 7)).says(kClient, kGet).says(kServer, "what?\r\n").close();
    EXPECT_EQ(only_finding(wire.seen()).detail.outcome, Outcome::unrecognized) << count;
    TcpWire answered;  // the server understood it
    answered.handshake().says(kClient, ByteString(count, 7)).says(kClient, kGet).says(kServer, kAnswer).close();
    EXPECT_EQ(only_finding(answered.seen()).detail.outcome, Outcome::identified) << count;
  }
}

TEST(TcpContent, OfTwoProtocolsOnTwoSidesTheServersIsNamedAndTheClientsAskedFor) {
  TcpWire wire;
  wire.handshake().says(kClient, kGet).says(kServer, kBanner).close();
  const Seen seen = wire.seen();
  EXPECT_EQ(seen.service, "ssh");
  EXPECT_EQ(service_name(only_finding(seen).detail.asked), "http");
}

TEST(TcpContent, ADecoyBannerOfTheClientDecidesNothingBeforeTheServerSpeaks) {
  TcpWire silent;
  silent.handshake().says(kClient, kBanner).says(kClient, kClientHello).close();
  EXPECT_EQ(silent.seen().service, "ssh");
  EXPECT_EQ(only_finding(silent.seen()).detail.outcome, Outcome::listener);
  TcpWire answered;
  answered.handshake().says(kClient, kBanner).says(kClient, kClientHello).says(kServer, kServerHello).close();
  const Seen seen = answered.seen();
  EXPECT_EQ(seen.service, "tls");
  EXPECT_EQ(service_name(only_finding(seen).detail.asked), "ssh");
}

TEST(TcpContent, PausesHideNothing) {
  TcpWire drip;
  drip.handshake();
  for (const char letter : kGet.substr(0, 24)) drip.says(kClient, std::string(1, letter)).after(50s);
  EXPECT_EQ(drip.says(kServer, kAnswer).seen().service, "http");
  EXPECT_EQ(drip.seen().flows, 1U);
  TcpWire silence;
  silence.handshake().after(400s).says(kClient, kGet).after(400s).says(kServer, kAnswer).close();
  EXPECT_EQ(silence.seen().service, "http");
  EXPECT_EQ(silence.seen().flows, 1U);
}

TEST(TcpContent, AnUpgradeToWebSocketIsStillHttp) {
  TcpWire wire;
  wire.handshake().says(kClient, "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
  wire.says(kServer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
  wire.says(kServer, from_hex("81 05 48656c6c6f")).close();
  EXPECT_EQ(wire.seen().service, "http");
}

}  // namespace tcp_content_test
}  // namespace ghostport
