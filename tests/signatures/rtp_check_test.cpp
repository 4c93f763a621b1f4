#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace rtp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;
constexpr std::uint32_t kSource = 0x5A170033;

ByteString packet(unsigned sequence, unsigned timestamp, std::uint32_t source = kSource, unsigned type = 0,
                  unsigned first = 0x80) {
  return ByteWriter()
      .u8(first)
      .u8(type)
      .u16(sequence & 0xFFFF)
      .u32(timestamp)
      .u32(source)
      .add(ByteString(20, 0x55))
      .bytes();
}

std::vector<ByteString> train(std::initializer_list<unsigned> sequences) {
  std::vector<ByteString> result;
  for (const unsigned sequence : sequences) result.push_back(packet(sequence, sequence * 160));
  return result;
}

CheckState state(const std::vector<ByteString>& datagrams, bool complete = false) {
  return ask(check_named("rtp"), datagrams, complete);
}

TEST(RtpCheck, NeedsThreePacketsInARow) {
  EXPECT_EQ(state(train({7})), kMore);
  EXPECT_EQ(state(train({7, 8})), kMore);
  EXPECT_EQ(state(train({7, 8}), true), kNo);
  EXPECT_EQ(state(train({7, 8, 9})), kYes);
  EXPECT_EQ(state(train({65534, 65535, 0})), kYes);
  EXPECT_EQ(state(train({7, 7, 7})), kMore) << "the same packet again";
  EXPECT_EQ(state(train({7, 9, 11, 13})), kMore) << "a field that merely grows";
  EXPECT_EQ(state(train({7, 8, 5000, 5001})), kMore) << "a jump starts anew";
}

TEST(RtpCheck, ProvesTheHeadersInARow) {
  EXPECT_EQ(check_named("rtp")(Said::train(train({7, 8, 9, 10})).payload(false), Side::client).proven, 4U * 12);
}

TEST(RtpCheck, ForgivesLossDisorderAndDuplicates) {
  EXPECT_EQ(state(train({7, 8, 11, 12})), kYes);
  EXPECT_EQ(state(train({7, 8, 6, 9})), kYes);
  EXPECT_EQ(state(train({7, 7, 8, 8, 9, 9})), kYes);
}

TEST(RtpCheck, DisorderHasItsBounds) {
  EXPECT_EQ(state(train({200, 201, 101, 202})), kYes) << "100 back";
  EXPECT_EQ(state(train({200, 201, 100, 202})), kMore) << "101 back is a new start";
  EXPECT_EQ(state(train({1, 2, 3002, 3003})), kYes) << "2,999 lost";
  EXPECT_EQ(state(train({1, 2, 3003, 3004})), kMore);
}

TEST(RtpCheck, SkipsOtherSourcesAndProtocolsBetweenThePackets) {
  const ByteString stun = from_hex("0001 0000 2112a442 000102030405060708090a0b");
  const ByteString report = from_hex("80c8 0006 5a170033 0000000000000000 00000000 00000000 00000000");
  EXPECT_EQ(state({stun, packet(1, 160), packet(9, 0, 77), report, packet(2, 320), packet(10, 0, 77), packet(3, 480)}),
            kYes);
  EXPECT_EQ(state({packet(1, 160), packet(2, 320), packet(3, 480), stun}), kNo) << "the newest is no RTP";
  EXPECT_EQ(state({packet(1, 0, 1), packet(2, 0, 2), packet(3, 0, 3)}), kMore);
}

TEST(RtpCheck, TimestampsStayNear) {
  EXPECT_EQ(state({packet(1, 0xFFFFFFF0), packet(2, 0x90), packet(3, 0x130)}), kYes) << "wraps";
  EXPECT_EQ(state({packet(1, 0), packet(2, 0x40000000), packet(3, 0x80000000)}), kMore);
  EXPECT_EQ(state({packet(1, 0), packet(2, 0x0FFFFFFF), packet(3, 0)}), kYes) << "forward, and back";
  EXPECT_EQ(state({packet(1, 0), packet(2, 0x10000000), packet(3, 0x10000000)}), kMore);
  EXPECT_EQ(state({packet(1, 0x10000000), packet(2, 0), packet(3, 0)}), kMore);
}

