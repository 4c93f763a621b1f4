// Captures that are packed: what is read of them, and what is said where they are cut, damaged or followed by more.
#include <gtest/gtest.h>

#include "tests/dataplane/capture_writer.h"
#include "tests/dataplane/read_capture.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace compressed_capture_test {

using packets::ByteString;
using packets::Capture;
using packets::PacketBuilder;

constexpr std::size_t kRecordHeader = 16;

Capture three_packets() {
  Capture capture;
  for (const char* text : {"one", "two", "three"}) {
    capture.add(PacketBuilder()
                    .between("10.0.0.5", "10.0.0.9")
                    .udp({.source_port = 5000, .destination_port = 3238})
                    .payload(text));
  }
  return capture;
}

CaptureContent read_bytes(const ByteString& bytes) {
  const TemporaryFile file(bytes);
  return read_file(file.path());
}

ByteString cut(const ByteString& bytes, std::size_t size) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text << "\n  lacks " << part;
}

std::vector<std::pair<std::string, ByteString (*)(const ByteString&)>> packers() {
  return {{"gzip", gzip}, {"zstd", zstd}};
}

TEST(CompressedCapture, CompressedCapturesAreReadAsTheyAre) {
  const ByteString plain = three_packets().pcap();
  const CaptureContent expected = read_bytes(plain);
  for (const auto& [name, pack] : packers()) {
    SCOPED_TRACE(name);
    const ByteString packed = pack(plain);
    const CaptureContent read = read_bytes(packed);
    EXPECT_EQ(read.problem, "");
    ASSERT_EQ(read.packets.size(), expected.packets.size());
    for (std::size_t i = 0; i < read.packets.size(); ++i) EXPECT_EQ(read.packets[i].bytes, expected.packets[i].bytes);
    EXPECT_EQ(read.tag, expected.tag);
    EXPECT_EQ(read.offset, plain.size());
    EXPECT_EQ(read.size, packed.size());
    EXPECT_EQ(read.consumed, packed.size());
  }
}

TEST(CompressedCapture, MembersAndFramesFollowEachOther) {
  const ByteString plain = three_packets().pcap();
  for (const auto& [name, pack] : packers()) {
    for (std::size_t at = 0; at <= plain.size(); at += 13) {
      SCOPED_TRACE(name + " cut at " + std::to_string(at));
      ByteString packed = packets::joined(pack(cut(plain, at)), pack({}));
      if (name == "zstd") packed = packets::joined(packed, skippable_frame(ByteString(100, 0x28)));
      packed = packets::joined(packed, pack({plain.begin() + static_cast<std::ptrdiff_t>(at), plain.end()}));
      if (name == "zstd") packed = packets::joined(skippable_frame(ByteString(7)), packed);
      const CaptureContent read = read_memory(packed, 11, 64);
      EXPECT_EQ(read.problem, "");
      EXPECT_EQ(read.packets.size(), 3U);
    }
  }
}

TEST(CompressedCapture, WhatFollowsACompressedCaptureIsSaid) {
  const ByteString plain = three_packets().pcap();
  for (const auto& [name, pack] : packers()) {
    const ByteString packed = pack(plain);
    for (const char* garbage : {"garbage of some length", "\x1f\x8cgarbage", "\x28garbage"}) {
      const CaptureContent read = read_bytes(packets::joined(packed, packets::Data(garbage).bytes));
      EXPECT_EQ(read.packets.size(), 3U);
      expect_part(read.problem, "the " + name + " stream is followed by bytes that are not " + name + " at byte ");
      expect_part(read_memory(packets::joined(packed, packets::Data(garbage).bytes), 1).problem,
                  "stream is followed by bytes that are not " + name);
    }
  }
  EXPECT_EQ(read_bytes(packets::joined(gzip(plain), ByteString(1000))).problem, "") << "zeros are padding";
}

TEST(CompressedCapture, ACompressedCaptureCutAtAnyByteIsReadUpToThereAndSaysWhere) {
  const ByteString plain = three_packets().pcap();
  for (const auto& [name, pack] : packers()) {
    const ByteString packed = pack(plain);
    std::size_t most = 0;
    for (std::size_t size = 0; size < packed.size(); ++size) {
      SCOPED_TRACE(name + ", " + std::to_string(size));
      const CaptureContent read = read_memory(cut(packed, size));
      most = std::max(most, read.packets.size());
      ASSERT_NE(read.problem, "");
      if (size < 4) continue;
      expect_part(read.problem, "the " + name + " stream ends too early at byte " + std::to_string(size) + " of " +
                                    std::to_string(size));
      if (read.problem.find("ends inside") != std::string::npos)
        expect_part(read.problem, "at byte " + std::to_string(read.offset) + " of what it unpacks to");
    }
    EXPECT_EQ(most, 3U) << "all is there, only the check sum is not";
  }
}

