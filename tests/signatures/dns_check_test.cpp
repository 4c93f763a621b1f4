#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace dns_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

ByteString header(unsigned flags, unsigned questions, unsigned answers = 0, unsigned authority = 0,
                  unsigned additional = 0) {
  return ByteWriter().u16(0x1234).u16(flags).u16(questions).u16(answers).u16(authority).u16(additional).bytes();
}

const ByteString kName = from_hex("03 777777 07 6578616d706c65 03 636f6d 00");  // www.example.com
const ByteString kQuestion = joined(kName, from_hex("0001 0001"));
const ByteString kAnswer = from_hex("c00c 0001 0001 0000012c 0004 c0000201");
const ByteString kQuery = joined(header(0x0100, 1), kQuestion);
const ByteString kResponse = joined(joined(header(0x8180, 1, 1), kQuestion), kAnswer);

CheckState query(const ByteString& bytes) { return ask(check_named("dns"), Side::client, bytes, true); }
CheckState response(const ByteString& bytes) { return ask(check_named("dns"), Side::server, bytes, true); }
ByteString behind_length(const ByteString& message) { return ByteWriter().counted(2, message).bytes(); }

TEST(DnsCheck, TheQrBitFitsOneSideOfAStream) {
  const auto stream = [](Side side, const ByteString& message) {
    return ask(check_named("dns-stream"), side, behind_length(message), true);
  };
  EXPECT_EQ(stream(Side::client, kQuery), kYes);
  EXPECT_EQ(stream(Side::server, kQuery), kNo);
  EXPECT_EQ(stream(Side::server, kResponse), kYes);
  EXPECT_EQ(stream(Side::client, kResponse), kNo);
  EXPECT_EQ(response(kQuery), kYes) << "of datagrams, the answer may come first";
  EXPECT_EQ(query(kResponse), kYes);
}

TEST(DnsCheck, AnInverseQueryAsksByAnAnswer) {
  const ByteString answer = from_hex("00 0001 0001 00000000 0004 c0000201");
  EXPECT_EQ(query(joined(header(0x0900, 0, 1), answer)), kYes);
  EXPECT_EQ(query(joined(header(0x0900, 0, 2), joined(answer, answer))), kNo);
  EXPECT_EQ(query(joined(header(0x0900, 0, 0, 1), answer)), kNo) << "in another section";
  EXPECT_EQ(response(joined(header(0x8980, 0, 1), answer)), kNo);
}

ByteString message_of(unsigned id, unsigned flags, unsigned questions, unsigned answers, std::string_view rest) {
  return ByteWriter().u16(id).u16(flags).u16(questions).u16(answers).u32(0).add(from_hex(rest)).bytes();
}
/// Which of the three protocols, of one form, a datagram is.
std::string kind_of(const ByteString& bytes) {
  std::string kinds;
  for (const char* name : {"dns", "llmnr", "mdns"}) {
    if (ask(check_named(name), Side::client, bytes, true) == kYes) kinds += name;
  }
  return kinds;
}

constexpr std::string_view kLocalName = "04 686f7374 05 6c6f63616c 00 0001 0001";  // host.local
constexpr std::string_view kLocalAnswer = "04 686f7374 05 4c6f63616c 00 0001 8001 00000078 0004 c0000201";
constexpr std::string_view kPlainName = "04 686f7374 05 6c6f63616d 00 0001 0001";
constexpr std::string_view kUnicastName = "04 686f7374 05 6c6f63616d 00 0001 8001";
constexpr std::string_view kReverseName =
    "01 32 02 3130 07 696e2d61646472 04 61727061 00 000c 0001";  // 2.10.in-addr.arpa
constexpr std::string_view kSingle = "04 77706164 00 0001 0001";
constexpr std::string_view kSingleAnswer = "04 77706164 00 0001 0001 c00c 0001 0001 0000001e 0004 c0000201";