TEST(RtpCheck, HeadersMustHold) {
  const auto three = [](unsigned first, unsigned type, std::uint32_t source = kSource) {
    return state(
        {packet(1, 0, source, type, first), packet(2, 0, source, type, first), packet(3, 0, source, type, first)});
  };
  EXPECT_EQ(three(0x80, 0x22), kYes);
  EXPECT_EQ(three(0x80, 0xE0), kYes) << "marked, dynamic";
  EXPECT_EQ(three(0x82, 0), kYes) << "two contributing sources";
  EXPECT_EQ(three(0x80, 35), kNo);
  EXPECT_EQ(three(0x80, 72), kNo);
  EXPECT_EQ(three(0x80, 95), kNo);
  EXPECT_EQ(three(0x40, 0), kNo) << "version 1";
  EXPECT_EQ(three(0x86, 0), kNo) << "more contributing sources than bytes";
  EXPECT_EQ(three(0x90, 0), kNo) << "an extension past the end";
  EXPECT_EQ(three(0xA0, 0), kNo) << "padding past the end";
  EXPECT_EQ(three(0x80, 0, 0), kNo) << "source zero";
}

TEST(RtpCheck, TruncationNeverReadsPastTheEnd) {
  for (const unsigned first : {0x80U, 0x85U, 0x90U, 0xB3U}) {
    const ByteString whole = packet(3, 480, kSource, 0, first);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
      const CheckState cut = state({packet(1, 160), packet(2, 320), first_bytes(whole, size)});
      if (size < 12) {
        EXPECT_EQ(cut, kNo) << size;
      } else if (first == 0x80) {
        EXPECT_EQ(cut, kYes) << size;
      }
    }
  }
}

TEST(RtpCheck, ContributingSourcesMustFit) {
  const auto three = [](unsigned sources, std::size_t bytes) {
    std::vector<ByteString> result;
    for (unsigned i = 1; i <= 3; ++i) result.push_back(first_bytes(packet(i, 0, kSource, 0, 0x80 | sources), bytes));
    return state(result);
  };
  EXPECT_EQ(three(0, 12), kYes);
  EXPECT_EQ(three(2, 20), kYes);
  EXPECT_EQ(three(2, 19), kNo);
}

TEST(RtpCheck, PaddingMustFitAndCountItself) {
  const auto three = [](unsigned padding) {
    std::vector<ByteString> result;
    for (unsigned i = 1; i <= 3; ++i) {
      result.push_back(ByteWriter().u8(0xA0).u8(0).u16(i).u32(0).u32(kSource).zeros(3).u8(padding).bytes());
    }
    return state(result);
  };
  EXPECT_EQ(three(0), kNo);
  EXPECT_EQ(three(1), kYes);
  EXPECT_EQ(three(4), kYes);
  EXPECT_EQ(three(5), kNo);
}

TEST(RtpCheck, PaddingAndExtensionsThatFitAreGood) {
  const auto extended = [](unsigned sequence, unsigned words) {
    return ByteWriter()
        .u8(0xB0)
        .u8(96)
        .u16(sequence)
        .u32(0)
        .u32(kSource)
        .u16(0xBEDE)
        .u16(words)
        .zeros(8)
        .u8(0)
        .u8(2)
        .bytes();
  };
  EXPECT_EQ(state({extended(1, 2), extended(2, 2), extended(3, 2)}), kYes);
  EXPECT_EQ(state({extended(1, 3), extended(2, 3), extended(3, 3)}), kNo);
}

ByteString framed(std::initializer_list<unsigned> sequences, std::string_view prefix = {}) {
  ByteString bytes;
  for (const unsigned sequence : sequences)
    bytes = joined(bytes, ByteWriter().add(prefix).counted(2, packet(sequence, sequence * 160)).bytes());
  return bytes;
}

TEST(RtpCheck, OnAStreamPacketsStandBehindTheirLengths) {
  const auto state_of = [](const ByteString& bytes) { return ask(check_named("rtp-framed"), Side::client, bytes); };
  const std::vector<Change> arriving{{0, kMore}, {2 * 34 + 2 + 12, kYes}};
  EXPECT_EQ(changes(check_named("rtp-framed"), Side::client, framed({7, 8, 9})), arriving);
  EXPECT_EQ(state_of(framed({7, 8, 10})), kMore);
  EXPECT_EQ(state_of(joined(framed({7, 8}), from_hex("00205555555555555555555555555555"))), kNo) << "another version";
  EXPECT_EQ(state_of(joined(framed({7, 8}), from_hex("0004555555555555"))), kNo) << "too short for any packet";
}

TEST(RtpCheck, BetweenControlMessagesPacketsStandBehindAChannel) {
  using namespace std::string_view_literals;
  const auto state_of = [](const ByteString& bytes) {
    return ask(check_named("rtsp-interleaved"), Side::client, bytes);
  };
  EXPECT_EQ(state_of(framed({7, 8, 9}, "$\0"sv)), kYes);
  EXPECT_EQ(state_of(framed({7, 8, 9}, "%\0"sv)), kMore) << "control messages say so themselves";
  EXPECT_EQ(state_of(framed({7, 8}, "$\0"sv)), kMore);
}

}  // namespace rtp_check
}  // namespace ghostport
