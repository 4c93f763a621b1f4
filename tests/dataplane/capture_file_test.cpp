#include "dataplane/capture_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "detection/rules.h"
#include "tests/dataplane/capture_writer.h"
#include "tests/dataplane/read_capture.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace capture_file_test {

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

CaptureContent read_bytes(const ByteString& bytes, std::size_t batch = 7) {
  const TemporaryFile file(bytes);
  return read_file(file.path(), batch);
}

ByteString cut(const ByteString& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text << "\n  lacks " << part;
}

void set_little(ByteString& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

constexpr std::size_t kFileHeader = 24;
constexpr std::size_t kRecordHeader = 16;

TEST(CaptureFile, ReadsBothUnitsInBothByteOrders) {
  const Capture capture = three_packets();
  for (const bool nanoseconds : {false, true}) {
    for (const bool big_endian : {false, true}) {
      const CaptureContent read = read_bytes(capture.pcap({.nanoseconds = nanoseconds, .big_endian = big_endian}));
      ASSERT_TRUE(read.opened);
      EXPECT_EQ(read.problem, "");
      ASSERT_EQ(read.packets.size(), 3U);
      for (std::size_t i = 0; i < 3; ++i) {
        const auto& frame = capture.frames()[i];
        const std::int64_t unit = nanoseconds ? 1 : 1000;
        EXPECT_EQ(read.packets[i].bytes, frame.bytes);
        EXPECT_EQ(read.packets[i].length, frame.wire_length);
        EXPECT_EQ(read.packets[i].at.true_time, frame.time.count() / unit * unit);
        EXPECT_EQ(read.packets[i].at.stamp, read.packets[i].at.true_time);
        EXPECT_EQ(read.packets[i].at.number, i + 1);
      }
      EXPECT_EQ(read.offset, read.size);
    }
  }
}

TEST(CaptureFile, TheSizeOfABatchDoesNotMatter) {
  const ByteString bytes = three_packets().pcap();
  for (const std::size_t batch : {1U, 2U, 3U, 64U}) {
    EXPECT_EQ(read_bytes(bytes, batch).packets.size(), 3U);
  }
}

TEST(CaptureFile, AStampNeverGoesBackAndTheTrueTimeStays) {
  Capture capture;
  const std::chrono::nanoseconds times[] = {10s, 5s, 10s, 9s, 11s, 0s, 12s};
  for (const auto time : times) capture.at(time).add(ByteString(60));
  const CaptureContent read = read_bytes(capture.pcap());
  ASSERT_EQ(read.packets.size(), std::size(times));
  const std::int64_t stamps[] = {10, 10, 10, 10, 11, 11, 12};
  for (std::size_t i = 0; i < std::size(times); ++i) {
    EXPECT_EQ(read.packets[i].at.true_time, kStart + times[i].count()) << i;
    EXPECT_EQ(read.packets[i].at.stamp, kStart + stamps[i] * kSecond) << i;
  }
}

TEST(CaptureFile, TimeAtTheEndsOfItsRangeIsRead) {
  ByteString bytes = three_packets().pcap();
  set_little(bytes, kFileHeader, 0);
  set_little(bytes, kFileHeader + 4, 0);
  const std::size_t second = kFileHeader + kRecordHeader + three_packets().frames()[0].bytes.size();
  set_little(bytes, second, 0xFFFFFFFF);
  set_little(bytes, second + 4, 0xFFFFFFFF);  // microseconds beyond a second
  const CaptureContent read = read_bytes(bytes);
  ASSERT_EQ(read.packets.size(), 3U);
  EXPECT_EQ(read.packets[0].at.stamp, 0);
  EXPECT_GT(read.packets[1].at.stamp, std::int64_t{0xFFFFFFFF} * kSecond);
  EXPECT_GE(read.packets[2].at.stamp, read.packets[1].at.stamp);
}

TEST(CaptureFile, AnotherFileBeginsAnew) {
  const TemporaryFile first(three_packets().pcap());
  Capture earlier(1000s);
  earlier.add(ByteString(60));
  const TemporaryFile second(earlier.pcap());
  CaptureFileSource source;
  Packet packets[8];
  ASSERT_TRUE(source.open(first.path()));
  EXPECT_EQ(source.read(packets, 8), 3U);
  ASSERT_TRUE(source.open(second.path()));
  ASSERT_EQ(source.read(packets, 8), 1U);
  EXPECT_EQ(packets[0].at.number, 1U);
  EXPECT_EQ(packets[0].at.stamp, 1000 * kSecond);
  EXPECT_EQ(source.last_stamp(), 1000 * kSecond);
}

TEST(CaptureFile, ACaptureWithoutPacketsIsWhole) {
  const CaptureContent read = read_bytes(Capture().pcap());
  EXPECT_TRUE(read.opened);
  EXPECT_TRUE(read.packets.empty());
  EXPECT_EQ(read.problem, "");
}

TEST(CaptureFile, GivesBatchesWithTheTickOfTheirLastPacket) {
  Capture capture;
  for (int i = 0; i < 100; ++i) capture.add(ByteString(60));
  const TemporaryFile file(capture.pcap());
  CaptureFileSource source;
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

TEST(CaptureFile, AFileCutAtAnyByteIsReadUpToThereAndSaysWhere) {
  const Capture capture = three_packets();
  const ByteString whole = capture.pcap();
  std::vector<std::size_t> ends{kFileHeader};
  for (const auto& frame : capture.frames()) ends.push_back(ends.back() + kRecordHeader + frame.bytes.size());
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    const CaptureContent read =
        read_bytes(ByteString(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(read.opened, size >= kFileHeader);
    const auto next = std::upper_bound(ends.begin(), ends.end(), size);
    const std::size_t packets = size < kFileHeader ? 0 : static_cast<std::size_t>(next - ends.begin()) - 1;
    EXPECT_EQ(read.packets.size(), packets);
    const bool clean = std::find(ends.begin(), ends.end(), size) != ends.end();
    EXPECT_EQ(read.problem.empty(), clean) << read.problem;
    if (clean || size == 0) continue;
    const std::size_t stopped = size < kFileHeader ? 0 : ends[packets];
    EXPECT_NE(read.problem.find("at byte " + std::to_string(stopped) + " of " + std::to_string(size)),
              std::string::npos)
        << read.problem;
  }
}

TEST(CaptureFile, AnAbsurdLengthStopsAtItsRecord) {
  for (const std::uint32_t length : {0xFFFFFFFFU, 0x80000000U, 262'145U}) {
    ByteString bytes = three_packets().pcap();
    const std::size_t second = kFileHeader + kRecordHeader + three_packets().frames()[0].bytes.size();
    set_little(bytes, second + 8, length);
    const CaptureContent read = read_bytes(bytes);
    EXPECT_EQ(read.packets.size(), 1U);
    EXPECT_NE(read.problem.find("packet 2 claims " + std::to_string(length) + " captured bytes"), std::string::npos)
        << read.problem;
    EXPECT_NE(read.problem.find("at byte " + std::to_string(second)), std::string::npos) << read.problem;
  }
}

TEST(CaptureFile, TheLargestSnapLengthIsRead) {
  Capture capture;
  capture.add(ByteString(262'144, 1)).add(ByteString(60, 2));
  const CaptureContent read = read_bytes(capture.pcap());
  ASSERT_EQ(read.packets.size(), 2U);
  EXPECT_EQ(read.packets[0].bytes.size(), 262'144U);
}

TEST(CaptureFile, ALengthOnTheWireBelowTheCapturedOneIsRaised) {
  ByteString bytes = three_packets().pcap();
  set_little(bytes, kFileHeader + 12, 1);
  const CaptureContent read = read_bytes(bytes);
  ASSERT_EQ(read.packets.size(), 3U);
  EXPECT_EQ(read.packets[0].length, read.packets[0].bytes.size());
}

TEST(CaptureFile, OtherFormatsAreNamed) {
  const auto problem_of = [](ByteString begin) {
    begin.resize(std::max<std::size_t>(begin.size(), 64));
    const CaptureContent read = read_bytes(begin);
    EXPECT_FALSE(read.opened);
    EXPECT_TRUE(read.packets.empty());
    return read.problem;
  };
  expect_part(problem_of({0xFD, '7', 'z', 'X', 'Z', 0}), "is xz-compressed");
  expect_part(problem_of({'B', 'Z', 'h', '9'}), "is bzip2-compressed");
  expect_part(problem_of({0x04, 0x22, 0x4D, 0x18}), "is lz4-compressed");
  expect_part(problem_of({'s', 'n', 'o', 'o', 'p', 0, 0, 0}), "is a snoop file");
  expect_part(problem_of({0xA1, 0xE2, 0xCB, 0x12}), "0xa1e2cb12");
  expect_part(problem_of({0x4D, 0x3C, 0x2B, 0xA1}), "Navtel");
  expect_part(problem_of({0xA1, 0xB2, 0x34, 0xCD}), "Mesquita");
  EXPECT_EQ(problem_of({'t', 'e', 'x', 't'}), "is no pcap or pcapng file");
}

TEST(CaptureFile, EveryPacketHasTheLinkTypeOfItsFile) {
  for (const std::uint32_t link : {0U, 1U, 101U, 113U, 276U, 65'535U}) {
    const CaptureContent read = read_memory(classic_pcap({{0, ByteString(20), 20}}, {.link_type = link}));
    ASSERT_EQ(read.packets.size(), 1U);
    EXPECT_EQ(read.packets[0].link_type, link);
  }
  for (const std::uint32_t link : {12U, 14U}) {  // two systems' numbers for raw IP
    EXPECT_EQ(read_memory(classic_pcap({{0, ByteString(20), 20}}, {.link_type = link})).packets.at(0).link_type, 101);
  }
  const std::uint32_t with_check_sequence = 0x5400'0001;
  EXPECT_EQ(
      read_memory(classic_pcap({{0, ByteString(64), 64}}, {.link_type = with_check_sequence})).packets.at(0).link_type,
      1);
}

TEST(CaptureFile, WhatIsNoFileSaysWhy) {
  CaptureFileSource source;
  EXPECT_FALSE(source.open("/nonexistent/a.pcap"));
  expect_part(source.problem(), "cannot be opened");
  EXPECT_FALSE(source.open("/"));
  expect_part(source.problem(), "cannot be read");
  EXPECT_FALSE(source.open("/dev/null"));
  expect_part(source.problem(), "is empty");
  expect_part(read_bytes({}).problem, "is empty");
  Packet packet;
  EXPECT_EQ(source.read(&packet, 1), 0U);
}

TEST(CaptureFile, AFileThatIsCutWhileItIsReadSaysSo) {
  Capture capture;
  for (int i = 0; i < 20; ++i) capture.add(ByteString(200'000));
  const ByteString bytes = capture.pcap();
  const auto path = std::filesystem::temp_directory_path() / ("ghostport_cut_" + std::to_string(::getpid()));
  for (const std::size_t end : {std::size_t{2'000'000}, kFileHeader + 10 * (kRecordHeader + 200'000)}) {
    capture.write(path);
    CaptureFileSource source;
    Packet packet;
    ASSERT_TRUE(source.open(path));
    ASSERT_EQ(source.read(&packet, 1), 1U);
    std::filesystem::resize_file(path, end);
    std::size_t packets = 1;
    for (; source.read(&packet, 1) == 1; ++packets) EXPECT_EQ(packet.data[packet.captured - 1], 0);
    EXPECT_LE(packets, 10U);
    expect_part(source.problem(),
                "was cut while it was read at byte " + std::to_string(end) + " of " + std::to_string(bytes.size()));
  }
  std::filesystem::remove(path);
}

// ---- several readers ----

TEST(CaptureFile, SeveralReadersGetTheSameEachAtItsPace) {
  std::vector<FileRecord> records;
  for (std::uint64_t i = 0; i < 300; ++i) records.push_back({0, packets::random_bytes(40 + i % 97 * 5, i), 500});
  const ByteString good = classic_pcap(records);
  PcapngWriter other;
  other.interface();
  for (std::uint64_t i = 0; i < 50; ++i) {
    other.enhanced(i, packets::random_bytes(40 + i, i));
    if (i % 10 == 0) other.block(0x0BAD, ByteString(5000));
  }
  ByteString bad = good;
  std::size_t record = kFileHeader;
  for (std::size_t i = 0; i < 200; ++i) record += kRecordHeader + records[i].bytes.size();
  bad.at(record + 11) = 0xFF;  // of its length
  constexpr unsigned kReaders = 3;
  for (const ByteString& bytes : {good, bad, ByteString(good.begin(), good.end() - 7), other.bytes(), ByteString(3)}) {
    for (const std::size_t block : {64U, 300U, 4096U}) {
      const CaptureContent alone = read_memory(bytes, 100, block);
      std::array<CaptureFileSource, kReaders> sources{CaptureFileSource(block), CaptureFileSource(),
                                                      CaptureFileSource()};
      ASSERT_EQ(sources[0].open_memory(bytes, 100, kReaders), alone.opened);
      EXPECT_EQ(sources[0].problem().empty(), alone.opened);
      if (!alone.opened) continue;
      for (std::size_t i = 1; i < kReaders; ++i) sources[i].join(sources[0]);
      std::array<CaptureContent, kReaders> contents;
      std::vector<std::thread> threads;
      for (std::size_t i = 0; i < kReaders; ++i)
        threads.emplace_back([&, i] { contents[i] = content_of(sources[i], true, 1 + 13 * i); });
      for (std::thread& thread : threads) thread.join();
      for (const CaptureContent& content : contents) {
        EXPECT_TRUE(content.packets == alone.packets);
        EXPECT_EQ(content.problem, alone.problem);
        EXPECT_EQ(content.offset, alone.offset);
        EXPECT_EQ(content.tag, alone.tag);
      }
    }
  }
}

// ---- memory ----

TEST(CaptureFile, BytesStayUntilTheirPacketIsReleased) {
  std::vector<FileRecord> records;
  for (std::uint64_t i = 0; i < 200; ++i) records.push_back({0, packets::random_bytes(40 + i, i), 500});
  const ByteString bytes = classic_pcap(records);
  for (const std::size_t block : {64U, 300U, 4096U}) {
    for (const std::uint64_t in_flight : {1U, 7U, 50U, 1000U}) {
      CaptureFileSource source(block);
      ASSERT_TRUE(source.open_memory(bytes, 100));
      std::vector<Packet> kept;
      Packet packet;
      std::size_t most = 0;
      while (source.read(&packet, 1) == 1) {
        kept.push_back(packet);
        most = std::max(most, source.blocks());
        if (kept.size() > in_flight) {
          source.release(kept.front().at.number);
          kept.erase(kept.begin());
        }
        for (const Packet& one : kept) {
          const ByteString& expected = records[one.at.number - 1].bytes;
          ASSERT_TRUE(std::equal(expected.begin(), expected.end(), one.data, one.data + one.captured));
        }
      }
      EXPECT_EQ(source.packets(), records.size());
      if (in_flight == 1 && block == 4096) {
        EXPECT_LE(most, 3U);
      }
    }
  }
}

TEST(CaptureFile, TheSizesOfPiecesAndBlocksDoNotMatter) {
  PcapngWriter writer;
  writer.interface(1, 0, {{2, ByteString(50, 'i')}, {9, {6}}}).block(5, ByteString(100));
  for (std::uint64_t i = 0; i < 20; ++i)
    writer.enhanced(i, packets::random_bytes(i * 9, i), 0, 2000, {{1, ByteString(9)}});
  for (const ByteString& bytes : {three_packets().pcap(), writer.bytes()}) {
    const CaptureContent whole = read_memory(bytes);
    EXPECT_EQ(whole.problem, "");
    for (const std::size_t piece : {1U, 3U, 64U, 1000U}) {
      for (const std::size_t block : {1U, 29U, 100U, 5000U}) {
        const CaptureContent read = read_memory(bytes, piece, block);
        EXPECT_EQ(read.problem, "");
        ASSERT_EQ(read.packets.size(), whole.packets.size());
        for (std::size_t i = 0; i < read.packets.size(); ++i) EXPECT_EQ(read.packets[i].bytes, whole.packets[i].bytes);
      }
    }
  }
}

TEST(CaptureFile, OneCaptureHasOneTagInEveryFormat) {
  std::vector<FileRecord> records;
  PcapngWriter writer(true);
  writer.interface();
  for (std::uint64_t i = 0; i < 5; ++i) {
    const ByteString bytes = packets::random_bytes(100, i);
    records.push_back({static_cast<std::int64_t>(i + 1) * kSecond + 5000, bytes, 100});
    writer.enhanced((i + 1) * 1'000'000 + 5, bytes);
  }
  const std::uint64_t tag = read_memory(classic_pcap(records)).tag;
  EXPECT_EQ(read_memory(classic_pcap(records, {.magic = 0xA1B23C4D, .big_endian = true})).tag, tag);
  EXPECT_EQ(read_memory(writer.bytes()).tag, tag);
  EXPECT_EQ(read_memory(zstd(writer.bytes())).tag, tag);
  records[0].bytes[99] ^= 1U;
  EXPECT_NE(read_memory(classic_pcap(records)).tag, tag);
}

TEST(CaptureFile, ACaptureIsKnownByItsFirstBytesAlsoWhenCompressed) {
  const auto begins = [](const ByteString& bytes) {
    const TemporaryFile file(bytes);
    return begins_as_capture(file.path());
  };
  const ByteString plain = three_packets().pcap();
  EXPECT_TRUE(begins(plain));
  EXPECT_TRUE(begins(cut(plain, 4)));
  EXPECT_TRUE(begins(PcapngWriter().bytes()));
  EXPECT_TRUE(begins(gzip(plain)));
  EXPECT_TRUE(begins(cut(zstd(PcapngWriter().bytes()), 40)));
  EXPECT_FALSE(begins(gzip(ByteString(100, 'x'))));
  EXPECT_FALSE(begins(ByteString(100, '{')));
  EXPECT_FALSE(begins({}));
}

RC_GTEST_PROP(CaptureFileProperty, AFileOfAnyBytesIsReadOrRefused, ()) {
  ByteString bytes = three_packets().pcap();
  const auto changes = *rc::gen::container<std::vector<std::pair<std::size_t, std::uint8_t>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, bytes.size()), rc::gen::arbitrary<std::uint8_t>()));
  for (const auto& [at, value] : changes) bytes[at] = value;
  const CaptureContent read = read_bytes(bytes);
  RC_ASSERT(read.opened || !read.problem.empty());
  for (std::size_t i = 1; i < read.packets.size(); ++i)
    RC_ASSERT(read.packets[i].at.stamp >= read.packets[i - 1].at.stamp);
}

}  // namespace capture_file_test
}  // namespace ghostport