TEST(DnsCheck, MulticastDnsHasNoIdentifierAndItsOwnTraits) {
  EXPECT_EQ(kind_of(message_of(0, 0, 1, 0, kLocalName)), "mdns");
  EXPECT_EQ(kind_of(message_of(0, 0x0200, 1, 0, kLocalName)), "mdns") << "more answers will follow";
  EXPECT_EQ(kind_of(message_of(0, 0, 1, 0, kUnicastName)), "mdns") << "the bit above the class";
  EXPECT_EQ(kind_of(message_of(0, 0x8400, 0, 1, kLocalAnswer)), "mdns");
  EXPECT_EQ(kind_of(message_of(0, 0, 1, 0, kReverseName)), "mdns");
  EXPECT_EQ(kind_of(message_of(1, 0, 1, 0, kLocalName)), "dns");
  EXPECT_EQ(kind_of(message_of(0, 0x0100, 1, 0, kLocalName)), "dns");
  EXPECT_EQ(kind_of(message_of(0, 0, 1, 0, kPlainName)), "dns");
  EXPECT_EQ(kind_of(message_of(1, 0, 1, 0, kUnicastName)), "");
  EXPECT_EQ(kind_of(message_of(0, 0x8000, 0, 1, kLocalAnswer)), "") << "no authority";
  EXPECT_EQ(kind_of(message_of(0, 0x8400, 0, 1, kLocalName)), "") << "a record without data";
  EXPECT_EQ(kind_of(message_of(0, 0, 0, 0, "")), "");
}

TEST(DnsCheck, LlmnrAsksForNamesOfOneLabelWithoutFlags) {
  EXPECT_EQ(kind_of(message_of(7, 0, 1, 0, kSingle)), "llmnr");
  EXPECT_EQ(kind_of(message_of(7, 0x8000, 1, 1, kSingleAnswer)), "llmnr");
  EXPECT_EQ(kind_of(message_of(7, 0, 1, 0, kReverseName)), "llmnr");
  EXPECT_EQ(kind_of(message_of(7, 0x0100, 1, 0, kSingle)), "dns") << "recursion desired";
  EXPECT_EQ(kind_of(message_of(7, 0x8400, 1, 1, kSingleAnswer)), "dns") << "an authority";
  EXPECT_EQ(kind_of(message_of(7, 0, 1, 0, kPlainName)), "dns") << "two labels";
  EXPECT_EQ(kind_of(message_of(7, 0, 1, 0, "04 77706164 00 0002 0001")), "dns") << "its name servers";
  EXPECT_EQ(kind_of(message_of(7, 0, 1, 0, "04 77706164 00 0001 0001 00")), "") << "bytes behind it";
  const ByteString stream = behind_length(message_of(7, 0, 1, 0, kSingle));
  const std::vector<Change> arriving{{0, kMore}, {stream.size(), kYes}};
  EXPECT_EQ(changes(check_named("llmnr-stream"), Side::client, stream), arriving);
  EXPECT_EQ(ask(check_named("llmnr-stream"), Side::server, stream), kNo);
  EXPECT_EQ(ask(check_named("dns-stream"), Side::client, stream), kNo);
}

TEST(DnsCheck, ADatagramHoldsExactlyOneMessage) {
  for (const ByteString& message : {kQuery, kResponse}) {
    const Side side = message == kQuery ? Side::client : Side::server;
    for (std::size_t size = 0; size < message.size(); ++size) {
      EXPECT_EQ(ask(check_named("dns"), side, first_bytes(message, size)), kNo) << size;
    }
    EXPECT_EQ(ask(check_named("dns"), side, joined(message, {0})), kNo);
  }
}

TEST(DnsCheck, AStreamIsDecidedAtItsFirstWholeEntry) {
  const ByteString stream = behind_length(kResponse);
  const std::size_t decided = 2 + 12 + kQuestion.size();
  const std::vector<Change> arriving{{0, kMore}, {decided, kYes}};
  EXPECT_EQ(changes(check_named("dns-stream"), Side::server, stream), arriving);
  const std::vector<Change> ended{{0, kNo}, {decided, kYes}};
  EXPECT_EQ(changes(check_named("dns-stream"), Side::server, stream, true), ended);
}

TEST(DnsCheck, ProvesWhatItHasWalked) {
  EXPECT_EQ(check_named("dns")(Said::stream(kResponse).payload(false), Side::server).proven, kResponse.size());
  const ByteString stream = behind_length(kResponse);
  EXPECT_EQ(check_named("dns-stream")(Said::stream(stream).payload(false), Side::server).proven, stream.size());
  const ByteString cut = first_bytes(stream, stream.size() - 1);
  EXPECT_EQ(check_named("dns-stream")(Said::stream(cut).payload(false), Side::server).proven,
            2 + 12 + kQuestion.size());
}

TEST(DnsCheck, AStreamsLengthMustFitItsMessage) {
  for (const std::size_t length : {std::size_t{0}, std::size_t{16}, kQuery.size() - 1, kQuery.size() + 1}) {
    const ByteString stream = ByteWriter().u16(length).add(kQuery).zeros(4).bytes();
    EXPECT_EQ(ask(check_named("dns-stream"), Side::client, stream, true), kNo) << length;
  }
  EXPECT_EQ(ask(check_named("dns-stream"), Side::client, joined(behind_length(kQuery), behind_length(kQuery))), kYes);
}

