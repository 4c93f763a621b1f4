// Segments that claim one place with different bytes: every receiver that keeps the first, and every one that keeps the
// last, is read, and the record says that there are two readings.
#include <gtest/gtest.h>

#include <map>

#include "detection/stream_head.h"
#include "tests/dataplane/tcp_wire.h"

namespace ghostport {
namespace tcp_overlap_test {

using namespace packets;

constexpr Party kClient = Party::client;

std::string text_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

// The 18 segments of Novak and Sturges, "Target-Based TCP Stream Reassembly" (2007), figure 1.
struct Step {
  std::uint32_t place;  ///< counted from 1
  std::size_t length;
  char letter;
};
constexpr Step kNovak[] = {{2, 3, 'A'},  {6, 2, 'B'},  {8, 3, 'C'},  {12, 1, 'D'}, {15, 2, 'E'}, {17, 3, 'F'},
                           {20, 2, 'G'}, {22, 2, 'H'}, {24, 1, 'I'}, {3, 4, 'J'},  {8, 3, 'K'},  {11, 3, 'L'},
                           {14, 3, 'M'}, {18, 1, 'N'}, {21, 1, 'O'}, {22, 1, 'P'}, {24, 2, 'Q'}, {1, 1, '0'}};
// What receivers make of them, by policy.
const std::map<std::string, std::string> kReadings = {
    {"first, Vista", "0AAAJBBCCCLDLMEEFFFGGHHIQ"}, {"last", "0AJJJJBKKKLLLMMMFNFGOPHQQ"},
    {"BSD", "0AAAJJBCCCLLLMMMFFFGGHHIQ"},          {"Linux", "0AAAJJBCCCLLLMMMFFFGGHHQQ"},
    {"old Linux", "0AAAJJBKKKLLLMMMFFFGGHHQQ"},    {"Solaris", "0AJJJBBKKKLLLMMMFFFGGHHQQ"}};

TEST(TcpOverlap, TheEighteenStepsAreReadAsTheFirstAndAsTheLastTellThem) {
  HeadPool pool(64, std::size_t{1} << 20U);
  StreamHead head;
  for (const Step& step : kNovak) {
    const ByteString bytes(step.length, static_cast<std::uint8_t>(step.letter));
    head.add(pool, step.place - 1, bytes, Trust::good);
  }
  EXPECT_EQ(text_of(head.version(0)), kReadings.at("first, Vista"));
  EXPECT_EQ(text_of(head.version(1)), kReadings.at("last"));
  EXPECT_TRUE(head.conflict());
}

/// A receiver of that policy reads `message`: its letters decide which segment bears the true byte of a place.
std::map<std::string, FlowDetail> replay_steps_that_hide(const std::string& message) {
  TcpWire wire;
  std::map<std::uint16_t, std::string> policy_of;
  std::uint16_t port = 50'000;
  for (const auto& [policy, reading] : kReadings) {
    policy_of[++port] = policy;
    wire.from_port(port).handshake();
    for (const Step& step : kNovak) {
      std::string bytes(step.length, '?');
      for (std::size_t i = 0; i < step.length; ++i) {
        const std::size_t place = step.place - 1 + i;
        if (reading[place] == step.letter) bytes[i] = message[place];
      }
      wire.data(kClient, step.place - 1, bytes);
    }
    wire.acknowledge(Party::server).close();
  }
  std::map<std::string, FlowDetail> records;
  for (const FlowDetail& record : wire.seen().records) records[policy_of.at(record.port[0])] = record;
  return records;
}

TEST(TcpOverlap, EveryPolicysReadingIsFlaggedAndThatOfTheFirstAndTheLastIsNamed) {
  const std::string message = "GET /abcd HTTP/1.1\r\nA: b\r\n";
  const auto records = replay_steps_that_hide(message);
  ASSERT_EQ(records.size(), kReadings.size());
  for (const auto& [policy, record] : records) {
    SCOPED_TRACE(policy);
    EXPECT_NE(record.anomalies & kConflictingData, 0);
    if (policy == "first, Vista" || policy == "last") {
      EXPECT_EQ(service_in(record), "http");
    }
  }
}

// ---- all sequences of up to three chunks ----

const std::string kRequest = "GET / HTTP/1.0\r\n\r\n";
constexpr std::size_t kUnit = 6;
constexpr std::size_t kUnits = 3;

struct Chunk {
  std::size_t first;
  std::size_t units;
  bool is_true;
};

std::vector<Chunk> all_chunks() {
  std::vector<Chunk> chunks;
  for (std::size_t first = 0; first < kUnits; ++first) {
    for (std::size_t units = 1; first + units <= kUnits; ++units) {
      chunks.push_back({first, units, true});
      chunks.push_back({first, units, false});
    }
  }
  return chunks;
}

std::vector<std::vector<Chunk>> all_sequences() {
  std::vector<std::vector<Chunk>> sequences{{}};
  std::size_t begin = 0;
  for (int length = 1; length <= 3; ++length) {
    const std::size_t end = sequences.size();
    for (std::size_t i = begin; i < end; ++i) {
      for (const Chunk& chunk : all_chunks()) {
        sequences.push_back(sequences[i]);
        sequences.back().push_back(chunk);
      }
    }
    begin = end;
  }
  sequences.erase(sequences.begin());
  return sequences;
}

/// What a receiver that keeps the first (or the last) bytes of each place delivers.
struct Reading {
  explicit Reading(const std::vector<Chunk>& sequence) {
    for (const Chunk& chunk : sequence) {
      for (std::size_t unit = chunk.first; unit < chunk.first + chunk.units; ++unit) {
        const char said = chunk.is_true ? 't' : 'j';
        ambiguous = ambiguous || (first[unit] != ' ' && first[unit] != said);
        if (first[unit] == ' ') first[unit] = said;
        last[unit] = said;
      }
    }
  }
  std::string first = "   ";
  std::string last = "   ";
  bool ambiguous = false;
};

TEST(TcpOverlap, EverySequenceOfThreeChunksIsNamedInOneReadingAndFlaggedWhereThereAreTwo) {
  const auto sequences = all_sequences();
  ASSERT_EQ(sequences.size(), 12U + 144U + 1728U);
  TcpWire wire;
  std::uint16_t port = 10'000;
  for (const auto& sequence : sequences) {
    wire.from_port(++port).handshake();
    for (const Chunk& chunk : sequence) {
      const std::string bytes = kRequest.substr(kUnit * chunk.first, kUnit * chunk.units);
      wire.data(kClient, static_cast<std::int64_t>(kUnit * chunk.first),
                chunk.is_true ? bytes : std::string(bytes.size(), 'J'));
    }
  }
  std::map<std::uint16_t, FlowDetail> records;
  for (const FlowDetail& record : wire.seen().records) records[record.port[0]] = record;
  ASSERT_EQ(records.size(), sequences.size());
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const Reading reading(sequences[i]);
    const FlowDetail& record = records.at(static_cast<std::uint16_t>(10'001 + i));
    SCOPED_TRACE("first " + reading.first + ", last " + reading.last);
    // "GET / " is enough to have asked, and each chunk is read when it comes.
    const bool named = std::any_of(sequences[i].begin(), sequences[i].end(),
                                   [](const Chunk& chunk) { return chunk.is_true && chunk.first == 0; });
    EXPECT_EQ(service_in(record), named ? "http" : "");
    EXPECT_EQ((record.anomalies & kConflictingData) != 0, reading.ambiguous);
  }
}

TEST(TcpOverlap, NoSequenceOfChunksInventsAByte) {
  for (const auto& sequence : all_sequences()) {
    HeadPool pool(64, std::size_t{1} << 16U);
    StreamHead head;
    for (const Chunk& chunk : sequence) {
      const std::string text = kRequest.substr(kUnit * chunk.first, kUnit * chunk.units);
      const ByteString bytes = chunk.is_true ? Data(text).bytes : ByteString(text.size(), 'J');
      head.add(pool, static_cast<std::uint32_t>(kUnit * chunk.first), bytes, Trust::good);
    }
    const Reading reading(sequence);
    for (unsigned which = 0; which < 2; ++which) {
      const std::string& units = which == 0 ? reading.first : reading.last;
      std::string expected;
      for (std::size_t at = 0; at < kRequest.size() && units[at / kUnit] != ' '; ++at) {
        expected += units[at / kUnit] == 't' ? kRequest[at] : 'J';
      }
      if (which == 1 && !head.has_second()) continue;
      EXPECT_EQ(text_of(head.version(which)), expected);
    }
    EXPECT_EQ(head.has_second(), reading.first != reading.last || reading.ambiguous);
  }
}

TEST(TcpOverlap, JunkOverAcknowledgedBytesIsIgnoredAndFlagged) {
  TcpWire wire;
  wire.handshake().says(kClient, kRequest).data(kClient, 0, std::string(kRequest.size(), 'J'));
  const Seen seen = wire.close().seen();
  EXPECT_EQ(seen.service, "http");
  EXPECT_EQ(seen.anomalies, "conflicting-data");
}

}  // namespace tcp_overlap_test
}  // namespace ghostport
