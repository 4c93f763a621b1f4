#include <gtest/gtest.h>

#include "tests/signatures/changed.h"

namespace ghostport {
namespace dnp3_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

// Read of classes 1 to 3 to station 10, a request for link status, and a response.
const ByteString kRead = from_hex("056411C40A0001000615C0C0013C02063C03063C04069E30");
const ByteString kStatus = from_hex("056405C90A000100FEDA");
const ByteString kResponse = from_hex("0564114401000A002354C1E0819000010200000900007383");

CheckState frame(const ByteString& bytes) { return ask(check_named("dnp3"), Side::client, bytes); }

TEST(Dnp3Check, FramesOfEitherStationHold) {
  for (const ByteString& bytes : {kRead, kStatus, kResponse}) EXPECT_EQ(frame(bytes), kYes);
  EXPECT_EQ(frame(joined(kStatus, kRead)), kYes);
  EXPECT_EQ(frame(from_hex("05640BF30A000100718AC0C0013C020654E0")), kYes) << "confirmed user data, frame count set";
  EXPECT_EQ(ask_datagram("dnp3", kRead), kYes);
}

TEST(Dnp3Check, EachByteIsVerified) {
  for (std::size_t at = 0; at < kRead.size(); ++at) {
    EXPECT_EQ(frame(changed(kRead, {{at, kRead[at] ^ 0x10U}})), kNo) << at;
  }
  EXPECT_EQ(frame(joined(kStatus, from_hex("00000000000000000000"))), kNo) << "no frame follows";
  EXPECT_EQ(ask_datagram("dnp3", joined(kStatus, ByteString{0})), kNo);
}

TEST(Dnp3Check, TheHeaderIsEnough) {
  const std::vector<Change> arriving{{0, kMore}, {10, kYes}};
  EXPECT_EQ(changes(check_named("dnp3"), Side::server, kResponse), arriving);
}

}  // namespace dnp3_check
}  // namespace ghostport
