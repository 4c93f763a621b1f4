#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace modbus_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString adu(const std::string& pdu, unsigned transaction = 7, unsigned protocol = 0) {
  return ByteWriter().u16(transaction).u16(protocol).counted(2, joined(ByteString{1}, from_hex(pdu))).bytes();
}
CheckState request(const ByteString& bytes) { return ask(check_named("modbus"), Side::client, bytes); }
CheckState response(const ByteString& bytes) { return ask(check_named("modbus"), Side::server, bytes); }

TEST(ModbusCheck, ARequestIsAsLongAsItsFunctionSays) {
  for (const char* const pdu :
       {"0100000001", "02000007D0", "03006B0003", "04006B007D", "050001FF00", "0F0013000A02CD01",
        "100001000204000A0102", "140706000100000002", "170003000600010001020102", "2B0E0100", "08000000AA"}) {
    EXPECT_EQ(request(adu(pdu)), kYes) << pdu;
    EXPECT_EQ(request(adu(pdu + std::string("00"))), kNo) << pdu << " and one byte more";
  }
  EXPECT_EQ(request(adu("0900010002")), kNo) << "no such function";
  EXPECT_EQ(request(adu("03006B0003", 7, 1)), kNo) << "another protocol";
  EXPECT_EQ(request(adu("0F0013000A03CD0100")), kNo) << "ten coils are two bytes";
}

TEST(ModbusCheck, WhatProvesTooLittleWantsMore) {
  EXPECT_EQ(request(adu("0600010003")), kYes);
  EXPECT_EQ(request(adu("07")), kYes);
  EXPECT_EQ(request(adu("5A0002")), kMore) << "UMAS";
  EXPECT_EQ(request(joined(adu("5A0002"), adu("5A0001", 8))), kYes);
  EXPECT_EQ(response(adu("5A00FE")), kYes);
  EXPECT_EQ(request(joined(adu("03006B0003"), from_hex("FFFFFFFFFFFFFFFF"))), kNo) << "something else follows";
}

TEST(ModbusCheck, AResponseCountsItsBytes) {
  for (const char* const pdu : {"010105", "0304022B0064", "0703", "08000000AA", "0F0013000A", "11021122", "8302",
                                "2B0E01010000010003414243", "8001"}) {
    EXPECT_EQ(response(adu(pdu)), kYes) << pdu;
  }
  EXPECT_EQ(response(adu("0303022B00")), kNo) << "registers have two bytes";
  EXPECT_EQ(response(adu("0305022B0064")), kNo) << "a wrong count";
  EXPECT_EQ(response(adu("8309")), kNo) << "no such exception";
  EXPECT_EQ(response(adu("03006B0003")), kNo) << "a request";
}

TEST(ModbusCheck, BytesArriveOneByOne) {
  const ByteString bytes = joined(adu("03006B0003"), adu("03006B0003", 8));
  const std::vector<Change> arriving{{0, kMore}, {12, kYes}};
  EXPECT_EQ(changes(check_named("modbus"), Side::client, bytes), arriving);
}

TEST(ModbusCheck, ADatagramIsOneAduOfEitherSide) {
  EXPECT_EQ(ask_datagram("modbus", adu("03006B0003")), kYes);
  EXPECT_EQ(ask_datagram("modbus", adu("0304022B0064")), kYes);
  EXPECT_EQ(ask_datagram("modbus", joined(adu("03006B0003"), ByteString{0})), kNo);
  EXPECT_EQ(ask_datagram("modbus", first_bytes(adu("03006B0003"), 11)), kNo);
}

}  // namespace modbus_check
}  // namespace ghostport
