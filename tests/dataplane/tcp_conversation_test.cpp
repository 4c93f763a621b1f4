// Evasions of docs/evasions.md around the beginning and the end of a TCP conversation, and in what is said: none stops
// the reading, and where receivers differ the record says so.
#include <gtest/gtest.h>

#include "tests/dataplane/tcp_wire.h"

namespace ghostport {
namespace tcp_conversation_test {

using namespace packets;
using namespace std::chrono_literals;

constexpr Party kClient = Party::client;
constexpr Party kServer = Party::server;
const std::string kRequest = "GET /hidden HTTP/1.1\r\nHost: hidden.example\r\n\r\n";
const std::string kStatus = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::uint32_t kFirst = TcpWire::kIsn[0] + 1;  // of the client's bytes
constexpr std::uint32_t kServerFirst = TcpWire::kIsn[1] + 1;

// ---- teardown ----

struct Ending {
  const char* name;
  Party from;
  std::uint8_t flags;
  std::int32_t sequence;        ///< from what that side says next
  std::int32_t acknowledgment;  ///< from what it has heard
  TcpWire::Edit edit;
  bool flagged;
};

const Ending kEndings[] = {
    {"RST with a wrong checksum", kClient, kRst, 0, 0, [](PacketBuilder& p) { p.tcp().checksum = 1; }, true},
    {"RST far ahead", kClient, kRst, 100'000'000, 0, {}, false},
    {"RST far behind", kClient, kRst, -100'000, 0, {}, false},
    {"RST in the window, not exact", kClient, kRst, 10, 0, {}, true},
    {"RST late in the window", kClient, kRst, 5000, 0, {}, true},
    {"RST with TTL 1", kClient, kRst, 0, 0, [](PacketBuilder& p) { p.ipv4().time_to_live = 1; }, true},
    {"RST with an MD5 option", kClient, kRst, 0, 0,
     [](PacketBuilder& p) {
       p.tcp().options = joined({19, 18}, ByteString(16));
     },
     true},
    {"RST with a wrong ACK", kClient, kRst | kAck, 0, 1'000'000, {}, true},
    {"RST with data", kClient, kRst, 0, 0, [](PacketBuilder& p) { p.payload() = ByteString(40, 'R'); }, true},
    {"exact RST", kClient, kRst, 0, 0, {}, true},
    {"RST of the server far ahead", kServer, kRst, 100'000'000, 0, {}, false},
    {"exact RST of the server", kServer, kRst, 0, 0, {}, true},
    {"FIN far ahead", kClient, kFin | kAck, 100'000'000, 0, {}, false},
    {"FIN with a wrong checksum", kClient, kFin | kAck, 0, 0, [](PacketBuilder& p) { p.tcp().checksum = 1; }, true},
    {"FIN in the window", kClient, kFin | kAck, 10, 0, {}, true},
    {"exact FIN", kClient, kFin | kAck, 0, 0, {}, true},
    {"SYN in the window", kClient, kSyn, 100, 0, {}, true},
    {"SYN with another ISN", kClient, kSyn, 500'000'000, 0, {}, false},
};

class TcpEnding : public testing::TestWithParam<Ending> {};
INSTANTIATE_TEST_SUITE_P(Endings, TcpEnding, testing::ValuesIn(kEndings),
                         [](const auto& info) { return "Ending" + std::to_string(info.index); });

TcpWire& ends(TcpWire& wire, std::int32_t said, std::int32_t heard = 0) {
  const Ending& ending = TcpEnding::GetParam();
  const bool client = ending.from == kClient;
  return wire.send(
      ending.from, ending.flags,
      (client ? kFirst : kServerFirst) + static_cast<std::uint32_t>((client ? said : heard) + ending.sequence),
      (client ? kServerFirst : kFirst) + static_cast<std::uint32_t>((client ? heard : said) + ending.acknowledgment),
      {}, ending.edit);
}

TEST_P(TcpEnding, HalfWayThroughARequestStopsNothing) {
  SCOPED_TRACE(GetParam().name);
  TcpWire wire;
  wire.handshake().data(kClient, 0, kRequest.substr(0, 3));
  ends(wire, 3).data(kClient, 3, kRequest.substr(3)).acknowledge(kServer).says(kServer, kStatus).close();
  const Seen seen = wire.seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.flows, 1U);
  EXPECT_EQ(seen.anomalies, GetParam().flagged ? "doubtful-close" : "");
}

TEST_P(TcpEnding, BeforeAnythingIsSaidStopsNothing) {
  SCOPED_TRACE(GetParam().name);
  TcpWire wire;
  wire.handshake();
  ends(wire, 0).says(kClient, kRequest).says(kServer, kStatus).says(kClient, kRequest).close();
  const Seen seen = wire.seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.basis, RoleBasis::syn);
}

TEST_P(TcpEnding, WithNothingBehindItIsPlain) {
  SCOPED_TRACE(GetParam().name);
  TcpWire wire;
  wire.handshake().says(kClient, kRequest);
  const Seen seen = ends(wire, static_cast<std::int32_t>(kRequest.size())).seen();
  EXPECT_EQ(seen.anomalies, "");
}

TEST(TcpClose, OrdinaryEndingsAreNeverFlagged) {
  const auto size = static_cast<std::uint32_t>(kRequest.size());
  const auto unnamed = [&](TcpWire& wire) -> TcpWire& { return wire.handshake().says(kClient, kRequest); };
  {
    TcpWire wire;  // the client resets while the server's answer is under way
    unnamed(wire).send(kClient, kRst, kFirst + size, 0).data(kServer, 0, "?????").data(kServer, 5, "?????");
    EXPECT_EQ(wire.seen().anomalies, "");
  }
  {
    TcpWire wire;  // half-closed: the client has said all, the server goes on
    unnamed(wire).send(kClient, kFin | kAck, kFirst + size, kServerFirst);
    wire.data(kServer, 0, "?????").send(kClient, kAck, kFirst + size + 1, kServerFirst + 5);
    EXPECT_EQ(wire.seen().anomalies, "");
  }
  {
    TcpWire wire;  // the FIN is lost and sent again, with the bytes before it
    unnamed(wire).data(kClient, size, "rest");
    wire.send(kClient, kFin | kAck, kFirst + size + 4, kServerFirst);
    wire.send(kClient, kFin | kAck | kPsh, kFirst + size, kServerFirst, "rest");
    EXPECT_EQ(wire.seen().anomalies, "");
  }
  {
    TcpWire wire;  // a keep-alive with its byte behind the FIN
    unnamed(wire).send(kClient, kFin | kAck, kFirst + size, kServerFirst);
    wire.send(kClient, kAck, kFirst + size, kServerFirst, ByteString{0});
    EXPECT_EQ(wire.seen().anomalies, "");
  }
  {
    TcpWire wire;  // a FIN that was captured before the bytes in front of it
    unnamed(wire).send(kClient, kFin | kAck, kFirst + size + 4, kServerFirst).data(kClient, size, "rest");
    EXPECT_EQ(wire.seen().anomalies, "");
  }
}

TEST(TcpClose, AForgedIcmpErrorStopsNothing) {
  TcpWire wire;
  wire.handshake();
  PacketBuilder quoted;
  TcpHeader header;
  header.source_port = 51514;
  header.destination_port = 3238;
  header.sequence = kFirst;
  quoted.between("10.0.0.9", "10.0.0.5").tcp(header);
  wire.capture().add(icmp_unreachable("10.0.0.5", quoted));
  EXPECT_EQ(wire.says(kClient, kRequest).says(kServer, kStatus).close().seen().service, "http");
}

TEST(TcpClose, AConversationThatGoesOnLongAfterADoubtfulResetIsOneFlow) {
  TcpWire wire;
  wire.handshake().send(kClient, kRst, kFirst, 0).says(kClient, "G").after(100s);
  wire.says(kClient, "ET / HTTP/1.1\r\n\r\n").says(kServer, kStatus);
  const Seen seen = wire.seen();
  EXPECT_EQ(seen.flows, 1U);
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "doubtful-close");
}