TEST(DnsCheck, ATransferGoesOnWithoutItsQuestion) {
  const ByteString soa = joined(kName, from_hex("0001 0001 0000012c 0004 c0000201"));
  const ByteString message = joined(header(0x8480, 0, 1), soa);
  EXPECT_EQ(ask(check_named("dns-stream"), Side::server, behind_length(message)), kYes);
  EXPECT_EQ(response(message), kNo);
}

TEST(DnsCheck, FlagsAndCountsAreThoseOfTheOpcode) {
  const auto with = [](unsigned flags, unsigned questions, unsigned answers, unsigned authority, unsigned additional) {
    ByteString bytes = joined(header(flags, questions, answers, authority, additional), kQuestion);
    for (unsigned i = 0; i < answers + authority + additional; ++i) bytes = joined(bytes, kAnswer);
    return bytes;
  };
  EXPECT_EQ(query(with(0x2400, 1, 1, 0, 0)), kYes) << "NOTIFY with its SOA";
  EXPECT_EQ(query(with(0x2800, 1, 1, 3, 2)), kYes) << "UPDATE";
  EXPECT_EQ(query(with(0x0130, 1, 0, 0, 1)), kYes) << "AD and CD in a query";
  EXPECT_EQ(response(with(0x818A, 1, 0, 0, 0)), kYes) << "NOTZONE";
  EXPECT_EQ(query(with(0x0100, 1, 0, 1, 4)), kYes);
  EXPECT_EQ(query(with(0x0100, 1, 0, 1, 5)), kNo) << "more records than any query has";
  EXPECT_EQ(response(with(0x81C0, 1, 0, 0, 0)), kNo) << "reserved bit";
  EXPECT_EQ(query(with(0x0100, 1, 1, 0, 0)), kNo) << "a query with an answer";
  EXPECT_EQ(query(with(0x0800, 1, 0, 0, 0)), kNo) << "IQUERY";
  EXPECT_EQ(query(with(0x0140, 1, 0, 0, 0)), kNo) << "reserved bit";
  EXPECT_EQ(query(with(0x0180, 1, 0, 0, 0)), kNo) << "recursion available in a query";
  EXPECT_EQ(query(with(0x0103, 1, 0, 0, 0)), kNo) << "a query with an error";
  EXPECT_EQ(response(with(0x818B, 1, 0, 0, 0)), kNo) << "error 11";
  EXPECT_EQ(query(joined(header(0x0100, 2), joined(kQuestion, kQuestion))), kNo) << "two questions";
  EXPECT_EQ(query(header(0x0100, 0)), kNo) << "no question";
  EXPECT_EQ(response(joined(header(0x8180, 1, 0xFFFF), kQuestion)), kNo) << "more records than bytes";
}

TEST(DnsCheck, NamesNeitherLoopNorRunAway) {
  const auto with_name = [](const ByteString& name) {
    return joined(header(0x0100, 1), joined(name, from_hex("0001 0001")));
  };
  EXPECT_EQ(query(with_name(from_hex("00"))), kYes);
  EXPECT_EQ(query(with_name(from_hex("c00c"))), kNo) << "points at itself";
  EXPECT_EQ(query(with_name(from_hex("0161 c00c"))), kNo) << "points at its own start";
  EXPECT_EQ(query(with_name(from_hex("c000"))), kNo) << "points into the header";
  EXPECT_EQ(query(with_name(from_hex("c020"))), kNo) << "points forward";
  EXPECT_EQ(query(with_name(from_hex("4061 00"))), kNo) << "label type 01";
  EXPECT_EQ(query(with_name(from_hex("3f61 00"))), kNo) << "label past the end";

  const auto of_labels = [](std::size_t count, std::size_t last) {
    ByteWriter name;
    for (std::size_t i = 0; i < count; ++i) name.u8(63).add(ByteString(63, 'a'));
    return name.u8(last).add(ByteString(last, 'b')).u8(0).bytes();
  };
  EXPECT_EQ(query(with_name(of_labels(3, 61))), kYes) << "255 bytes";
  EXPECT_EQ(query(with_name(of_labels(3, 62))), kNo) << "256 bytes";
}

