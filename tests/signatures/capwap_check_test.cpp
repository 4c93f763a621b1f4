#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace capwap_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

const ByteString kHeader = from_hex("0010 0200 0000 0000");

ByteString element(unsigned type, const ByteString& value) { return ByteWriter().u16(type).counted(2, value).bytes(); }
ByteString message(std::uint32_t type, const ByteString& elements, const ByteString& header = kHeader) {
  return ByteWriter().add(header).u32(type).u8(0).u16(3 + elements.size()).u8(0).add(elements).bytes();
}

CheckState control(const ByteString& bytes) { return ask(check_named("capwap-control"), {bytes}); }

TEST(CapwapCheck, AControlMessageIsFilledByItsElements) {
  const ByteString elements = joined(element(20, {0}), element(39, {1, 2}));
  const ByteString bytes = message(1, elements);
  const std::vector<Change> arriving{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("capwap-control"), Side::client, bytes), arriving);
  EXPECT_EQ(control(message(1, elements, from_hex("0020 0210 0000 0000 06580A20690E20E8"))), kYes) << "radio address";
  EXPECT_EQ(control(message(1, elements, from_hex("0020 0210 0000 0000 07580A20690E20E8"))), kNo);
  EXPECT_EQ(control(message(1, elements, from_hex("0020 0200 0000 0000 06580A20690E20E8"))), kNo);
  EXPECT_EQ(control(message(1, elements, from_hex("0110 0200 0000 0000"))), kNo);
  EXPECT_EQ(control(message(1, elements, from_hex("0010 0300 0000 0000"))), kNo) << "a native frame";
  EXPECT_EQ(control(message(1, elements, from_hex("0010 0201 0000 0000"))), kNo) << "reserved bits";
  EXPECT_EQ(control(message(1, elements, from_hex("0010 0200 0000 0001"))), kNo);
  EXPECT_EQ(control(message(1, elements, from_hex("0010 0280 0000 0000"))), kNo) << "a fragment";
  EXPECT_EQ(control(message(0, elements)), kNo);
  EXPECT_EQ(control(message(32, elements)), kNo);
  EXPECT_EQ(control(message(0x0A000001, elements)), kNo);
  EXPECT_EQ(control(message(1, element(0, {1}))), kNo);
  EXPECT_EQ(control(message(1, from_hex("0014 0002 00"))), kNo);
}

TEST(CapwapCheck, DtlsFollowsItsPreamble) {
  const CheckFunction check = check_named("capwap-dtls");
  const ByteString record = from_hex("16FEFF 0000 000000000000 0003 010203");
  EXPECT_EQ(ask(check, {joined(from_hex("01000000"), joined(record, record))}), kYes);
  EXPECT_EQ(ask(check, {joined(from_hex("01000001"), record)}), kNo);
  EXPECT_EQ(ask(check, {joined(from_hex("01000000"), joined(record, {0}))}), kNo);
  EXPECT_EQ(ask(check, {joined(from_hex("01000000"), from_hex("16FEFE 0000 000000000000 0003 010203"))}), kNo);
  EXPECT_EQ(ask(check, {joined(from_hex("01000000"), from_hex("13FEFF 0000 000000000000 0003 010203"))}), kNo);
}

TEST(CapwapCheck, DataIsAFrameOrAKeepAlive) {
  const CheckFunction check = check_named("capwap-data");
  const auto data = [&](const ByteString& header, const ByteString& body) {
    return ask(check, {joined(header, body)});
  };
  const ByteString header = from_hex("0020 0320 0000 0000 0104000000000000");
  const ByteString frame = from_hex("40000000 580A20690E20 0000");
  EXPECT_EQ(data(header, frame), kYes);
  EXPECT_EQ(data(from_hex("0020 0520 0000 0000 0104000000000000"), frame), kNo) << "another medium";
  EXPECT_EQ(data(from_hex("0020 0220 0000 0000 0104000000000000"), frame), kNo) << "not native";
  EXPECT_EQ(data(header, from_hex("41000000 580A20690E20 0000")), kNo) << "its version";
  EXPECT_EQ(data(from_hex("0010 0208 0000 0000"), from_hex("0007 0023 0001 09")), kYes);
  EXPECT_EQ(data(from_hex("0010 0208 0000 0000"), from_hex("0008 0023 0001 09")), kNo);
  EXPECT_EQ(data(from_hex("0010 0208 0000 0000"), from_hex("0007 0023 0002 09")), kNo);
}

}  // namespace capwap_check
}  // namespace ghostport
