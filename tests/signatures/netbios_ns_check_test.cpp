#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace netbios_ns_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

CheckState says(const char* check, const ByteString& bytes) {
  return ask(check_named(check), Side::client, bytes, true);
}

/// The same bytes with one of them changed.
ByteString with(ByteString bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::uint8_t>(value);
  return bytes;
}
/// A datagram that a check takes whole: not one byte less.
void expect_only_whole(const char* check, const ByteString& bytes) {
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named(check), Side::server, bytes), arriving);
}

ByteString name(std::string_view letters) { return ByteWriter().u8(32).add(letters).u8(0).bytes(); }
ByteString header(unsigned flags, unsigned questions, unsigned answers, unsigned additions) {
  return ByteWriter().u16(7).u16(flags).u16(questions).u16(answers).u16(0).u16(additions).bytes();
}

constexpr std::string_view kLetters = "EBEBEBEBEBEBEBEBEBEBEBEBEBEBEBAA";
const ByteString kQuestion = joined(name(kLetters), from_hex("0020 0001"));
const ByteString kQuery = joined(header(0x0110, 1, 0, 0), kQuestion);
const ByteString kRegistration =
    joined(joined(header(0x2910, 1, 0, 1), kQuestion), from_hex("c00c 0020 0001 00000000 0006 6000 c0000201"));
const ByteString kResponse =
    joined(joined(header(0x8500, 0, 1, 0), name(kLetters)), from_hex("0020 0001 00000000 0006 6000 c0000201"));

TEST(NetbiosNsCheck, RequestsAndResponses) {
  for (const ByteString& message : {kQuery, kRegistration, kResponse}) expect_only_whole("netbios-ns", message);
}

TEST(NetbiosNsCheck, FlagsAndCountsAreThoseOfTheOpcode) {
  EXPECT_EQ(says("netbios-ns", with(kQuery, 2, 0x09)), kNo) << "operation 1";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 2, 0x29)), kNo) << "a registration without its record";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 3, 0x11)), kNo) << "an error in a request";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 3, 0x30)), kNo) << "reserved bit";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 5, 2)), kNo) << "two questions";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 7, 1)), kNo) << "an answer in a request";
  EXPECT_EQ(says("netbios-ns", with(kResponse, 5, 1)), kNo) << "a question in a response";
  EXPECT_EQ(says("netbios-ns", with(kResponse, 3, 0x08)), kNo) << "error 8";
}

TEST(NetbiosNsCheck, NamesAndRecords) {
  EXPECT_EQ(says("netbios-ns", with(kQuery, 12, 31)), kNo) << "length of the name";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 20, 'Q')), kNo) << "a letter past P";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 45, 64)), kNo) << "a scope too long";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 47, 1)), kNo) << "type";
  EXPECT_EQ(says("netbios-ns", with(kQuery, 49, 2)), kNo) << "class";
  EXPECT_EQ(says("netbios-ns", with(kRegistration, 51, 0x0D)), kNo) << "another name";
  EXPECT_EQ(says("netbios-ns", with(kRegistration, 61, 5)), kNo) << "length of its data";
  EXPECT_EQ(says("netbios-ns", with(kResponse, 55, 7)), kNo) << "length of its data";
}

}  // namespace netbios_ns_check
}  // namespace ghostport
