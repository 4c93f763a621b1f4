#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace l2tp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

ByteString attribute(unsigned type, const ByteString& value, unsigned flags = 0x8000) {
  return ByteWriter().u16(flags | (6 + value.size())).u16(0).u16(type).add(value).bytes();
}

ByteString message(const ByteString& attributes, unsigned version = 2, unsigned flags = 0xC8) {
  return ByteWriter().u8(flags).u8(version).u16(12 + attributes.size()).u32(0).u32(0).add(attributes).bytes();
}

CheckState control(const ByteString& bytes) { return ask(check_named("l2tp-control"), {bytes}); }
CheckState data(const ByteString& bytes) { return ask(check_named("l2tp-data"), {bytes}); }

TEST(L2tpCheck, AControlMessageBeginsWithItsType) {
  const ByteString type = attribute(0, {0, 1});
  const ByteString bytes = message(joined(type, attribute(7, {'l', 'a', 'c'})));
  EXPECT_EQ(control(bytes), kYes);
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("l2tp-control"), Side::client, bytes), arriving);
  EXPECT_EQ(control(message(type, 3)), kYes);
  EXPECT_EQ(control(message({})), kYes) << "an acknowledgement";
  EXPECT_EQ(control(message(type, 1)), kNo);
  EXPECT_EQ(control(message(type, 2, 0xCA)), kNo);
  EXPECT_EQ(control(message(attribute(1, {0, 1}))), kNo);
  EXPECT_EQ(control(message(attribute(0, {0, 0}))), kNo);
  EXPECT_EQ(control(message(attribute(0, {0, 29}))), kNo);
  EXPECT_EQ(control(message(attribute(0, {0, 1}, 0x0000))), kNo) << "not mandatory";
  EXPECT_EQ(control(message(joined(type, attribute(7, {'a'}, 0x8400)))), kNo) << "reserved bits";
  EXPECT_EQ(control(message(joined(type, from_hex("8005 0000 0007")))), kNo) << "too short";
  EXPECT_EQ(control(message(joined(type, from_hex("8008 0000 0007 61")))), kNo) << "too long";
}

TEST(L2tpCheck, DataCarriesPpp) {
  EXPECT_EQ(data(from_hex("0002 0005 0007 FF03 0021 45")), kYes);
  EXPECT_EQ(data(from_hex("4002 000D 0005 0007 FF03 C021 01")), kYes) << "with its length";
  EXPECT_EQ(data(from_hex("4002 000E 0005 0007 FF03 C021 01")), kNo);
  EXPECT_EQ(data(from_hex("0802 0005 0007 0001 0002 FF03 0057 60")), kYes) << "with sequence numbers";
  EXPECT_EQ(data(from_hex("0202 0005 0007 0002 AAAA FF03 0057 60")), kYes) << "with an offset";
  EXPECT_EQ(data(from_hex("0002 0000 0007 FF03 0021 45")), kNo);
  EXPECT_EQ(data(from_hex("0002 0005 0000 FF03 0021 45")), kNo);
  EXPECT_EQ(data(from_hex("0002 0005 0007 FF03 0022 45")), kNo);
  EXPECT_EQ(data(from_hex("0003 0005 0007 FF03 0021 45")), kNo);
  EXPECT_EQ(data(from_hex("0002 0005 0007 FF03 00")), kNo);
}

}  // namespace l2tp_check
}  // namespace ghostport
