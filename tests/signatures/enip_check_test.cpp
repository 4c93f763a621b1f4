#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace enip_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString message(unsigned command, const ByteString& data, unsigned session = 0, unsigned status = 0) {
  return ByteWriter()
      .le16(command)
      .le16(data.size())
      .le32(session)
      .le32(status)
      .add("context.")
      .le32(0)
      .add(data)
      .bytes();
}
const ByteString kRegister = message(0x65, from_hex("01000000"));
/// Connected data whose message is this CIP service.
ByteString unit_data(unsigned service, unsigned extra = 0) {
  return message(0x70,
                 ByteWriter()
                     .le32(0)
                     .le16(10)
                     .le16(2)
                     .le16(0xA1)
                     .le16(4)
                     .le32(77)
                     .le16(0xB1)
                     .le16(4 + extra)
                     .le16(1)
                     .u8(service)
                     .u8(2)
                     .bytes(),
                 9);
}
CheckState request(const ByteString& bytes) { return ask(check_named("enip"), Side::client, bytes); }
CheckState reply(const ByteString& bytes) { return ask(check_named("enip"), Side::server, bytes); }

TEST(EnipCheck, RequestsAndRepliesAreTold) {
  EXPECT_EQ(request(kRegister), kYes);
  EXPECT_EQ(reply(kRegister), kNo);
  EXPECT_EQ(reply(message(0x65, from_hex("01000000"), 9)), kYes);
  EXPECT_EQ(request(message(0x65, from_hex("01000000"), 9)), kNo);
  EXPECT_EQ(request(unit_data(0x0A)), kYes);
  EXPECT_EQ(reply(unit_data(0x0A)), kNo);
  EXPECT_EQ(reply(unit_data(0x8A)), kYes);
  EXPECT_EQ(request(message(0x63, {})), kYes);
  EXPECT_EQ(request(message(0x66, {}, 9)), kYes);
  EXPECT_EQ(reply(message(0x6F, {}, 9, 0x64)), kYes) << "an error";
  EXPECT_EQ(request(joined(message(0, {}), kRegister)), kYes) << "behind a NOP";
  EXPECT_EQ(request(message(0, {})), kMore) << "a NOP alone";
}

TEST(EnipCheck, FieldsMustHold) {
  for (const Byte& wrong : {Byte{0, 0x67}, Byte{1, 1}, Byte{2, 5}, Byte{8, 4}, Byte{9, 1}, Byte{20, 1}, Byte{23, 1},
                            Byte{24, 2}, Byte{26, 1}}) {
    EXPECT_EQ(request(joined(changed(kRegister, {wrong}), ByteString{0})), kNo) << wrong.at;
  }
  const ByteString data = unit_data(0x0A);
  for (const Byte& wrong : {Byte{24, 1}, Byte{30, 1}, Byte{32, 0xA2}, Byte{34, 5}, Byte{40, 0xB3}}) {
    EXPECT_EQ(request(changed(data, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(request(unit_data(0x0A, 1)), kNo) << "items that do not fill the length";
}

TEST(EnipCheck, BytesArriveOneByOne) {
  const std::vector<Change> arriving{{0, kMore}, {28, kYes}};
  EXPECT_EQ(changes(check_named("enip"), Side::client, kRegister), arriving);
}

TEST(EnipCheck, DatagramsAreWhole) {
  EXPECT_EQ(ask_datagram("enip", message(0x63, {})), kYes);
  EXPECT_EQ(ask_datagram("enip", joined(message(0x63, {}), ByteString{0})), kNo);
}

TEST(EnipImplicitCheck, TwoItemsFillTheDatagram) {
  const ByteString io = from_hex("02000280080001005E002A000000B1000600010000000000");
  EXPECT_EQ(ask_datagram("enip-implicit", io), kYes);
  for (const Byte& wrong : {Byte{0, 1}, Byte{2, 3}, Byte{4, 4}, Byte{14, 0xB2}, Byte{16, 7}}) {
    EXPECT_EQ(ask_datagram("enip-implicit", changed(io, {wrong})), kNo) << wrong.at;
  }
}

}  // namespace enip_check
}  // namespace ghostport