// ---- handshake ----

void expect_http(const TcpWire& wire, RoleBasis basis = RoleBasis::syn) {
  const Seen seen = wire.seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "");
  EXPECT_EQ(seen.basis, basis);
  EXPECT_EQ(seen.server_port, 3238);
}

TEST(TcpHandshake, ARepeatedSynMayHaveAnotherIsnAndEitherMayBeAnswered) {
  for (const bool second : {false, true}) {
    TcpWire wire;
    wire.send(kClient, kSyn, second ? 5 : TcpWire::kIsn[0], 0).send(kClient, kSyn, second ? TcpWire::kIsn[0] : 5, 0);
    wire.send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst).acknowledge(kClient);
    expect_http(wire.says(kClient, kRequest).close());
  }
}

TEST(TcpHandshake, ASynMayHaveAnAckValueWithoutTheBit) {
  TcpWire wire;
  wire.send(kClient, kSyn, TcpWire::kIsn[0], 0x12345678).send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst);
  expect_http(wire.acknowledge(kClient).says(kClient, kRequest).close());
}

TEST(TcpHandshake, OfTwoSynAcksTheClientTakesOne) {
  for (const bool second : {false, true}) {
    TcpWire wire;
    wire.send(kClient, kSyn, TcpWire::kIsn[0], 0);
    wire.send(kServer, kSyn | kAck, second ? 77 : TcpWire::kIsn[1], kFirst);
    wire.send(kServer, kSyn | kAck, second ? TcpWire::kIsn[1] : 77, kFirst).acknowledge(kClient);
    expect_http(wire.says(kClient, kRequest).says(kServer, kStatus).close());
  }
}

