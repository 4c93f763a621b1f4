#include "dataplane/pcap_file_source.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "detection/rules.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace {

using packets::ByteString;
using packets::Capture;
using packets::PacketBuilder;
using packets::PcapFormat;
using namespace std::chrono_literals;

constexpr std::int64_t kStart = packets::kCaptureStart.count();

Capture three_packets() {
  Capture capture;
  for (const char* text : {"one", "two", "three"}) {
    capture.add(PacketBuilder()
                    .between("10.0.0.5", "10.0.0.9")
                    .udp({.source_port = 5000, .destination_port = 3238})
                    .payload(text));
    capture.after(123'456'789ns);
  }
  return capture;
}

struct Read {
  bool opened = false;
  std::vector<PacketTime> times;
  std::vector<ByteString> frames;
  std::vector<std::uint32_t> lengths;
  std::string problem;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;
};

Read read_all(const std::string& path, std::size_t batch = 7) {
  Read read;
  PcapFileSource source;
  read.opened = source.open(path);
  std::vector<Packet> packets(batch);
  while (const std::size_t count = source.read(packets.data(), batch)) {
    for (std::size_t i = 0; i < count; ++i) {
      read.times.push_back(packets[i].at);
      read.frames.emplace_back(packets[i].data, packets[i].data + packets[i].captured);
      read.lengths.push_back(packets[i].length);
    }
  }
  EXPECT_EQ(source.packets(), read.times.size());
  read.problem = source.problem();
  read.size = source.size();
  read.offset = source.offset();
  return read;
}
Read read_bytes(const ByteString& bytes, std::size_t batch = 7) {
  const TemporaryFile file(bytes);
  return read_all(file.path(), batch);
}

