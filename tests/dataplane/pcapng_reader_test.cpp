#include "dataplane/pcapng_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/dataplane/capture_writer.h"
#include "tests/dataplane/read_capture.h"

namespace ghostport {
namespace pcapng_reader_test {

using packets::ByteString;
using packets::random_bytes;

constexpr std::int64_t kTime = 1'700'000'000;  // seconds

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text << "\n  lacks " << part;
}

TEST(PcapngReader, ReadsEnhancedSimpleAndObsoleteBlocksInBothByteOrders) {
  for (const bool big_endian : {false, true}) {
    PcapngWriter writer(big_endian);
    writer.interface().enhanced(kTime * 1'000'000 + 5, random_bytes(61, 1), 0, 1500);
    writer.simple(random_bytes(62, 2)).obsolete(kTime * 1'000'000 + 7, random_bytes(63, 3), 0, 99);
    const CaptureContent read = read_memory(writer.bytes());
    EXPECT_EQ(read.problem, "");
    ASSERT_EQ(read.packets.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(read.packets[i].bytes, random_bytes(61 + i, i + 1));
    EXPECT_EQ(read.packets[0].length, 1500U);
    EXPECT_EQ(read.packets[1].length, 62U);
    EXPECT_EQ(read.packets[2].length, 99U);
    EXPECT_EQ(read.packets[0].at.true_time, kTime * kSecond + 5000);
    EXPECT_EQ(read.packets[1].at.true_time, kTime * kSecond + 5000) << "of the packet before: it has none itself";
    EXPECT_EQ(read.packets[2].at.true_time, kTime * kSecond + 7000);
    EXPECT_EQ(read.packets[2].at.number, 3U);
  }
}

TEST(PcapngReader, EveryInterfaceHasItsLinkTypeAndClock) {
  struct Clock {
    std::uint8_t resolution;
    std::uint64_t units;  // for a time a quarter of a second behind kTime
  };
  const Clock clocks[] = {{6, 1'700'000'000'250'000},
                          {9, 1'700'000'000'250'000'000},
                          {3, 1'700'000'000'250},
                          {0x80 | 2, kTime * 4 + 1},
                          {0x80 | 20, (std::uint64_t{kTime} << 20U) + (1U << 18U)},
                          {0x80 | 32, (std::uint64_t{kTime} << 32U) + (1U << 30U)},
                          {2, 170'000'000'025}};
  PcapngWriter writer;
  for (const Clock& clock : clocks) {
    writer.interface(static_cast<std::uint16_t>(100 + clock.resolution), 0,
                     {{2, {'e', 't', 'h'}}, {9, {clock.resolution}}});
  }
  writer.interface(113, 0, {{14, writer.number(kTime, 8)}});  // counts from kTime on
  std::uint32_t which = 0;
  for (const Clock& clock : clocks) writer.enhanced(clock.units, ByteString(60), which++);
  writer.enhanced(250'000, ByteString(60), which);
  const CaptureContent read = read_memory(writer.bytes());
  EXPECT_EQ(read.problem, "");
  ASSERT_EQ(read.packets.size(), std::size(clocks) + 1);
  for (const CaptureContent::One& one : read.packets) EXPECT_EQ(one.at.true_time, kTime * kSecond + kSecond / 4);
  for (std::size_t i = 0; i < std::size(clocks); ++i) EXPECT_EQ(read.packets[i].link_type, 100 + clocks[i].resolution);
  EXPECT_EQ(read.packets.back().link_type, 113);
}

TEST(PcapngReader, TimesBeyondWhatCanBeToldAreSetToTheEnds) {
  PcapngWriter writer;
  writer.interface(1, 0, {{9, {0}}}).interface(1, 0, {{14, writer.number(~std::uint64_t{0}, 8)}});
  writer.interface(1, 0, {{9, {0x80 | 63}}}).interface(1, 0, {{9, {19}}});
  writer.enhanced(~std::uint64_t{0}, ByteString(60), 0).enhanced(0, ByteString(60), 1);
  writer.enhanced(~std::uint64_t{0}, ByteString(60), 2).enhanced(~std::uint64_t{0}, ByteString(60), 3);
  const CaptureContent read = read_memory(writer.bytes());
  ASSERT_EQ(read.packets.size(), 4U) << read.problem;
  EXPECT_EQ(read.packets[0].at.true_time, kLatestSecond * kSecond);
  EXPECT_EQ(read.packets[1].at.true_time, 0);
  EXPECT_EQ(read.packets[2].at.true_time, kSecond + 999'999'999);
  EXPECT_EQ(read.packets[3].at.true_time, kSecond + 844'674'407);
}

TEST(PcapngReader, EverySectionHasItsOwnOrderAndInterfaces) {
  PcapngWriter writer(false);
  writer.interface(1).interface(101).enhanced(1, ByteString(60), 1);
  writer.section(true).interface(113).enhanced(2, ByteString(60), 0);
  writer.section(false, 1, 2).interface(276).enhanced(3, ByteString(60), 0);
  const CaptureContent read = read_memory(writer.bytes());
  EXPECT_EQ(read.problem, "");
  ASSERT_EQ(read.packets.size(), 3U);
  EXPECT_EQ(read.packets[0].link_type, 101);
  EXPECT_EQ(read.packets[1].link_type, 113);
  EXPECT_EQ(read.packets[2].link_type, 276);
  writer.section(false).enhanced(4, ByteString(60));
  expect_part(read_memory(writer.bytes()).problem, "packet 4 names interface 0, which was not described, at byte ");
}

TEST(PcapngReader, OtherBlocksAndOptionsAreSkipped) {
  PcapngWriter writer;
  writer.block(4, ByteString(33)).interface(1, 0, {{1, ByteString(300, 'c')}, {12, ByteString(5, 'o')}, {0x8BAD, {}}});
  for (const std::uint32_t type : {0U, 4U, 5U, 10U, 0x0BADU, 0x4000'0BADU, 0x8000'0001U}) {
    writer.block(type, ByteString(type % 50, 0xFF));
  }
  writer.enhanced(1, random_bytes(60, 1), 0, {}, {{1, ByteString(1000, 'c')}, {2, ByteString(4)}});
  writer.block(5, {}).enhanced(2, random_bytes(60, 2)).block(4, {});
  const CaptureContent read = read_memory(writer.bytes());
  EXPECT_EQ(read.problem, "");
  ASSERT_EQ(read.packets.size(), 2U);
  EXPECT_EQ(read.packets[0].bytes, random_bytes(60, 1));
  EXPECT_EQ(read.packets[1].bytes, random_bytes(60, 2));
}

TEST(PcapngReader, ASimpleBlockIsCutByTheSnapLengthOfItsInterface) {
  PcapngWriter writer;
  writer.interface(1, 48).simple(ByteString(48, 1), 1500).simple(ByteString(20, 2));
  const CaptureContent read = read_memory(writer.bytes());
  EXPECT_EQ(read.problem, "");
  ASSERT_EQ(read.packets.size(), 2U);
  EXPECT_EQ(read.packets[0].bytes.size(), 48U);
  EXPECT_EQ(read.packets[0].length, 1500U);
  EXPECT_EQ(read.packets[1].bytes.size(), 20U);
}

TEST(PcapngReader, ACaptureWithoutPacketsIsWhole) {
  for (const PcapngWriter& writer : {PcapngWriter(), PcapngWriter(true).interface(), PcapngWriter().section(true)}) {
    const CaptureContent read = read_memory(writer.bytes());
    EXPECT_TRUE(read.opened);
    EXPECT_EQ(read.problem, "");
    EXPECT_TRUE(read.packets.empty());
  }
}

// ---- what cannot be read ----

TEST(PcapngReader, AFileCutAtAnyByteIsReadUpToThereAndSaysWhere) {
  for (const bool big_endian : {false, true}) {
    PcapngWriter writer(big_endian);
    writer.interface(1, 0, {{2, {'e', 't', 'h'}}, {9, {9}}, {14, writer.number(7, 8)}}).block(4, ByteString(20));
    const std::size_t before_packets = writer.ends().size();
    writer.enhanced(1, ByteString(33), 0, {}, {{1, ByteString(10)}}).simple(ByteString(9)).obsolete(2, ByteString(5));
    writer.section(!big_endian).interface().enhanced(3, ByteString(14));
    const ByteString& whole = writer.bytes();
    const std::vector<std::size_t>& ends = writer.ends();
    for (std::size_t size = 1; size <= whole.size(); ++size) {
      SCOPED_TRACE(size);
      const CaptureContent read = read_memory({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
      EXPECT_EQ(read.opened, size >= ends[0]);
      std::size_t blocks = static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), size) - ends.begin());
      const std::size_t begin = blocks == 0 ? 0 : ends[blocks - 1];
      const std::size_t packets = blocks <= before_packets ? 0 : std::min<std::size_t>(blocks - before_packets, 3);
      EXPECT_EQ(read.packets.size(), blocks == ends.size() ? 4 : packets);
      EXPECT_EQ(read.problem.empty(), begin == size && size != 0) << read.problem;
      if (begin != size) expect_part(read.problem, " at byte " + std::to_string(begin) + " of " + std::to_string(size));
    }
  }
}

struct Hostile {
  std::string says;
  ByteString bytes;
};

std::vector<Hostile> hostile_files() {
  const auto start = [] { return PcapngWriter().interface(); };
  const ByteString packet(60);
  const auto fields = [](std::initializer_list<std::uint32_t> words) {
    OrderedWriter out;
    for (const std::uint32_t word : words) out.u32(word);
    return out.bytes();
  };
  return {
      {"packet 1 names interface 0, which was not described", PcapngWriter().enhanced(1, packet).bytes()},
      {"packet 1 names interface 0, which was not described", PcapngWriter().simple(packet).bytes()},
      {"packet 1 names interface 65535, which was not described", start().obsolete(1, packet, 65'535).bytes()},
      {"packet 1 names interface 4294967295, which", start().enhanced(1, packet, 0xFFFFFFFF).bytes()},
      {"packet 1 claims 4294967295 captured bytes", start().block(6, fields({0, 0, 0, 0xFFFFFFFF, 5, 0})).bytes()},
      {"packet 1 claims 5 captured bytes, more than", start().block(6, fields({0, 0, 0, 5, 5, 0})).bytes()},
      {"packet 1 claims 100 captured bytes, more than", start().block(3, fields({100, 0})).bytes()},
      {"packet 1 lies in a block that is too short", start().block(6, fields({0, 0, 0, 0})).bytes()},
      {"packet 1 lies in a block that is too short", start().block(3, {}).bytes()},
      {"packet 1 claims a block of 327684 bytes", start().block(6, {}, 327'684).bytes()},
      {"packet 1 claims a block of 4294967292 bytes", start().block(3, {}, 0xFFFFFFFC).bytes()},
      {"has a block of impossible length 0", start().block(5, {}, 0).bytes()},
      {"has a block of impossible length 11", start().block(5, {}, 11).bytes()},
      {"has a block of impossible length 18", start().block(5, ByteString(8), 18).bytes()},
      {"has a block of impossible length 4294967295", start().block(5, {}, 0xFFFFFFFF).bytes()},
      {"ends inside a block before packet 1", start().block(5, {}, 0xFFFFFFFC).bytes()},
      {"has a block of length 20 that ends with another length, 24,", start().block(5, ByteString(8), 20, 24).bytes()},
      {"packet 1 lies in a block of length 92 that ends with another length, 0,",
       start().block(6, OrderedWriter().u32(0).u64(0).u32(60).u32(60).add(packet).bytes(), 92, 0).bytes()},
      {"has an interface description that is too short", PcapngWriter().block(1, ByteString(4)).bytes()},
      {"has an interface with a broken option 9", PcapngWriter().interface(1, 0, {{9, {6, 6}}}).bytes()},
      {"has an interface with a broken option 14", PcapngWriter().interface(1, 0, {{14, {6, 6}}}).bytes()},
      {"has an interface whose unit of time is too small", PcapngWriter().interface(1, 0, {{9, {20}}}).bytes()},
      {"has an interface whose unit of time is too small", PcapngWriter().interface(1, 0, {{9, {0xC0}}}).bytes()},
      {"has an interface with a broken option 2", PcapngWriter().block(1, fields({1, 0, 0xFFFF0002})).bytes()},
      {"has a section of version 2.0", PcapngWriter().section(true, 2, 0).bytes()},
      {"has a section of version 1.1", PcapngWriter().section(true, 1, 1).bytes()},
      {"has a section header that is too short", start().block(0x0A0D0D0A, fields({0x1A2B3C4D})).bytes()},
      {"has a section header without a byte order", start().block(0x0A0D0D0A, ByteString(16)).bytes()},
  };
}

TEST(PcapngReader, HostileBlocksAreSaidWithTheirPlace) {
  for (const Hostile& file : hostile_files()) {
    for (const bool behind_a_packet : {false, true}) {
      // The file as it is, and as the second section of a good one.
      const PcapngWriter good = PcapngWriter().interface().enhanced(1, ByteString(60));
      const ByteString bytes = behind_a_packet ? packets::joined(good.bytes(), file.bytes) : file.bytes;
      const CaptureContent read = read_memory(bytes);
      EXPECT_EQ(read.packets.size(), behind_a_packet ? 1U : 0U);
      std::string says = file.says;
      if (const std::size_t at = says.find("packet 1"); at != std::string::npos && behind_a_packet) says[at + 7] = '2';
      expect_part(read.problem, says);
      expect_part(read.problem, " at byte ");
    }
  }
}

TEST(PcapngReader, InterfacesAreBounded) {
  PcapngWriter writer;
  const PcapngWriter one = PcapngWriter().interface();
  const ByteString block(one.bytes().begin() + 28, one.bytes().end());
  ByteString bytes = writer.bytes();
  for (std::size_t i = 0; i <= PcapngReader::kMostInterfaces; ++i)
    bytes.insert(bytes.end(), block.begin(), block.end());
  expect_part(read_memory(bytes).problem, "has more than 65536 interfaces in a section at byte ");
  bytes.resize(bytes.size() - block.size());
  EXPECT_EQ(read_memory(bytes).problem, "");
}

RC_GTEST_PROP(PcapngReaderProperty, AFileOfAnyBytesIsReadOrRefused, ()) {
  PcapngWriter writer;
  writer.interface(1, 100, {{9, {9}}}).enhanced(1, ByteString(60)).simple(ByteString(30)).section(true);
  writer.interface(113).obsolete(9, ByteString(40));
  ByteString bytes = writer.bytes();
  const auto changes = *rc::gen::container<std::vector<std::pair<std::size_t, std::uint8_t>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, bytes.size()), rc::gen::arbitrary<std::uint8_t>()));
  for (const auto& [at, value] : changes) bytes[at] = value;
  const CaptureContent read = read_memory(bytes);
  RC_ASSERT(read.opened || !read.problem.empty());
  for (std::size_t i = 1; i < read.packets.size(); ++i)
    RC_ASSERT(read.packets[i].at.stamp >= read.packets[i - 1].at.stamp);
}

}  // namespace pcapng_reader_test
}  // namespace ghostport