TEST(DnsCheck, APointerMustLeadToANameOfAllowedLength) {
  // Two names of 130 bytes: the second one is one label and a pointer to the first, longer than 255 together.
  ByteWriter name;
  for (int i = 0; i < 4; ++i) name.u8(50).add(ByteString(50, 'a'));
  const ByteString question = ByteWriter().add(name.bytes()).u8(0).u16(1).u16(1).bytes();
  const auto record = [](std::size_t label) {
    return ByteWriter().u8(label).add(ByteString(label, 'b')).u16(0xC00C).u16(1).u16(1).u32(1).u16(4).u32(1).bytes();
  };
  const ByteString start = joined(header(0x8180, 1, 1), question);
  EXPECT_EQ(response(joined(start, record(49))), kYes);
  EXPECT_EQ(response(joined(start, record(50))), kNo);
}

TEST(DnsCheck, ManyRecordsWithLongPointerChainsAreStillOneMessage) {
  ByteWriter chain;  // in the data of the first record: each pointer leads to the one before
  for (unsigned i = 0; i < 400; ++i) chain.u16(0xC000 + (i == 0 ? 12 : 12 + kQuestion.size() + 12 + 2 * (i - 1)));
  const std::size_t last = 12 + kQuestion.size() + 12 + 2 * 399;
  ByteWriter message;
  message.add(header(0x8180, 1, 101)).add(kQuestion);
  message.u16(0xC00C).u16(16).u16(1).u32(1).counted(2, chain.bytes());
  for (unsigned i = 0; i < 100; ++i) message.u16(0xC000 + last).u16(1).u16(1).u32(1).u16(4).u32(i);
  EXPECT_EQ(response(message.bytes()), kYes);
}

TEST(DnsCheck, TypesClassesAndAddressLengthsAreKnownOnes) {
  const auto asking = [](const char* type_and_class) {
    return joined(header(0x0100, 1), joined(kName, from_hex(type_and_class)));
  };
  EXPECT_EQ(query(asking("0041 0001")), kYes) << "HTTPS";
  EXPECT_EQ(query(asking("00ff 00ff")), kYes) << "ANY";
  EXPECT_EQ(query(asking("0010 0003")), kYes) << "CHAOS";
  const auto asking_for = [](unsigned type, unsigned number) {
    return query(joined(header(0x0100, 1), ByteWriter().add(kName).u16(type).u16(number).bytes()));
  };
  for (const unsigned type : {1U, 128U, 249U, 264U, 32768U, 32769U, 65280U, 65534U})
    EXPECT_EQ(asking_for(type, 1), kYes) << type;
  for (const unsigned type : {0U, 129U, 248U, 265U, 32767U, 32770U, 65279U, 65535U})
    EXPECT_EQ(asking_for(type, 1), kNo) << type;
  for (const unsigned number : {1U, 3U, 4U, 254U, 255U}) EXPECT_EQ(asking_for(1, number), kYes) << number;
  for (const unsigned number : {0U, 2U, 5U, 253U, 256U, 0x8001U}) EXPECT_EQ(asking_for(1, number), kNo) << number;

  const auto answering = [](const char* record) {
    return joined(joined(header(0x8180, 1, 1), kQuestion), from_hex(record));
  };
  EXPECT_EQ(response(answering("c00c 0001 0001 0000012c 0005 c000020100")), kNo) << "A of five bytes";
  EXPECT_EQ(response(answering("c00c 001c 0001 0000012c 0004 c0000201")), kNo) << "AAAA of four bytes";
  EXPECT_EQ(response(answering("c00c 0001 0001 00000000 0000")), kYes) << "a prerequisite";
  EXPECT_EQ(response(answering("c00c 001c 0001 0000012c 0010 20010db8000000000000000000000001")), kYes);
  EXPECT_EQ(response(answering("c00c 0000 0001 0000012c 0000")), kNo) << "type zero";
  EXPECT_EQ(response(answering("c00c 0001 0002 0000012c 0004 c0000201")), kNo) << "class 2";
  EXPECT_EQ(response(answering("00 0029 1000 00000000 0000")), kYes) << "EDNS";
  EXPECT_EQ(response(answering("c00c 0029 1000 00000000 0000")), kNo) << "EDNS with a name";
}

TEST(DnsCheck, NetbiosNamesAreNotDns) {
  const auto asking = [](std::string_view label, unsigned type) {
    return joined(header(0x0110, 1), ByteWriter().counted(1, label).u8(0).u16(type).u16(1).bytes());
  };
  EXPECT_EQ(query(asking("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 33)), kNo);
  EXPECT_EQ(query(asking("FHEPFCELEHFCEPFFFACACACACACACAAA", 32)), kNo);
  EXPECT_EQ(query(asking("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1)), kYes);
  EXPECT_EQ(query(asking("zKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 33)), kYes) << "SRV";
}

}  // namespace dns_check
}  // namespace ghostport
