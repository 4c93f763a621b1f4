#include <gtest/gtest.h>

#include <map>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace rpp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

/// A header as it stands in a chain, which announces the type of the next.
struct Header {
  unsigned type;
  std::size_t body;
};

ByteString chain(const std::vector<Header>& headers) {
  ByteWriter out;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    out.u8(i + 1 < headers.size() ? headers[i + 1].type : 1)
        .u8(2 + headers[i].body)
        .add(ByteString(headers[i].body, 0x11));
  }
  return out.bytes();
}

ByteString packet(const std::vector<Header>& headers, unsigned sequence = 1) {
  return joined(ByteWriter().u8(0x80).u8(0x82).u16(sequence).u32(16).u32(0xFFFFFFFF).bytes(), chain(headers));
}

CheckState state(const ByteString& bytes) { return ask(check_named("rpp"), std::vector<ByteString>{bytes}, true); }

TEST(RppCheck, WalksTheChainToItsEnd) {
  EXPECT_EQ(state(packet({{2, 4}})), kYes);
  EXPECT_EQ(state(packet({{2, 4}, {6, 2}})), kYes);
  EXPECT_EQ(state(packet({{2, 4}, {4, 0}, {12, 10}, {30, 14}, {31, 2}})), kYes);
  EXPECT_EQ(state(joined(packet({{2, 4}}), from_hex("ecbd7f60ff0000"))), kYes) << "with a payload";
}

TEST(RppCheck, ProvesTheChainAndTheMark) {
  const Said now = Said::train({joined(packet({{2, 4}, {4, 0}}), ByteString(9))});
  EXPECT_EQ(check_named("rpp")(now.payload(false), Side::client).proven, 12U + 6 + 2);
  const Said older = Said::train({joined(chain({{2, 4}}), from_hex("ecbd7f60ff00000000"))});
  EXPECT_EQ(check_named("rpp-older")(older.payload(false), Side::client).proven, 6U + 5);
}

TEST(RppCheck, TruncationAtEveryByteIsNoMatch) {
  const ByteString whole = packet({{2, 4}, {7, 8}, {13, 16}});
  const std::vector<Change> arriving{{0, kNo}, {whole.size(), kYes}};
  EXPECT_EQ(changes(check_named("rpp"), Side::client, whole), arriving);
}

TEST(RppCheck, BodiesOfKnownTypesHaveTheirLengths) {
  const std::map<unsigned, std::vector<std::size_t>> exact{{5, {28, 48}}, {6, {2, 4}}, {7, {8}}, {13, {16}}};
  for (const auto& [type, lengths] : exact) {
    for (std::size_t length = 0; length < 60; ++length) {
      const bool right = std::ranges::find(lengths, length) != lengths.end();
      EXPECT_EQ(state(packet({{2, 4}, {type, length}})), right ? kYes : kNo) << type << " with " << length;
    }
  }
  const std::map<unsigned, std::size_t> least{{8, 8},  {9, 2},   {12, 6},  {14, 8}, {15, 4}, {18, 2},
                                              {19, 4}, {20, 8},  {21, 8},  {22, 4}, {23, 2}, {24, 1},
                                              {25, 1}, {28, 18}, {29, 82}, {30, 4}, {31, 2}};
  for (const auto& [type, length] : least) {
    EXPECT_EQ(state(packet({{2, 4}, {type, length}})), kYes) << type;
    EXPECT_EQ(state(packet({{2, 4}, {type, length - 1}})), kNo) << type;
  }
  for (std::size_t length = 0; length < 12; ++length) {
    EXPECT_EQ(state(packet({{2, length}})), length == 4 ? kYes : kNo) << "sequence with " << length;
  }
}

TEST(RppCheck, RefusesWhatIsNoChain) {
  EXPECT_EQ(state(packet({{2, 4}, {40, 3}})), kYes) << "reserved";
  EXPECT_EQ(state(packet({{2, 4}, {41, 3}})), kNo) << "invalid";
  EXPECT_EQ(state(packet({{2, 4}, {0, 3}})), kNo);
  EXPECT_EQ(state(packet({{2, 4}, {255, 3}})), kNo);
  EXPECT_EQ(state(packet({})), kNo) << "no header at all";
  ByteString bytes = packet({{2, 4}, {4, 0}});
  bytes.back() = 1;
  EXPECT_EQ(state(bytes), kNo) << "a length that does not count itself";
  bytes.back() = 200;
  EXPECT_EQ(state(bytes), kNo) << "a length past the end";
  bytes = packet({{2, 4}});
  bytes[0] = 0x90;
  EXPECT_EQ(state(bytes), kNo);
  bytes = packet({{2, 4}});
  bytes[1] = 0x03;
  EXPECT_EQ(state(bytes), kNo);
}

TEST(RppCheck, EveryPacketOfATrainHoldsAChain) {
  const ByteString stray = ByteWriter().u8(0x80).u8(2).u16(1).u32(0).u32(7).add(ByteString(20, 0x77)).bytes();
  EXPECT_EQ(ask(check_named("rpp"), {packet({{2, 4}}, 1), packet({{2, 4}}, 2)}), kYes);
  EXPECT_EQ(ask(check_named("rpp"), {stray, packet({{2, 4}}, 2)}), kNo);
  EXPECT_EQ(ask(check_named("rpp"), {from_hex("00010203"), packet({{2, 4}}, 2)}), kYes)
      << "what is not of its kind does not count";
}

TEST(RppCheck, ItsTrainIsNoRtp) {
  const std::vector<ByteString> train{packet({{2, 4}}, 1), packet({{2, 4}}, 2), packet({{2, 4}}, 3)};
  EXPECT_EQ(ask(check_named("rtp"), train), kNo);
  std::vector<ByteString> broken;  // not even where the chain is damaged behind its first header
  for (const ByteString& bytes : train) broken.push_back(joined(first_bytes(bytes, 12), from_hex("0706000000010109")));
  EXPECT_EQ(ask(check_named("rpp"), broken), kNo);
  EXPECT_EQ(ask(check_named("rtp"), broken), kNo);
  std::vector<ByteString> shortest;
  for (const ByteString& bytes : train) shortest.push_back(first_bytes(bytes, 14));
  EXPECT_EQ(ask(check_named("rtp"), shortest), kNo);
  std::vector<ByteString> sound;  // but payload type 2 is a codec too
  for (const ByteString& bytes : train) sound.push_back(joined(first_bytes(bytes, 12), from_hex("0707000000010109")));
  EXPECT_EQ(ask(check_named("rtp"), sound), kYes);
}

TEST(RppCheck, TheOlderFormNeedsItsPayload) {
  const auto older = [](const char* payload) {
    return ask(check_named("rpp-older"), Side::client, joined(chain({{2, 4}, {4, 0}}), from_hex(payload)), true);
  };
  for (const char* mark : {"ecbd7f60ff00", "ecbd7f60fd00", "ecbd7f60fe00", "ecbd7f6054d5"})
    EXPECT_EQ(older(mark), kYes) << mark;
  for (const char* mark : {"", "ecbd7f60ff", "ecbd7f60fc00", "ecbd7f605400", "ecbd7f61ff00"})
    EXPECT_EQ(older(mark), kNo) << mark;
  const ByteString whole = joined(chain({{2, 4}}), from_hex("ecbd7f60ff00"));
  const std::vector<Change> arriving{{0, kNo}, {whole.size(), kYes}};
  EXPECT_EQ(changes(check_named("rpp-older"), Side::client, whole), arriving);
}

}  // namespace rpp_check
}  // namespace ghostport
