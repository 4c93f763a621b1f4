#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace tls_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

struct Hello {
  unsigned type = 1;
  unsigned version = 0x0303;
  std::size_t session = 32;
  std::size_t suites = 4;
  unsigned compression = 0;  // server: the method
  std::size_t extensions = 8;
  bool with_extensions = true;
  std::ptrdiff_t length_error = 0;
};

ByteString message(const Hello& hello) {
  ByteWriter body;
  body.u16(hello.version).add(random_bytes(32, 1)).u8(hello.session).add(random_bytes(hello.session, 2));
  if (hello.type == 1) {
    body.u16(hello.suites).add(random_bytes(hello.suites, 3)).u8(1).u8(0);
  } else {
    body.u16(0xC02F).u8(hello.compression);
  }
  if (hello.with_extensions) body.counted(2, random_bytes(hello.extensions, 4));
  const auto length = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(body.size()) + hello.length_error);
  return ByteWriter().u8(hello.type).u24(length).add(body.bytes()).bytes();
}

ByteString record(const ByteString& fragment, unsigned type = 22, unsigned version = 0x0301) {
  return ByteWriter().u8(type).u16(version).counted(2, fragment).bytes();
}

ByteString in_records_of(const ByteString& bytes, std::size_t size) {
  ByteString result;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const ByteString rest(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end());
    result = joined(result, record(first_bytes(rest, std::min(size, rest.size()))));
  }
  return result;
}

const Hello kServer{.type = 2};
const ByteString kWarning = record(from_hex("01 70"), 21);

CheckState client(const ByteString& bytes, bool complete = false) {
  return ask(check_named("tls-record"), Side::client, bytes, complete);
}
CheckState server(const ByteString& bytes, bool complete = false) {
  return ask(check_named("tls-record"), Side::server, bytes, complete);
}

TEST(TlsCheck, AClientHelloIsDecidedAtItsCipherSuites) {
  const ByteString bytes = record(message({}));
  const std::size_t decided = 5 + 4 + 2 + 32 + 1 + 32 + 2;
  const std::vector<Change> arriving{{0, kMore}, {decided, kYes}};
  EXPECT_EQ(changes(check_named("tls-record"), Side::client, bytes), arriving);
}

TEST(TlsCheck, ProvesWhatItHasRead) {
  const auto proven = [](const ByteString& bytes, Side side) {
    return check_named("tls-record")(Said::stream(bytes).payload(false), side).proven;
  };
  EXPECT_EQ(proven(record(message({})), Side::client), 5U + 4 + 2 + 32 + 1 + 32 + 2);
  EXPECT_EQ(proven(record(message(kServer)), Side::server), 5U + 4 + 2 + 32 + 1 + 32 + 3 + 2);
}

TEST(TlsCheck, AnEndedHelloNeedsTypeLengthAndVersion) {
  const std::vector<Change> ended{{0, kNo}, {11, kYes}};
  EXPECT_EQ(changes(check_named("tls-record"), Side::client, record(message({})), true), ended);
  EXPECT_EQ(changes(check_named("tls-record"), Side::server, record(message(kServer)), true), ended);
}

TEST(TlsCheck, AServerHelloIsDecidedAtItsExtensions) {
  const std::size_t fixed = 5 + 4 + 2 + 32 + 1 + 32 + 2 + 1;
  const std::vector<Change> with{{0, kMore}, {fixed + 2, kYes}};
  EXPECT_EQ(changes(check_named("tls-record"), Side::server, record(message(kServer))), with);
  const std::vector<Change> without{{0, kMore}, {fixed, kYes}};
  EXPECT_EQ(changes(check_named("tls-record"), Side::server, record(message({.type = 2, .with_extensions = false}))),
            without);
}

TEST(TlsCheck, EachSideSaysItsOwnHello) {
  EXPECT_EQ(client(record(message(kServer))), kNo);
  EXPECT_EQ(server(record(message({}))), kNo);
}

TEST(TlsCheck, RecordsMayCutTheHelloAnywhere) {
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 40U}) {
    EXPECT_EQ(client(in_records_of(message({}), size)), kYes) << size;
    EXPECT_EQ(server(in_records_of(message(kServer), size)), kYes) << size;
  }
}

