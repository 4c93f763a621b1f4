// Evasions of docs/evasions.md that put bytes into a stream, or take them out of it: each must leave the service named,
// and a record that says where receivers differ.
#include <gtest/gtest.h>

#include "tests/dataplane/tcp_wire.h"

namespace ghostport {
namespace tcp_insertion_test {

using namespace packets;

constexpr Party kClient = Party::client;
constexpr Party kServer = Party::server;
const std::string kRequest = "GET /hidden HTTP/1.1\r\nHost: hidden.example\r\n\r\n";
const std::string kJunk(kRequest.size(), 'J');
const std::string kDecoy = "SSH-2.0-" + std::string(kRequest.size() - 8, 'd');  // what a signature names

ByteString time_stamp(std::uint32_t value) { return ByteWriter().u8(1).u8(1).u8(8).u8(10).u32(value).u32(0).bytes(); }

struct Insertion {
  const char* name;
  TcpWire::Edit spoils;  ///< what makes the decoy one
  const char* anomalies;
};

const Insertion kInsertions[] = {
    {"wrong TCP checksum", [](PacketBuilder& p) { p.tcp().checksum = 0xDEAD; }, ""},
    {"wrong IP checksum", [](PacketBuilder& p) { p.ipv4().checksum = 0xDEAD; }, ""},
    {"no ACK flag", [](PacketBuilder& p) { p.tcp().flags = kPsh; }, ""},
    {"no flag", [](PacketBuilder& p) { p.tcp().flags = 0; }, ""},
    {"FIN, PSH, URG without ACK", [](PacketBuilder& p) { p.tcp().flags = kFin | kPsh | kUrg; }, ""},
    {"data offset of 4 words", [](PacketBuilder& p) { p.tcp().header_words = 4; }, ""},
    {"data offset beyond the segment", [](PacketBuilder& p) { p.tcp().header_words = 15, p.payload().resize(30); }, ""},
    {"MD5 option",
     [](PacketBuilder& p) {
       p.tcp().options = joined({19, 18}, ByteString(16));
     },
     "doubtful-segments"},
    {"authentication option",
     [](PacketBuilder& p) {
       p.tcp().options = {29, 4, 1, 1};
     },
     "doubtful-segments"},
    {"ACK far in the past", [](PacketBuilder& p) { p.tcp().acknowledgment -= 100'000; }, "doubtful-segments"},
    {"ACK of what was never sent", [](PacketBuilder& p) { p.tcp().acknowledgment += 50'000; }, "doubtful-segments"},
    {"ACK far beyond", [](PacketBuilder& p) { p.tcp().acknowledgment += 100'000'000; }, "doubtful-segments"},
    {"IP version 5", [](PacketBuilder& p) { p.ipv4().version = 5; }, ""},
    {"TTL 1", [](PacketBuilder& p) { p.ipv4().time_to_live = 1; }, "doubtful-segments"},
    {"TTL 10", [](PacketBuilder& p) { p.ipv4().time_to_live = 10; }, "doubtful-segments"},
    {"another MAC address", [](PacketBuilder& p) { p.ethernet().destination[5] ^= 0x55; }, "doubtful-segments"},
};

class TcpInsertion : public testing::TestWithParam<Insertion> {};
INSTANTIATE_TEST_SUITE_P(Decoys, TcpInsertion, testing::ValuesIn(kInsertions),
                         [](const auto& info) { return "Decoy" + std::to_string(info.index); });

TEST_P(TcpInsertion, ADecoyBeforeTheTrueBytesHidesNothing) {
  SCOPED_TRACE(GetParam().name);
  for (const std::string& decoy : {kJunk, kDecoy}) {
    TcpWire wire;
    wire.handshake().data(kClient, 0, decoy, GetParam().spoils).says(kClient, kRequest).close();
    const Seen seen = wire.seen();
    EXPECT_EQ(seen.service, "http");
    EXPECT_EQ(seen.anomalies, GetParam().anomalies);
    EXPECT_EQ(seen.basis, RoleBasis::syn);
  }
}

TEST_P(TcpInsertion, ADecoyBehindTheTrueBytesHidesNothing) {
  SCOPED_TRACE(GetParam().name);
  TcpWire wire;
  wire.handshake().data(kClient, 0, kRequest.substr(0, 10)).data(kClient, 0, kJunk.substr(0, 10), GetParam().spoils);
  wire.data(kClient, 10, kRequest.substr(10)).acknowledge(kServer).close();
  const Seen seen = wire.seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, GetParam().anomalies);
}

TEST_P(TcpInsertion, DecoysBetweenBytesHideNothing) {
  SCOPED_TRACE(GetParam().name);
  TcpWire wire;
  wire.handshake();
  for (std::size_t i = 0; i < kRequest.size(); ++i) {
    wire.data(kClient, static_cast<std::int64_t>(i), "J", GetParam().spoils);
    wire.says(kClient, kRequest.substr(i, 1));
  }
  const Seen seen = wire.close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_LE(seen.scans, 100U);
}

TEST_P(TcpInsertion, WhatTheReceiverTookIsNamedWhateverSpokeAgainstIt) {
  SCOPED_TRACE(GetParam().name);
  TcpWire wire;
  wire.handshake().data(kClient, 0, kRequest, GetParam().spoils);
  wire.send(kServer, kAck, TcpWire::at(kServer, 0), TcpWire::at(kClient, static_cast<int>(kRequest.size())));
  const Seen seen = wire.seen();
  // Without ACK, or with a header that cannot be read, it is no payload for anybody.
  const bool readable = seen.service == "http";
  EXPECT_EQ(readable, GetParam().anomalies[0] != '\0' || std::string_view(GetParam().name).ends_with("checksum"));
}

// Decoys that need a conversation of their own kind.

TEST(TcpInsertionOf, AnOldTimeStampHidesNothing) {
  for (const std::uint32_t behind : {1U, 2U, 1000U, 0x7FFF0000U}) {
    TcpWire wire;
    std::uint32_t clock = 5'000'000;
    wire.each([&](PacketBuilder& p) { p.tcp().options = time_stamp(clock++); });
    wire.handshake().data(kClient, 0, kDecoy,
                          [&](PacketBuilder& p) { p.tcp().options = time_stamp(5'000'002 - behind); });
    const Seen seen = wire.says(kClient, kRequest).close().seen();
    EXPECT_EQ(seen.service, "http");
    EXPECT_EQ(seen.anomalies, "doubtful-segments");
  }
}

TEST(TcpInsertionOf, ASegmentWithoutTheAgreedTimeStampHidesNothing) {
  TcpWire wire;
  wire.each([](PacketBuilder& p) { p.tcp().options = time_stamp(77); });
  wire.handshake().data(kClient, 0, kDecoy, [](PacketBuilder& p) { p.tcp().options.clear(); });
  const Seen seen = wire.says(kClient, kRequest).close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "doubtful-segments");
}

TEST(TcpInsertionOf, TimeStampsOfReorderedSegmentsAreNotHeldAgainstThem) {
  TcpWire wire;
  wire.each([](PacketBuilder& p) { p.tcp().options = time_stamp(100); });
  wire.handshake();
  const auto stamped = [](std::uint32_t value) {
    return [value](PacketBuilder& p) { p.tcp().options = time_stamp(value); };
  };
  wire.data(kClient, 20, kRequest.substr(20), stamped(140)).data(kClient, 0, kRequest.substr(0, 20), stamped(120));
  const Seen seen = wire.close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "");
}

TEST(TcpInsertionOf, AnOutOfWindowDecoyHidesNothing) {
  TcpWire wire;
  wire.each([](PacketBuilder& p) { p.tcp().window = 500; }).handshake();
  wire.data(kClient, 600, kDecoy, [](PacketBuilder&) {}).data(kClient, 100'000, kJunk, [](PacketBuilder&) {});
  const Seen seen = wire.says(kClient, kRequest).close().seen();
  EXPECT_EQ(seen.service, "http");
}

TEST(TcpInsertionOf, ARefusedProbeOfAClosedWindowIsReplacedAndFlagged) {
  TcpWire wire;
  wire.each([](PacketBuilder& p) { p.tcp().window = 0; }).handshake();
  wire.data(kClient, 0, "J", [](PacketBuilder&) {});
  wire.acknowledge(kServer).each([](PacketBuilder& p) { p.tcp().window = 8000; }).acknowledge(kServer);
  const Seen seen = wire.says(kClient, kRequest).close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "doubtful-segments");
}

TEST(TcpInsertionOf, BytesBeforeTheStreamAreCutOff) {
  TcpWire wire;
  wire.handshake().data(kClient, -10, std::string(10, 'J') + kRequest).acknowledge(kServer);
  const Seen seen = wire.close().seen();
  EXPECT_EQ(seen.service, "http");
}

TEST(TcpInsertionOf, AWrongChecksumBeforeTheFirstRightOneIsADecoyToo) {
  TcpWire wire;  // joined midway: nothing right has been seen of the client
  wire.data(kClient, 0, kDecoy, [](PacketBuilder& p) { p.tcp().checksum = 0xDEAD; });
  const Seen seen = wire.says(kClient, kRequest).says(kServer, "?\r\n").close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "");
}

TEST(TcpInsertionOf, EthernetPaddingIsNoPayload) {
  TcpWire wire;
  wire.handshake().each([](PacketBuilder& p) { p.ethernet().minimum_frame = 60; }).acknowledge(kClient);
  const Seen seen = wire.says(kClient, kRequest).close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "");
}

TEST(TcpInsertionOf, ADecoyThatFillsTheHeadDoesNotEndTheReading) {
  TcpWire wire;
  wire.handshake();
  for (std::int64_t at = 0; at < 8192; at += 1024) {
    wire.data(kClient, at, std::string(1024, 'J'), [](PacketBuilder& p) { p.ipv4().time_to_live = 1; });
    wire.data(kServer, at, std::string(1024, 'J'), [](PacketBuilder& p) { p.tcp().checksum = 0xDEAD; });
  }
  for (std::size_t i = 0; i < kRequest.size(); ++i) wire.says(kClient, kRequest.substr(i, 1));
  EXPECT_EQ(wire.close().seen().service, "http");
}

// ---- urgent data ----

TcpWire::Edit urgent(std::uint16_t pointer) {
  return [pointer](PacketBuilder& p) {
    p.tcp().flags |= kUrg;
    p.tcp().urgent_pointer = pointer;
  };
}

TEST(TcpUrgent, AByteThatStaysInTheStreamIsNamedAndFlagged) {
  TcpWire wire;
  wire.handshake().says(kClient, kRequest.substr(0, 20)).data(kClient, 20, kRequest.substr(20), urgent(1));
  const Seen seen = wire.close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "urgent-data");
}

