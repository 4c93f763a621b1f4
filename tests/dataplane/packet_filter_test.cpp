#include "dataplane/packet_filter.h"

#include <gtest/gtest.h>

#include "tests/dataplane/capture_writer.h"
#include "tests/dataplane/read_capture.h"

namespace ghostport {
namespace packet_filter_test {

using packets::ByteString;
using packets::PacketBuilder;

std::unique_ptr<PacketFilter> filter_of(const std::string& expression) {
  auto filter = PacketFilter::compile(expression);
  if (!filter) {
    ADD_FAILURE() << filter.problems().front().what;
    return nullptr;
  }
  return std::move(filter).value();
}

PacketBuilder datagram(std::uint16_t port) {
  return PacketBuilder()
      .between("10.0.0.5", "10.0.0.9")
      .udp({.source_port = 5000, .destination_port = port})
      .payload("x");
}

CaptureContent filtered(const ByteString& bytes, PacketFilter& filter, std::uint64_t& filtered_out) {
  CaptureFileSource source;
  const bool opened = source.open_memory(bytes, 1U << 20U);
  source.set_filter(&filter);
  CaptureContent content = content_of(source, opened);
  filtered_out = source.filtered_out();
  EXPECT_EQ(content.packets.size() + filtered_out, source.packets());
  return content;
}

TEST(PacketFilter, PacketsKeepTheNumbersOfTheFile) {
  std::vector<FileRecord> records;
  constexpr std::uint16_t kPorts[] = {1, 2, 3, 2, 1};
  for (const std::uint16_t port : kPorts) {
    const ByteString frame = datagram(port).frame();
    records.push_back({port * kSecond, frame, static_cast<std::uint32_t>(frame.size())});
  }
  const auto filter = filter_of("udp dst port 2");
  std::uint64_t filtered_out = 0;
  const CaptureContent content = filtered(classic_pcap(records), *filter, filtered_out);
  EXPECT_EQ(content.problem, "");
  ASSERT_EQ(content.packets.size(), 2U);
  EXPECT_EQ(content.packets[0].at.number, 2U);
  EXPECT_EQ(content.packets[1].at.number, 4U);
  EXPECT_EQ(content.packets[1].at.stamp, 2 * kSecond) << "the time of what was left out does not count";
  EXPECT_EQ(filtered_out, 3U);
}

TEST(PacketFilter, EveryLinkTypeGetsItsOwnProgram) {
  PcapngWriter writer;
  writer.interface(1).interface(101).interface(0);
  const ByteString loopback = packets::joined({2, 0, 0, 0}, datagram(2).datagram());
  writer.enhanced(1, datagram(2).frame(), 0).enhanced(2, datagram(2).datagram(), 1).enhanced(3, loopback, 2);
  writer.enhanced(4, datagram(3).frame(), 0).enhanced(5, datagram(3).datagram(), 1);
  const auto filter = filter_of("udp port 2");
  std::uint64_t filtered_out = 0;
  const CaptureContent content = filtered(writer.bytes(), *filter, filtered_out);
  EXPECT_EQ(content.problem, "");
  EXPECT_EQ(content.packets.size(), 3U);
  EXPECT_EQ(filtered_out, 2U);
}

TEST(PacketFilter, AnExpressionWithoutMeaningForALinkTypeStopsThere) {
  PcapngWriter writer;
  writer.interface(1).interface(101);
  writer.enhanced(1, datagram(2).frame(), 0).enhanced(2, datagram(2).datagram(), 1).enhanced(3, datagram(2).frame(), 0);
  const auto filter = filter_of("ether broadcast or udp");
  std::uint64_t filtered_out = 0;
  const CaptureContent content = filtered(writer.bytes(), *filter, filtered_out);
  EXPECT_EQ(content.packets.size(), 1U);
  EXPECT_EQ(content.problem.substr(0, 58), "packet 2: the filter has no meaning for link type 101: not");
}

TEST(PacketFilter, LinkTypesAreBounded) {
  PcapngWriter writer;
  const std::uint16_t links[] = {1, 0, 101, 113, 276, 9, 50, 51, 104, 105, 107, 108, 117, 119, 127, 163, 192};
  for (const std::uint16_t link : links) writer.interface(link);
  for (std::uint32_t which = 0; which < std::size(links); ++which) writer.enhanced(which, ByteString(60), which);
  const auto filter = filter_of("greater 10");
  std::uint64_t filtered_out = 0;
  const CaptureContent content = filtered(writer.bytes(), *filter, filtered_out);
  EXPECT_EQ(content.packets.size(), PacketFilter::kMostLinkTypes);
  EXPECT_EQ(content.problem, "packet 17: more than 16 link types are too many for -f");
}

TEST(PacketFilter, AWrongExpressionSaysWhatAndWhere) {
  struct Wrong {
    std::string expression;
    unsigned column;
    std::string says;
  };
  for (const Wrong& wrong : {Wrong{"tcp port 80 andd host 10.0.0.1", 13, "syntax error"},
                             Wrong{"prt 80", 1, "syntax error"}, Wrong{"  tcp prt 80", 7, "syntax error"},
                             Wrong{"tcp and", 5, "syntax error"}, Wrong{"tcp port 99999", 5, "99999"},
                             Wrong{"port nosuchport", 1, "nosuchport"}, Wrong{"udp )", 5, "syntax error"}}) {
    SCOPED_TRACE(wrong.expression);
    const auto filter = PacketFilter::compile(wrong.expression);
    ASSERT_FALSE(filter.ok());
    EXPECT_EQ(filter.problems().front().column, wrong.column) << filter.problems().front().what;
    EXPECT_NE(filter.problems().front().what.find(wrong.says), std::string::npos) << filter.problems().front().what;
  }
}

TEST(PacketFilter, WordsOfOneLinkTypeOnlyAreKnown) {
  for (const char* expression : {"wlan type mgt", "tcp port 3238", "vlan 7 and ip6", ""}) {
    EXPECT_TRUE(PacketFilter::compile(expression).ok()) << expression;
  }
}

}  // namespace packet_filter_test
}  // namespace ghostport