TEST(TcpHandshake, DataOnTheSynThatIsRefusedIsForgottenAndThatIsTakenCounts) {
  {
    TcpWire wire;
    wire.send(kClient, kSyn, TcpWire::kIsn[0], 0, std::string(kRequest.size(), 'J'));
    wire.send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst).acknowledge(kClient);
    expect_http(wire.says(kClient, kRequest).close());
  }
  {
    TcpWire wire;
    wire.send(kClient, kSyn, TcpWire::kIsn[0], 0, kRequest);
    wire.send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst + static_cast<std::uint32_t>(kRequest.size()));
    expect_http(wire.send(kClient, kAck, kFirst + static_cast<std::uint32_t>(kRequest.size()), kServerFirst));
  }
}

TEST(TcpHandshake, DataMayComeOnTheThirdAck) {
  TcpWire wire;
  wire.send(kClient, kSyn, TcpWire::kIsn[0], 0).send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst);
  expect_http(wire.says(kClient, kRequest).close());
}

TEST(TcpHandshake, BothMayOpenAtOnce) {
  TcpWire wire;
  wire.send(kClient, kSyn, TcpWire::kIsn[0], 0).send(kServer, kSyn, TcpWire::kIsn[1], 0);
  wire.send(kClient, kSyn | kAck, TcpWire::kIsn[0], kServerFirst);
  wire.send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst);
  expect_http(wire.says(kClient, kRequest).close());
}

TEST(TcpHandshake, TheServerMaySplitItsAnswer) {
  for (const bool acknowledges_first : {false, true}) {  // five packets, or four
    TcpWire wire;
    wire.send(kClient, kSyn, TcpWire::kIsn[0], 0);
    if (acknowledges_first) wire.send(kServer, kAck, 0x1234, kFirst);
    wire.send(kServer, kSyn, TcpWire::kIsn[1], 0);
    wire.send(kClient, kSyn | kAck, TcpWire::kIsn[0], kServerFirst).send(kServer, kAck, kServerFirst, kFirst);
    expect_http(wire.says(kClient, kRequest).close());
  }
}

TEST(TcpHandshake, TheSplitAnswerOfFivePacketsMayBeAcknowledgedFirst) {
  TcpWire wire;
  wire.send(kClient, kSyn, TcpWire::kIsn[0], 0).send(kServer, kAck, 0, kFirst);
  wire.send(kServer, kSyn, TcpWire::kIsn[1], 0).send(kClient, kSyn | kAck, TcpWire::kIsn[0], kServerFirst);
  wire.send(kServer, kAck, kServerFirst, kFirst).acknowledge(kClient);
  expect_http(wire.says(kClient, kRequest).says(kServer, kStatus).close());
}

TEST(TcpHandshake, ASynAckOfTheClientDoesNotTurnTheRolesAround) {
  for (const bool reset : {false, true}) {
    TcpWire wire;
    wire.send(kClient, kSyn | kAck, 4711, 815);
    if (reset) wire.send(kServer, kRst, 815, 0);
    wire.handshake();
    expect_http(wire.says(kClient, kRequest).says(kServer, kStatus).close());
  }
}

