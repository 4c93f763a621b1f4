#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace bacnet_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;

const ByteString kRead = from_hex("810A001101040005010C0C023FFFFF194B");
const ByteString kWhoIs = from_hex("810B000C0120FFFF00FF1008");

CheckState said(const ByteString& bytes) { return ask_datagram("bacnet", bytes); }

TEST(BacnetCheck, FunctionsAndApdusHold) {
  for (const char* const bytes :
       {"810A001101040005010C0C023FFFFF194B", "810B000C0120FFFF00FF1008", "810A00090100200F0F", "810A000A01005001 0C91",
        "810A000901006001 09", "810A000901007101 04", "810400 12C0A80001BAC00120FFFF00FF1008", "81020004",
        "810500060 03C", "8100000600 30", "810A00070180 12", "810A000E01080005 01AC1000C402"}) {
    std::string digits(bytes);
    std::erase(digits, ' ');
    EXPECT_EQ(said(from_hex(digits)), kYes) << bytes;
  }
}

TEST(BacnetCheck, FieldsMustHold) {
  for (const Byte& wrong :
       {Byte{0, 0x80}, Byte{1, 0x0D}, Byte{3, 0x12}, Byte{4, 2}, Byte{5, 0x44}, Byte{6, 1}, Byte{9, 35}}) {
    EXPECT_EQ(said(changed(kRead, {wrong})), kNo) << wrong.at;
  }
  EXPECT_EQ(said(changed(kWhoIs, {{10, 0x11}})), kNo) << "reserved bits";
  EXPECT_EQ(said(changed(kWhoIs, {{11, 14}})), kNo) << "no such service";
  EXPECT_EQ(said(from_hex("810000060001")), kNo) << "no such result";
  EXPECT_EQ(said(from_hex("8103000401")), kNo);
  for (std::size_t size = 1; size < kRead.size(); ++size) EXPECT_EQ(said(first_bytes(kRead, size)), kNo) << size;
}

}  // namespace bacnet_check
}  // namespace ghostport