void set_little(ByteString& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;

TEST(PcapFileSource, ReadsBothUnitsInBothByteOrders) {
  const Capture capture = three_packets();
  for (const bool nanoseconds : {false, true}) {
    for (const bool big_endian : {false, true}) {
      const Read read = read_bytes(capture.pcap({.nanoseconds = nanoseconds, .big_endian = big_endian}));
      ASSERT_TRUE(read.opened);
      EXPECT_EQ(read.problem, "");
      ASSERT_EQ(read.frames.size(), 3U);
      for (std::size_t i = 0; i < 3; ++i) {
        const auto& frame = capture.frames()[i];
        const std::int64_t unit = nanoseconds ? 1 : 1000;
        EXPECT_EQ(read.frames[i], frame.bytes);
        EXPECT_EQ(read.lengths[i], frame.wire_length);
        EXPECT_EQ(read.times[i].true_time, frame.time.count() / unit * unit);
        EXPECT_EQ(read.times[i].stamp, read.times[i].true_time);
        EXPECT_EQ(read.times[i].number, i + 1);
      }
      EXPECT_EQ(read.offset, read.size);
    }
  }
}

TEST(PcapFileSource, TheSizeOfABatchDoesNotMatter) {
  const ByteString bytes = three_packets().pcap();
  for (const std::size_t batch : {1U, 2U, 3U, 64U}) {
    EXPECT_EQ(read_bytes(bytes, batch).frames.size(), 3U);
  }
}

TEST(PcapFileSource, AStampNeverGoesBackAndTheTrueTimeStays) {
  Capture capture;
  const std::chrono::nanoseconds times[] = {10s, 5s, 10s, 9s, 11s, 0s, 12s};
  for (const auto time : times) capture.at(time).add(ByteString(60));
  const Read read = read_bytes(capture.pcap());
  ASSERT_EQ(read.times.size(), std::size(times));
  const std::int64_t stamps[] = {10, 10, 10, 10, 11, 11, 12};
  for (std::size_t i = 0; i < std::size(times); ++i) {
    EXPECT_EQ(read.times[i].true_time, kStart + times[i].count()) << i;
    EXPECT_EQ(read.times[i].stamp, kStart + stamps[i] * kSecond) << i;
  }
}

TEST(PcapFileSource, TimeAtTheEndsOfItsRangeIsRead) {
  ByteString bytes = three_packets().pcap();
  set_little(bytes, kFileHeader, 0);
  set_little(bytes, kFileHeader + 4, 0);
  const std::size_t second = kFileHeader + kRecordHeader + three_packets().frames()[0].bytes.size();
  set_little(bytes, second, 0xFFFFFFFF);
  set_little(bytes, second + 4, 0xFFFFFFFF);  // microseconds beyond a second
  const Read read = read_bytes(bytes);
  ASSERT_EQ(read.times.size(), 3U);
  EXPECT_EQ(read.times[0].stamp, 0);
  EXPECT_GT(read.times[1].stamp, std::int64_t{0xFFFFFFFF} * kSecond);
  EXPECT_GE(read.times[2].stamp, read.times[1].stamp);
}

TEST(PcapFileSource, AnotherFileBeginsAnew) {
  const TemporaryFile first(three_packets().pcap());
  Capture earlier(1000s);
  earlier.add(ByteString(60));
  const TemporaryFile second(earlier.pcap());
  PcapFileSource source;
  Packet packets[8];
  ASSERT_TRUE(source.open(first.path()));
  EXPECT_EQ(source.read(packets, 8), 3U);
  ASSERT_TRUE(source.open(second.path()));
  ASSERT_EQ(source.read(packets, 8), 1U);
  EXPECT_EQ(packets[0].at.number, 1U);
  EXPECT_EQ(packets[0].at.stamp, 1000 * kSecond);
  EXPECT_EQ(source.last_stamp(), 1000 * kSecond);
}

TEST(PcapFileSource, ACaptureWithoutPacketsIsWhole) {
  const Read read = read_bytes(Capture().pcap());
  EXPECT_TRUE(read.opened);
  EXPECT_TRUE(read.frames.empty());
  EXPECT_EQ(read.problem, "");
}

TEST(PcapFileSource, GivesBatchesWithTheTickOfTheirLastPacket) {
  Capture capture;
  for (int i = 0; i < 100; ++i) capture.add(ByteString(60));
  const TemporaryFile file(capture.pcap());
  PcapFileSource source;
  ASSERT_TRUE(source.open(file.path()));
  PacketBatch batch;
  Tick tick;
  EXPECT_TRUE(source.receive(batch, tick));
  EXPECT_EQ(batch.count, 64U);
  EXPECT_EQ(tick.number, 64U);
  EXPECT_FALSE(tick.end);
  EXPECT_EQ(tick.stamp, batch.packets[63].at.stamp);
  EXPECT_TRUE(source.receive(batch, tick));
  EXPECT_EQ(batch.count, 36U);
  EXPECT_FALSE(source.receive(batch, tick));
  EXPECT_TRUE(tick.end);
  EXPECT_EQ(tick.number, 100U);
  EXPECT_EQ(tick.stamp, source.last_stamp());
}

// ---- what cannot be read ----

TEST(PcapFileSource, AFileCutAtAnyByteIsReadUpToThereAndSaysWhere) {
  const Capture capture = three_packets();
  const ByteString whole = capture.pcap();
  std::vector<std::size_t> ends{kFileHeader};
  for (const auto& frame : capture.frames()) ends.push_back(ends.back() + kRecordHeader + frame.bytes.size());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    const Read read = read_bytes(ByteString(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(read.opened, size >= kFileHeader);
    const auto next = std::upper_bound(ends.begin(), ends.end(), size);
    const std::size_t packets = size < kFileHeader ? 0 : static_cast<std::size_t>(next - ends.begin()) - 1;
    EXPECT_EQ(read.frames.size(), packets);
    const bool clean = std::find(ends.begin(), ends.end(), size) != ends.end();
    EXPECT_EQ(read.problem.empty(), clean) << read.problem;
    if (clean || size == 0) continue;
    const std::size_t stopped = size < kFileHeader ? 0 : ends[packets];
    EXPECT_NE(read.problem.find("at byte " + std::to_string(stopped) + " of " + std::to_string(size)),
              std::string::npos)
        << read.problem;
  }
}

TEST(PcapFileSource, AnAbsurdLengthStopsAtItsRecord) {
  for (const std::uint32_t length : {0xFFFFFFFFU, 0x80000000U, 262'145U}) {
    ByteString bytes = three_packets().pcap();
    const std::size_t second = kFileHeader + kRecordHeader + three_packets().frames()[0].bytes.size();
    set_little(bytes, second + 8, length);
    const Read read = read_bytes(bytes);
    EXPECT_EQ(read.frames.size(), 1U);
    EXPECT_NE(read.problem.find("packet 2 claims " + std::to_string(length) + " captured bytes"), std::string::npos)
        << read.problem;
    EXPECT_NE(read.problem.find("at byte " + std::to_string(second)), std::string::npos) << read.problem;
  }
}

TEST(PcapFileSource, TheLargestSnapLengthIsRead) {
  Capture capture;
  capture.add(ByteString(262'144, 1)).add(ByteString(60, 2));
  const Read read = read_bytes(capture.pcap());
  ASSERT_EQ(read.frames.size(), 2U);
  EXPECT_EQ(read.frames[0].size(), 262'144U);
}

TEST(PcapFileSource, ALengthOnTheWireBelowTheCapturedOneIsRaised) {
  ByteString bytes = three_packets().pcap();
  set_little(bytes, kFileHeader + 12, 1);
  const Read read = read_bytes(bytes);
  ASSERT_EQ(read.frames.size(), 3U);
  EXPECT_EQ(read.lengths[0], read.frames[0].size());
}

TEST(PcapFileSource, OtherFormatsAreNamed) {
  const auto problem_of = [](std::uint32_t magic) {
    ByteString bytes = three_packets().pcap();
    set_little(bytes, 0, magic);
    const Read read = read_bytes(bytes);
    EXPECT_FALSE(read.opened);
    EXPECT_TRUE(read.frames.empty());
    return read.problem;
  };
  EXPECT_NE(problem_of(0x0A0D0D0A).find("pcapng"), std::string::npos);
  EXPECT_NE(problem_of(0x00088B1F).find("gzip"), std::string::npos);
  EXPECT_NE(problem_of(0xFD2FB528).find("zstd"), std::string::npos);
  EXPECT_NE(problem_of(0xA1B2CD34).find("modified"), std::string::npos);
  EXPECT_NE(problem_of(0x34CDB2A1).find("modified"), std::string::npos);
  EXPECT_EQ(problem_of(0x12345678), "is no pcap file");
}

TEST(PcapFileSource, OtherLinkTypesAreNamedByNumber) {
  ByteString bytes = three_packets().pcap();
  set_little(bytes, 20, 113);
  EXPECT_NE(read_bytes(bytes).problem.find("link type 113"), std::string::npos);
  set_little(bytes, 20, 0x50000001);  // Ethernet with a frame check sequence of a told length
  EXPECT_EQ(read_bytes(bytes).frames.size(), 3U);
}

TEST(PcapFileSource, WhatIsNoFileSaysWhy) {
  PcapFileSource source;
  EXPECT_FALSE(source.open("/nonexistent/a.pcap"));
  EXPECT_NE(source.problem().find("cannot be opened"), std::string::npos);
  EXPECT_FALSE(source.open("/"));
  EXPECT_NE(source.problem().find("not a regular file"), std::string::npos);
  EXPECT_FALSE(source.open("/dev/null"));
  EXPECT_NE(source.problem().find("not a regular file"), std::string::npos);
  EXPECT_NE(read_bytes({}).problem.find("is empty"), std::string::npos);
  Packet packet;
  EXPECT_EQ(source.read(&packet, 1), 0U);
}

RC_GTEST_PROP(PcapFileSourceProperty, AFileOfAnyBytesIsReadOrRefused, ()) {
  ByteString bytes = three_packets().pcap();
  const auto changes = *rc::gen::container<std::vector<std::pair<std::size_t, std::uint8_t>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, bytes.size()), rc::gen::arbitrary<std::uint8_t>()));
  for (const auto& [at, value] : changes) bytes[at] = value;
  const Read read = read_bytes(bytes);
  RC_ASSERT(read.opened || !read.problem.empty());
  for (std::size_t i = 1; i < read.times.size(); ++i) RC_ASSERT(read.times[i].stamp >= read.times[i - 1].stamp);
}

}  // namespace
}  // namespace ghostport