TEST(TcpHandshake, ASynMayBearAFin) {
  TcpWire wire;
  wire.send(kClient, kSyn | kFin, TcpWire::kIsn[0], 0).send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst);
  expect_http(wire.acknowledge(kClient).says(kClient, kRequest).close());
}

TEST(TcpHandshake, ATupleMayBeUsedAgainAfterAResetOrBothFins) {
  for (const bool reset : {false, true}) {
    TcpWire wire;
    wire.send(kClient, kSyn, 50, 0).send(kServer, kSyn | kAck, 60, 51).send(kClient, kAck, 51, 61);
    if (reset) {
      wire.send(kClient, kRst, 51, 0);
    } else {
      wire.send(kClient, kFin | kAck, 51, 61).send(kServer, kFin | kAck, 61, 52).send(kClient, kAck, 52, 62);
    }
    wire.handshake();
    expect_http(wire.says(kClient, kRequest).says(kServer, kStatus).close());
    EXPECT_EQ(wire.seen().flows, 2U);
  }
}

TEST(TcpHandshake, MayBeMissing) {
  TcpWire wire;
  expect_http(wire.says(kClient, kRequest).says(kServer, kStatus).close(), RoleBasis::payload);
}

TEST(TcpHandshake, OneSideAloneIsRead) {
  TcpWire client;
  client.send(kClient, kSyn, TcpWire::kIsn[0], 0).acknowledge(kClient).data(kClient, 0, kRequest);
  expect_http(client);
  TcpWire server;
  server.send(kServer, kSyn | kAck, TcpWire::kIsn[1], kFirst).data(kServer, 0, kStatus);
  expect_http(server, RoleBasis::syn_ack);
}

TEST(TcpHandshake, AWindowScaleOfFifteenIsFourteen) {
  TcpWire wire;
  wire.each([](PacketBuilder& p) {
    if ((p.tcp().flags & kSyn) != 0) p.tcp().options = {3, 3, 15, 1};
    p.tcp().window = 1;
  });
  expect_http(wire.handshake().says(kClient, kRequest).says(kServer, kStatus).close());
}

TEST(TcpHandshake, FloodsOfSynsAndSynAcksOnOneTupleCostNoMoreThanTheirPackets) {
  TcpWire wire;
  wire.handshake();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    wire.send(kClient, kSyn, 1000 * i, 0).send(kServer, kSyn | kAck, 2000 * i, 1000 * i + 1);
  }
  wire.says(kClient, kRequest).says(kServer, kStatus);
  const Seen seen = wire.close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.flows, 1U);
  EXPECT_LE(seen.scans, 20U);
}

TEST(TcpHandshake, AFloodOfSynsBeforeTheTrueOneHidesNothing) {
  TcpWire wire;
  for (std::uint32_t i = 0; i < 100; ++i) wire.send(kClient, kSyn, 1000 * i, 0);
  expect_http(wire.handshake().says(kClient, kRequest).says(kServer, kStatus).close());
}

// ---- bounded work ----

TEST(TcpWork, SegmentsOfOneByteAreScannedALimitedNumberOfTimes) {
  for (const std::int64_t step : {1, 2}) {  // in a row, or at every second byte and then the others
    TcpWire wire;
    wire.handshake();
    for (std::int64_t first = 0; first < step; ++first) {
      for (std::int64_t at = first; at < 4096; at += step) wire.data(kClient, at, "J", [](PacketBuilder&) {});
    }
    EXPECT_LE(wire.seen().scans, 60U) << step;
  }
}

TEST(TcpWork, ContradictionsAreScannedALimitedNumberOfTimes) {
  TcpWire wire;
  wire.handshake();
  for (int i = 0; i < 3000; ++i) {
    const std::string bytes(10, static_cast<char>('A' + i % 26));
    wire.data(kClient, i % 7, bytes, [&](PacketBuilder& p) { p.ipv4().time_to_live = i % 2 == 0 ? 1 : 64; });
  }
  EXPECT_LE(wire.seen().scans, 80U);
}

}  // namespace tcp_conversation_test
}  // namespace ghostport