TEST(CompressedCapture, ADamagedCompressedCaptureIsReadUpToTheDamage) {
  Capture capture;
  for (std::uint64_t i = 0; i < 400; ++i) capture.add(packets::random_bytes(1000, i));
  for (const auto& [name, pack] : packers()) {
    ByteString packed = pack(capture.pcap());
    for (std::size_t i = 0; i < 40; ++i) packed[packed.size() / 2 + i] ^= 0xFFU;
    const CaptureContent read = read_bytes(packed);
    EXPECT_GT(read.packets.size(), 50U) << name;  // zstd's blocks are of 128 KiB
    EXPECT_NE(read.problem, "") << name;
    EXPECT_EQ(read_memory(packed, 7).packets.size(), read.packets.size()) << name << " in small pieces";
  }
  Capture repeated;  // many blocks in few bytes
  for (int i = 0; i < 400; ++i) repeated.add(ByteString(10'000, static_cast<std::uint8_t>(i)));
  ByteString packed = zstd(repeated.pcap());
  for (std::size_t i = 1; i <= 5; ++i) packed[packed.size() * 3 / 4 + i] ^= 0xFFU;
  const CaptureContent damaged = read_bytes(packed);
  EXPECT_EQ(damaged.packets.size(), read_memory(packed, 7).packets.size());
  expect_part(damaged.problem, "the zstd stream is damaged (");
  ByteString wrong_sum = gzip(three_packets().pcap());
  wrong_sum[wrong_sum.size() - 8] ^= 1U;
  const CaptureContent read = read_bytes(wrong_sum);
  EXPECT_EQ(read.packets.size(), 3U);
  expect_part(read.problem, "the gzip stream is damaged (incorrect data check)");
}

TEST(CompressedCapture, WhatUnpacksToNoCaptureIsRefused) {
  for (const auto& [name, pack] : packers()) {
    expect_part(read_bytes(pack({})).problem, "unpacks to nothing");
    expect_part(read_bytes(pack(ByteString(100, 'x'))).problem, "unpacks to no pcap or pcapng file");
    expect_part(read_bytes(pack(pack(three_packets().pcap()))).problem, "unpacks to no pcap or pcapng file");
    expect_part(read_bytes(pack(cut(three_packets().pcap(), 10))).problem, "ends inside the file header");
  }
}

TEST(CompressedCapture, ABombCostsNoMemory) {
  ByteString plain = classic_pcap({{0, ByteString(60), 60}});
  const std::size_t begin = plain.size();
  plain.resize(begin + (std::size_t{64} << 20U), 0);  // records of 16 zeros: packets without bytes
  for (const auto& [name, pack] : packers()) {
    const ByteString packed = pack(plain);
    EXPECT_LT(packed.size(), plain.size() / 500) << name;
    CaptureFileSource source;
    ASSERT_TRUE(source.open_memory(packed, 1U << 20U));
    PacketBatch batch;
    Tick tick;
    std::size_t most = 0;
    while (source.receive(batch, tick)) most = std::max(most, source.blocks());
    EXPECT_EQ(source.problem(), "");
    EXPECT_EQ(source.packets(), 1 + ((std::size_t{64} << 20U) / kRecordHeader));
    EXPECT_LE(most, 3U) << name;
  }
}

TEST(CompressedCapture, ABlockThatIsSkippedCostsNoMemory) {
  PcapngWriter writer;
  writer.interface().enhanced(1, ByteString(60));
  writer.block(0x0BAD, ByteString(std::size_t{32} << 20U)).enhanced(2, ByteString(60));
  CaptureFileSource source;
  const ByteString packed = gzip(writer.bytes());
  ASSERT_TRUE(source.open_memory(packed, 1U << 20U));
  Packet packets[2];
  EXPECT_EQ(source.read(packets, 2), 2U) << source.problem();  // nothing was released
  EXPECT_LE(source.blocks(), 3U);
}

}  // namespace compressed_capture_test
}  // namespace ghostport
