#include "dataplane/pcap_reader.h"

#include <gtest/gtest.h>

#include "tests/dataplane/capture_writer.h"
#include "tests/dataplane/read_capture.h"

namespace ghostport {
namespace pcap_reader_test {

using packets::ByteString;

std::vector<FileRecord> records() {
  std::vector<FileRecord> all;
  for (std::uint64_t i = 0; i < 4; ++i) {
    all.push_back({static_cast<std::int64_t>(1'700'000'000 + i) * kSecond + 123'456'789,
                   packets::random_bytes(20 + i, i), static_cast<std::uint32_t>(20 + i + 100 * (i % 2))});
  }
  return all;
}

void expect_records(const CaptureContent& read, std::int64_t unit) {
  EXPECT_EQ(read.problem, "");
  const std::vector<FileRecord> expected = records();
  ASSERT_EQ(read.packets.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(read.packets[i].bytes, expected[i].bytes);
    EXPECT_EQ(read.packets[i].length, expected[i].length);
    EXPECT_EQ(read.packets[i].at.true_time, expected[i].time / unit * unit);
  }
}

TEST(PcapReader, ReadsEveryFormatInBothByteOrders) {
  for (const std::uint32_t magic : {0xA1B2C3D4U, 0xA1B23C4DU, 0xA1B2CD34U}) {
    for (const bool big_endian : {false, true}) {
      SCOPED_TRACE(magic);
      expect_records(read_memory(classic_pcap(records(), {.magic = magic, .big_endian = big_endian})),
                     magic == 0xA1B23C4D ? 1 : 1000);
    }
  }
}

TEST(PcapReader, OldVersionsHaveTheirLengthsTheOtherWayRound) {
  for (std::uint16_t minor = 0; minor < 3; ++minor) {
    expect_records(read_memory(classic_pcap(records(), {.minor = minor, .exchanged_lengths = true})), 1000);
  }
  expect_records(read_memory(classic_pcap(records(), {.major = 543, .minor = 0, .exchanged_lengths = true})), 1000);
  for (const bool exchanged : {false, true}) {  // 2.3 wrote either
    expect_records(read_memory(classic_pcap(records(), {.minor = 3, .exchanged_lengths = exchanged})), 1000);
  }
}

TEST(PcapReader, OtherVersionsAreRefused) {
  for (const auto& [major, minor] : {std::pair{1, 0}, {2, 5}, {3, 0}, {543, 1}}) {
    const CaptureContent read = read_memory(classic_pcap(
        records(), {.major = static_cast<std::uint16_t>(major), .minor = static_cast<std::uint16_t>(minor)}));
    EXPECT_FALSE(read.opened);
    EXPECT_EQ(read.problem, "has version " + std::to_string(major) + '.' + std::to_string(minor) +
                                " of the pcap format, which does not exist (2.0 to 2.4 do)");
  }
}

TEST(PcapReader, MoreThanTheSnapLengthIsNotLookedAt) {
  const CaptureContent read = read_memory(classic_pcap(records(), {.snap_length = 21}));
  ASSERT_EQ(read.packets.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(read.packets[i].bytes.size(), std::min<std::size_t>(21, records()[i].bytes.size()));
    EXPECT_GE(read.packets[i].length, records()[i].bytes.size());
  }
  for (const std::uint32_t snap : {0U, 0x80000000U, 0xFFFFFFFFU}) {  // tells nothing
    expect_records(read_memory(classic_pcap(records(), {.snap_length = snap})), 1000);
  }
  // A cooked capture's Ethernet header stands beyond the snap length.
  expect_records(read_memory(classic_pcap(records(), {.magic = 0xA1B2CD34, .snap_length = 10})), 1000);
}

TEST(PcapReader, LongRecordsOfLinkTypesThatHaveThemAreSkippedBehindTheFirstBytes) {
  const ByteString large(600'000, 7);
  for (const std::uint32_t link : {231U, 249U, 279U}) {
    const ByteString bytes =
        classic_pcap({{0, large, 600'000}, {0, ByteString(60), 60}}, {.snap_length = 1'000'000, .link_type = link});
    const CaptureContent read = read_memory(bytes);
    EXPECT_EQ(read.problem, "");
    ASSERT_EQ(read.packets.size(), 2U) << link;
    EXPECT_EQ(read.packets[0].bytes.size(), kMostCaptured);
    EXPECT_EQ(read.packets[0].length, 600'000U);
    EXPECT_EQ(read.packets[1].bytes.size(), 60U);
    const CaptureContent cut = read_memory({bytes.begin(), bytes.begin() + 500'000});
    EXPECT_NE(cut.problem.find("ends inside packet 1 at byte"), std::string::npos) << cut.problem;
  }
  const ByteString beyond = classic_pcap({{0, ByteString((1U << 20U) + 1), 5}}, {.link_type = 249});
  EXPECT_EQ(read_memory(beyond).problem.substr(0, 31), "packet 1 claims 1048577 capture");
  const CaptureContent ethernet = read_memory(classic_pcap({{0, large, 600'000}}, {.snap_length = 1'000'000}));
  EXPECT_EQ(ethernet.problem.substr(0, 30), "packet 1 claims 600000 capture");
}

TEST(PcapReader, AModifiedFileCutAtAnyByteIsReadUpToThereAndSaysWhere) {
  const ByteString whole = classic_pcap(records(), {.magic = 0xA1B2CD34, .big_endian = true});
  std::vector<std::size_t> ends{24};
  for (const FileRecord& record : records()) ends.push_back(ends.back() + 24 + record.bytes.size());
  for (std::size_t size = 24; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    const CaptureContent read = read_memory({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    const auto packets = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin() - 1);
    EXPECT_EQ(read.packets.size(), packets);
    const bool clean = ends[packets] == size;
    EXPECT_EQ(read.problem.empty(), clean);
    if (!clean) {
      EXPECT_NE(read.problem.find("at byte " + std::to_string(ends[packets]) + " of " + std::to_string(size)),
                std::string::npos)
          << read.problem;
    }
  }
}

}  // namespace pcap_reader_test
}  // namespace ghostport
