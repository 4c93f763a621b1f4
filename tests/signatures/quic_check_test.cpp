#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace quic_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

struct Long {
  unsigned first = 0xC0;
  unsigned version = 1;
  std::size_t destination = 8;
  std::size_t source = 0;
  std::size_t token = 0;
  std::size_t size = 1200;  // of the datagram
  std::ptrdiff_t error = 0;
  bool has_token = true;
};

ByteString packet(const Long& header) {
  ByteWriter writer;
  writer.u8(header.first).u32(header.version).counted(1, random_bytes(header.destination, 1));
  writer.counted(1, random_bytes(header.source, 2));
  if (header.has_token) writer.counted(1, random_bytes(header.token, 3));
  const std::size_t rest = header.size - writer.size() - 2;
  writer.u16(0x4000 | static_cast<std::size_t>(static_cast<std::ptrdiff_t>(rest) + header.error));
  return writer.add(random_bytes(rest, 4)).bytes();
}

CheckState said(const ByteString& bytes, Side side) { return ask(check_named("quic-long"), side, bytes); }
CheckState client(const Long& header) { return said(packet(header), Side::client); }
CheckState server(const Long& header) { return said(packet(header), Side::server); }

TEST(QuicCheck, AnInitialOfAClientFillsItsDatagram) {
  EXPECT_EQ(client({}), kYes);
  EXPECT_EQ(client({.token = 40}), kYes);
  EXPECT_EQ(client({.destination = 20, .source = 20}), kYes);
  EXPECT_EQ(client({.version = 0xFF00001D}), kYes);
  EXPECT_EQ(client({.version = 0x0A1A2A3A}), kYes) << "asks for Version Negotiation";
  EXPECT_EQ(client({.first = 0xD0, .version = 0x6B3343CF}), kYes) << "version 2";
  EXPECT_EQ(client({.version = 2}), kNo);
  EXPECT_EQ(client({.first = 0x80}), kNo) << "the fixed bit";
  EXPECT_EQ(client({.first = 0x40}), kNo) << "a short header";
  EXPECT_EQ(client({.destination = 21}), kNo);
  EXPECT_EQ(client({.source = 21}), kNo);
  EXPECT_EQ(client({.size = 1199}), kNo);
  EXPECT_EQ(client({.error = 1}), kNo) << "longer than the datagram";
  EXPECT_EQ(client({.error = -1180}), kNo) << "shorter than a sealed packet";
  EXPECT_EQ(client({.first = 0xE0, .size = 100, .has_token = false}), kYes) << "Handshake";
  EXPECT_EQ(client({.first = 0xF0}), kNo) << "Retry is the server's";
  EXPECT_EQ(client({.first = 0xD0, .version = 0x0A1A2A3A, .has_token = false}), kNo) << "0-RTT of a reserved version";
}

TEST(QuicCheck, AServerMayBeShortAndGreaseTheFixedBit) {
  EXPECT_EQ(server({.size = 80}), kYes);
  EXPECT_EQ(server({.first = 0x80, .size = 80}), kYes);
  EXPECT_EQ(server({.first = 0xF0, .size = 80}), kYes) << "Retry";
  EXPECT_EQ(server({.version = 0x0A1A2A3A}), kNo);
}

TEST(QuicCheck, WhatFollowsIsAnotherPacketOrPadding) {
  const ByteString handshake = packet({.first = 0xE0, .size = 60, .has_token = false});
  EXPECT_EQ(said(joined(handshake, packet({.first = 0xE0, .size = 60, .has_token = false})), Side::server), kYes);
  EXPECT_EQ(said(joined(handshake, from_hex("40 616263")), Side::server), kYes);
  EXPECT_EQ(said(joined(handshake, ByteString(20, 0)), Side::server), kYes);
  EXPECT_EQ(said(joined(handshake, from_hex("E0 00000002 0000")), Side::server), kNo) << "another version";
}

TEST(QuicCheck, VersionNegotiationOffersAKnownVersion) {
  const auto offer = [](std::string_view versions, Side side = Side::server) {
    return said(joined(from_hex("80 00000000 00 08 0102030405060708"), from_hex(versions)), side);
  };
  EXPECT_EQ(offer("1A2A3A4A 00000001"), kYes);
  EXPECT_EQ(offer("51303433"), kYes);
  EXPECT_EQ(offer("1A2A3A4A"), kNo);
  EXPECT_EQ(offer("00000001 00"), kNo);
  EXPECT_EQ(offer("00000001 00000000"), kNo);
  EXPECT_EQ(offer(""), kNo);
  EXPECT_EQ(offer("00000001", Side::client), kNo);
  EXPECT_EQ(said(from_hex("80 00000000 50 0102030405060708 51303436"), Side::server), kYes) << "the older form";
}

TEST(QuicCheck, GooglesVersionsHaveOneIdentifier) {
  const auto google = [](std::string_view head, std::size_t size) {
    ByteString bytes = from_hex(head);
    bytes.resize(size, 'a');
    return bytes;
  };
  EXPECT_EQ(said(google("C3 51303436 50", 1350), Side::client), kYes);
  EXPECT_EQ(said(google("C3 51303436 50", 1199), Side::client), kNo);
  EXPECT_EQ(said(google("C3 51303436 05", 1350), Side::client), kNo);
  EXPECT_EQ(said(google("C3 51303436 05", 36), Side::server), kYes);
  EXPECT_EQ(said(google("83 51303436 05", 36), Side::server), kNo);
  EXPECT_EQ(said(google("C3 51303436 05", 29), Side::server), kNo);
}

TEST(QuicCheck, NeverReadsPastACutDatagram) {
  const ByteString bytes = packet({.token = 40});
  const std::vector<Change> cut{{0, kNo}, {1200, kYes}};
  EXPECT_EQ(changes(check_named("quic-long"), Side::client, bytes), cut);
}

}  // namespace quic_check
}  // namespace ghostport