TEST(TlsCheck, OneByteRecordsAreReadWithoutLookingPastTheEnd) {
  const ByteString bytes = in_records_of(message({}), 1);
  const std::vector<Change> arriving{{0, kMore}, {(4 + 2 + 32 + 1 + 32 + 2) * 6, kYes}};
  EXPECT_EQ(changes(check_named("tls-record"), Side::client, bytes), arriving);
}

TEST(TlsCheck, WarningAlertsMayComeFirst) {
  EXPECT_EQ(client(joined(kWarning, record(message({})))), kYes);
  EXPECT_EQ(server(joined(joined(kWarning, kWarning), record(message(kServer)))), kYes);
  EXPECT_EQ(server(kWarning), kMore);
  EXPECT_EQ(server(kWarning, true), kNo);
  const ByteString fatal = record(from_hex("02 28"), 21);
  EXPECT_EQ(client(joined(fatal, record(message({})))), kNo);
  const ByteString start = record(first_bytes(message({}), 10));
  EXPECT_EQ(client(joined(start, joined(kWarning, record(message({}))))), kNo) << "an alert within the hello";
}

TEST(TlsCheck, FieldsMustFitTheirHello) {
  EXPECT_EQ(client(record(message({.session = 0}))), kYes);
  EXPECT_EQ(client(record(message({.with_extensions = false}))), kYes);
  EXPECT_EQ(client(record(message({.version = 0x0300}))), kYes);
  EXPECT_EQ(client(record(message({.version = 0x0305}))), kNo);
  EXPECT_EQ(client(record(message({.version = 0x0203}))), kNo);
  EXPECT_EQ(client(record(message({.session = 33}))), kNo);
  EXPECT_EQ(client(record(message({.suites = 0}))), kNo);
  EXPECT_EQ(client(record(message({.suites = 5}))), kNo);
  EXPECT_EQ(client(record(message({.length_error = -60}))), kNo) << "shorter than its fields";
  EXPECT_EQ(client(record(message({.length_error = 0x40000}))), kNo) << "longer than fields can be";
  EXPECT_EQ(client(record(message({.with_extensions = false, .length_error = -1}))), kNo)
      << "its compression does not fit";
  EXPECT_EQ(client(record(message({.suites = 2}))), kYes);
  EXPECT_EQ(client(record(message({.version = 0x0304}))), kYes);
  EXPECT_EQ(server(record(message({.type = 2, .session = 33}))), kNo);
  EXPECT_EQ(server(record(message({.type = 2, .compression = 2}))), kNo);
  EXPECT_EQ(server(record(message({.type = 2, .length_error = 1}))), kNo) << "extensions do not fill it";
  EXPECT_EQ(server(record(message({.type = 2, .length_error = -20}))), kNo);
}

TEST(TlsCheck, AnEndedHelloMustHaveAPossibleLength) {
  const auto ended = [](std::size_t length) {
    return client(record(ByteWriter().u8(1).u24(length).u16(0x0303).bytes()), true);
  };
  EXPECT_EQ(ended(34), kNo);
  EXPECT_EQ(ended(35), kYes);
  EXPECT_EQ(ended(0x30000), kYes);
  EXPECT_EQ(ended(0x30001), kNo);
}

TEST(TlsCheck, RecordsMustBeOfTheHandshake) {
  EXPECT_EQ(client(record(message({}), 23)), kNo);
  EXPECT_EQ(client(record(message({}), 22, 0xFEFD)), kNo) << "DTLS";
  EXPECT_EQ(client(record(message({}), 22, 0x0305)), kNo);
  EXPECT_EQ(client(record({})), kNo) << "an empty fragment";
  EXPECT_EQ(client(joined(from_hex("16 0301 4000"), message({}))), kYes) << "a record of 2^14 bytes";
  EXPECT_EQ(client(joined(from_hex("16 0301 4001"), message({}))), kNo) << "a longer one";
}

