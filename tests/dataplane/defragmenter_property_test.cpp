// All sequences of up to three fragments in a small space, and random ones against a plain reference: no byte is
// invented, what is clear comes out exactly, what is not is flagged, and the first bytes are always among the versions.
#include <gtest/gtest.h>

#include "tests/dataplane/fragment_script.h"

namespace ghostport {
namespace defragmenter_property_test {

struct Chunk {
  std::uint32_t from;
  std::uint32_t to;  ///< bytes
  bool more;
};

/// All of them in four units; the last ones also end within a unit.
std::vector<Chunk> all_chunks() {
  std::vector<Chunk> chunks;
  for (std::uint32_t from = 0; from < 4; ++from) {
    for (std::uint32_t to = from + 1; to <= 4; ++to) {
      chunks.push_back({from * 8, to * 8, true});
      if (from == 0) continue;  // that would be no fragment
      chunks.push_back({from * 8, to * 8, false});
      if (to == from + 1) chunks.push_back({from * 8, to * 8 - 3, false});
    }
  }
  return chunks;
}

/// What a sequence of chunks, each with a letter of its own, says until now.
struct Model {
  std::vector<Chunk> chunks;

  [[nodiscard]] std::set<char> claimed(std::uint32_t at) const {
    std::set<char> letters;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (chunks[i].from <= at && at < chunks[i].to) letters.insert(static_cast<char>('A' + i));
    }
    return letters;
  }
  [[nodiscard]] std::uint32_t first_end() const {
    for (const Chunk& chunk : chunks) {
      if (!chunk.more) return chunk.to;
    }
    return 0;
  }
  [[nodiscard]] bool whole() const {
    const std::uint32_t end = first_end();
    for (std::uint32_t at = 0; at < end; ++at) {
      if (claimed(at).empty()) return false;
    }
    return end != 0;
  }
  [[nodiscard]] std::string first_wins() const {
    std::string text;
    for (std::uint32_t at = 0; at < first_end(); ++at) text += *claimed(at).begin();  // letters come in order
    return text;
  }
  /// Nobody can read it in two ways: one letter a place, one end, nothing beyond it.
  [[nodiscard]] bool clear() const {
    for (std::uint32_t at = 0; at < 32; ++at) {
      if (claimed(at).size() > 1) return false;
    }
    const std::uint32_t end = first_end();
    for (const Chunk& chunk : chunks) {
      if (chunk.more ? chunk.to >= end : chunk.to != end) return false;
    }
    return true;
  }
};

void expect_sound(const std::vector<Chunk>& chunks, unsigned family) {
  FragmentFeeder feeder(DefragmenterLimits{4, std::size_t{64} << 10U, std::size_t{64} << 10U});
  ReferenceDefragmenter reference;
  Model model;
  bool was_whole = false;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    model.chunks.push_back(chunks[i]);
    FragmentSpec spec = family == 4 ? FragmentSpec{} : ipv6_like();
    spec.offset = chunks[i].from;
    spec.bytes.assign(chunks[i].to - chunks[i].from, static_cast<std::uint8_t>('A' + i));
    spec.more = chunks[i].more;
    const auto all = feeder.add(spec);
    std::string what;
    for (const Chunk& chunk : model.chunks)
      what += std::to_string(chunk.from) + '-' + std::to_string(chunk.to) + (chunk.more ? "+ " : ". ");
    const auto length = static_cast<std::uint32_t>(frame_of(spec).bytes.size());
    ASSERT_EQ(difference(all, reference.add(spec, length, feeder.now)), "") << what;
    for (const WholeDatagram& one : all) {
      for (std::uint32_t at = 0; at < one.bytes.size(); ++at)
        ASSERT_EQ(model.claimed(at).count(static_cast<char>(one.bytes[at])), 1U) << what;
      ASSERT_TRUE(model.clear() || one.conflict()) << what;
    }
    if (model.whole() && !was_whole) {
      was_whole = true;
      const std::string expected = model.first_wins();
      ASSERT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.text() == expected; })) << what;
      if (model.clear()) {
        ASSERT_EQ(all.size(), 1U) << what;
        ASSERT_FALSE(all[0].conflict()) << what;
      }
    }
  }
}

class AllSequences : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Defragmenter, AllSequences, testing::Values(4U, 6U));

TEST_P(AllSequences, OfUpToThreeFragmentsAreSound) {
  const std::vector<Chunk> chunks = all_chunks();
  for (const Chunk& one : chunks) {
    for (const Chunk& two : chunks) {
      for (const Chunk& three : chunks) {
        expect_sound({one, two, three}, GetParam());
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST(Defragmenter, RandomSequencesGiveWhatTheReferenceGives) {
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    packets::ByteString script = packets::random_bytes(1 + 4 * (seed % 60), seed);
    script[0] = static_cast<std::uint8_t>(seed % 4 == 0);
    if (seed % 3 != 0) {  // few places, so that they meet
      for (std::size_t at = 1; at + 4 <= script.size(); at += 4) {
        script[at] &= 0x5DU;
        script[at + 1] %= 6;
        script[at + 2] = static_cast<std::uint8_t>(script[at + 2] % 4 + (script[at + 2] >= 0xC8 ? 0xC8 : 0));
      }
    }
    ASSERT_EQ(FragmentScript().run(script.data(), script.size()), "") << "seed " << seed;
  }
}

}  // namespace defragmenter_property_test
}  // namespace ghostport
