#include <gtest/gtest.h>

#include "tests/signatures/payloads.h"

namespace ghostport {
namespace rtcp_check {

constexpr CheckState kYes = CheckState::yes;
constexpr CheckState kNo = CheckState::no;
constexpr CheckState kMore = CheckState::more;

const ByteString kReceiver = from_hex("81C9000701932DB4" + std::string(48, '0'));
const ByteString kDescription = from_hex("81CA000301932DB40103616263000000");
const ByteString kSender = from_hex("80C800065D931534" + std::string(40, '1'));

CheckState state(std::string_view check, const std::vector<ByteString>& datagrams, bool complete = false) {
  return ask(check_named(check), datagrams, complete);
}

TEST(RtcpCheck, ACompoundBeginsWithAReportOrIsOfOneSenderAndFillsTheDatagram) {
  EXPECT_EQ(state("rtcp", {joined(kReceiver, kDescription)}), kYes);
  EXPECT_EQ(state("rtcp", {joined(kSender, kDescription)}), kYes);
  EXPECT_EQ(state("rtcp", {joined(kDescription, kReceiver)}), kYes) << "as when a call ends";
  EXPECT_EQ(state("rtcp", {joined(from_hex("81CA000301932DB50103616263000000"), kReceiver)}), kNo) << "another sender";
  EXPECT_EQ(state("rtcp", {kReceiver}), kNo) << "one alone";
  EXPECT_EQ(state("rtcp", {joined(joined(kReceiver, kDescription), ByteString(1))}), kNo);
  EXPECT_EQ(state("rtcp", {joined(from_hex("82C9000701932DB4" + std::string(48, '0')), kDescription)}), kNo)
      << "fewer words than its blocks";
  EXPECT_EQ(state("rtcp", {joined(kReceiver, from_hex("81DA000301932DB40103616263000000"))}), kNo) << "no such type";
  EXPECT_EQ(state("rtcp", {joined(from_hex("A1C9000701932DB4" + std::string(48, '0')), kDescription)}), kNo)
      << "padding before the end";
}

TEST(RtcpCheck, OnePacketNeedsAnotherOfItsSender) {
  const ByteString feedback = from_hex("81CD0003000000075D93153400010002");
  EXPECT_EQ(state("rtcp-single", {kSender}), kMore);
  EXPECT_EQ(state("rtcp-single", {kSender}, true), kNo);
  EXPECT_EQ(state("rtcp-single", {kSender, kSender}), kYes);
  EXPECT_EQ(state("rtcp-single", {feedback, feedback}), kYes);
  EXPECT_EQ(state("rtcp-single", {feedback, kSender}), kMore) << "another sender";
  EXPECT_EQ(state("rtcp-single", {kSender, joined(kSender, ByteString(4))}), kNo);
}

TEST(RtcpCheck, ASecuredReportHasItsIndexInItsPlace) {
  const auto report = [](std::string_view header, std::string_view index) {
    return joined(from_hex(header), joined(from_hex(index), random_bytes(10, 1)));
  };
  EXPECT_EQ(state("srtcp", {report("80C90001734E7B28", "80000005")}), kYes);
  EXPECT_EQ(state("srtcp", {report("80C90001734E7B280011223344556677", "80000105")}), kYes);
  EXPECT_EQ(state("srtcp", {joined(joined(from_hex("80C90001734E7B28"), random_bytes(16, 2)), from_hex("80000001"))}),
            kYes)
      << "the longer tag stands before the index";
  EXPECT_EQ(state("srtcp", {report("80C90001734E7B28", "00000005")}), kNo) << "not encrypted";
  EXPECT_EQ(state("srtcp", {report("80C90001734E7B28", "80010005")}), kNo) << "an index too far";
  EXPECT_EQ(state("srtcp", {report("80C90002734E7B28", "80000005")}), kNo);
  EXPECT_EQ(state("srtcp", {report("80C9000100000000", "80000005")}), kNo);
  EXPECT_EQ(state("srtcp", {joined(report("80C90001734E7B28", "80000005"), ByteString(1))}), kNo);
}

}  // namespace rtcp_check
}  // namespace ghostport