ByteString version2_hello(unsigned version, std::size_t suites, std::size_t session, std::size_t challenge,
                          std::size_t error = 0) {
  const std::size_t length = 9 + suites + session + challenge + error;
  return ByteWriter()
      .u16(0x8000 | length)
      .u8(1)
      .u16(version)
      .u16(suites)
      .u16(session)
      .u16(challenge)
      .add(random_bytes(suites + session + challenge, 5))
      .bytes();
}

TEST(TlsCheck, AHelloInTheFormOfSsl2OffersALaterVersion) {
  EXPECT_EQ(client(version2_hello(0x0301, 6, 0, 16)), kYes);
  EXPECT_EQ(client(version2_hello(0x0303, 3, 16, 32)), kYes);
  EXPECT_EQ(client(version2_hello(0x0002, 6, 0, 16)), kNo) << "SSL 2.0 itself";
  EXPECT_EQ(client(version2_hello(0x0300, 3, 32, 16)), kYes);
  EXPECT_EQ(client(version2_hello(0x0301, 4, 0, 16)), kNo);
  EXPECT_EQ(client(version2_hello(0x0301, 3, 33, 16)), kNo);
  EXPECT_EQ(client(version2_hello(0x0301, 0, 0, 16)), kNo);
  EXPECT_EQ(client(version2_hello(0x0301, 6, 8, 16)), kNo);
  EXPECT_EQ(client(version2_hello(0x0301, 6, 0, 15)), kNo);
  EXPECT_EQ(client(version2_hello(0x0301, 6, 0, 33)), kNo);
  EXPECT_EQ(client(version2_hello(0x0301, 6, 0, 16, 1)), kNo) << "a length that does not add up";
  EXPECT_EQ(server(version2_hello(0x0301, 6, 0, 16)), kNo);
  const std::vector<Change> arriving{{0, kMore}, {11, kYes}};
  EXPECT_EQ(changes(check_named("tls-record"), Side::client, version2_hello(0x0301, 6, 0, 16)), arriving);
}

CheckState records(const ByteString& bytes, bool complete = false) {
  return ask(check_named("tls-records"), Side::client, bytes, complete);
}

TEST(TlsCheck, RecordsOfAConnectionJoinedMidwayFollowEachOther) {
  const ByteString data = record(random_bytes(40, 1), 23, 0x0303);
  const std::vector<Change> arriving{{0, kMore}, {data.size() + 5, kYes}};
  EXPECT_EQ(changes(check_named("tls-records"), Side::server, joined(data, data)), arriving);
  EXPECT_EQ(records(joined(record({1}, 20), record(random_bytes(40, 1)))), kYes);
  EXPECT_EQ(records(joined(data, record(random_bytes(40, 1), 23, 0x0301))), kNo) << "another version";
  EXPECT_EQ(records(joined(data, record(random_bytes(40, 1), 24, 0x0303))), kNo) << "no such type";
  EXPECT_EQ(records(record(random_bytes(40, 1), 23, 0xFEFD)), kNo) << "DTLS";
  EXPECT_EQ(records(record(random_bytes(15, 1), 23, 0x0303)), kNo) << "too short to be sealed";
  EXPECT_EQ(records(from_hex("17 0303 4801")), kNo) << "too long to be sealed";
  EXPECT_EQ(records(record({2}, 20)), kNo);
  EXPECT_EQ(records(record({3, 40}, 21)), kNo);
}

TEST(TlsCheck, OneRecordMustFillTheStream) {
  const ByteString data = record(random_bytes(40, 1), 23, 0x0303);
  EXPECT_EQ(records(data), kMore);
  EXPECT_EQ(records(data, true), kYes);
  EXPECT_EQ(records(record({2, 40}, 21), true), kYes) << "an alert";
  EXPECT_EQ(records(first_bytes(data, data.size() - 1), true), kNo);
  EXPECT_EQ(records(joined(data, from_hex("17 03")), true), kNo);
  const CheckFunction first = check_named("tls-first-record");
  EXPECT_EQ(ask(first, Side::server, data), kYes);
  EXPECT_EQ(ask(first, Side::server, first_bytes(data, data.size() - 1)), kMore);
  EXPECT_EQ(ask(first, Side::server, joined(data, from_hex("48 54 54 50 2F"))), kNo);
}

}  // namespace tls_check
}  // namespace ghostport
