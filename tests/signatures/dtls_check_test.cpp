#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace dtls_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

struct Record {
  unsigned type = 22;
  unsigned version = 0xFEFD;
  unsigned epoch = 0;
  unsigned sequence_top = 0;
};

ByteString record(const Record& record, const ByteString& fragment) {
  return ByteWriter()
      .u8(record.type)
      .u16(record.version)
      .u16(record.epoch)
      .u16(record.sequence_top)
      .u32(5)
      .counted(2, fragment)
      .bytes();
}

ByteString message(unsigned type, std::size_t length, std::size_t offset, std::size_t size) {
  return ByteWriter().u8(type).u24(length).u16(0).u24(offset).u24(size).add(random_bytes(size, 1)).bytes();
}

CheckState said(const ByteString& bytes) { return ask(check_named("dtls"), std::vector<ByteString>{bytes}); }

const ByteString kSealed = random_bytes(16, 2);

TEST(DtlsCheck, RecordsFillTheirDatagram) {
  EXPECT_EQ(said(record({.type = 23, .epoch = 1}, kSealed)), kYes);
  EXPECT_EQ(said(joined(record({}, message(1, 40, 0, 40)), record({.epoch = 1}, kSealed))), kYes);
  EXPECT_EQ(said(joined(record({.type = 23, .epoch = 1}, kSealed), from_hex("00"))), kNo);
  EXPECT_EQ(said(record({.type = 19, .epoch = 1}, kSealed)), kNo);
  EXPECT_EQ(said(record({.type = 25, .epoch = 1}, kSealed)), kNo);
  EXPECT_EQ(said(record({.type = 23, .version = 0x0303, .epoch = 1}, kSealed)), kNo) << "TLS";
  EXPECT_EQ(said(record({.type = 23, .version = 0x0100, .epoch = 1}, kSealed)), kYes) << "the draft's version";
  EXPECT_EQ(said(record({.type = 23, .epoch = 256}, kSealed)), kNo);
  EXPECT_EQ(said(record({.type = 23, .epoch = 1, .sequence_top = 1}, kSealed)), kNo);
  EXPECT_EQ(said(record({.type = 23}, kSealed)), kNo) << "data that is not sealed";
  EXPECT_EQ(said(record({.type = 23, .epoch = 1}, random_bytes(7, 2))), kNo);
  const ByteString bytes = record({.type = 23, .epoch = 1}, kSealed);
  const std::vector<Change> cut{{0, kNo}, {bytes.size(), kYes}};
  EXPECT_EQ(changes(check_named("dtls"), Side::client, bytes), cut);
}

TEST(DtlsCheck, MessagesInTheClearHaveTheirFields) {
  EXPECT_EQ(said(record({}, message(1, 40, 0, 40))), kYes);
  EXPECT_EQ(said(record({}, message(1, 40, 20, 20))), kYes) << "a fragment";
  EXPECT_EQ(said(record({}, message(1, 40, 21, 20))), kNo);
  EXPECT_EQ(said(record({}, message(1, 10, 0, 20))), kNo);
  EXPECT_EQ(said(record({}, message(6, 40, 0, 40))), kNo) << "no such message";
  EXPECT_EQ(said(record({}, joined(message(2, 40, 0, 40), message(14, 0, 0, 0)))), kYes);
  EXPECT_EQ(said(record({}, joined(message(2, 40, 0, 40), from_hex("0E")))), kNo);
  EXPECT_EQ(said(record({}, {})), kNo);
  EXPECT_EQ(said(record({.type = 21}, from_hex("0228"))), kYes);
  EXPECT_EQ(said(record({.type = 21}, from_hex("0328"))), kNo);
  EXPECT_EQ(said(record({.type = 20}, from_hex("01"))), kYes);
  EXPECT_EQ(said(record({.type = 20}, from_hex("02"))), kNo);
}

}  // namespace dtls_check
}  // namespace ghostport