TEST(TcpUrgent, AByteThatTheReceiverTakesOutIsLeftOutToo) {
  for (const std::size_t place : {0U, 1U, 3U, 8U, 12U, 17U}) {
    std::string stuffed = kRequest;
    stuffed.insert(place, "\x01");
    TcpWire wire;
    wire.handshake().data(kClient, 0, stuffed, urgent(static_cast<std::uint16_t>(place + 1)));
    const Seen seen = wire.close().seen();
    EXPECT_EQ(seen.service, "http") << place;
    EXPECT_EQ(seen.anomalies, "urgent-data");
  }
}

TEST(TcpUrgent, EveryOtherByteMayBeOne) {
  TcpWire wire;
  wire.handshake();
  const std::string banner = "SSH-2.0-OpenSSH_9.2\r\n";
  for (std::size_t i = 0; i < banner.size(); ++i) {
    const std::string pair{'\x01', banner[i]};
    wire.data(kServer, static_cast<std::int64_t>(2 * i), pair, urgent(1));
  }
  const Seen seen = wire.close().seen();
  EXPECT_EQ(seen.service, "ssh");
  EXPECT_EQ(seen.anomalies, "urgent-data");
}

TEST(TcpUrgent, APointerIntoTheNextSegmentIsKept) {
  TcpWire wire;
  wire.handshake().data(kClient, 0, kRequest.substr(0, 2), urgent(3)).data(kClient, 2, "\x01" + kRequest.substr(2));
  EXPECT_EQ(wire.close().seen().service, "http");
}

}  // namespace tcp_insertion_test
}  // namespace ghostport
