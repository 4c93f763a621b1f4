#include "dataplane/flow_table.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace ghostport {
namespace flow_table_test {

FiveTuple key_of(std::uint32_t which) {
  FiveTuple key;
  std::uint8_t source[4];
  std::memcpy(source, &which, 4);
  const std::uint8_t destination[4] = {192, 0, 2, 1};
  (void)make_five_tuple(key, 4, Transport::tcp, source, destination, static_cast<std::uint16_t>(which), 3238);
  return key;
}

/// As the tracker uses it: a flow is live from its insertion to its erasure.
std::uint32_t insert(FlowTable& table, std::uint32_t which) {
  const FiveTuple key = key_of(which);
  const std::uint32_t index = table.insert(key, table.hash(key));
  if (index != kNoIndex) table[index].bits.live = true;
  return index;
}
std::uint32_t find(const FlowTable& table, std::uint32_t which) {
  const FiveTuple key = key_of(which);
  return table.find(key, table.hash(key));
}

TEST(FlowTable, FindsWhatWasInsertedUntilItIsErased) {
  FlowTable table(4, 1);
  EXPECT_EQ(find(table, 1), kNoIndex);
  const std::uint32_t index = insert(table, 1);
  EXPECT_EQ(find(table, 1), index);
  EXPECT_EQ(table[index].key, key_of(1));
  EXPECT_EQ(table[index].inspection, kNoIndex);
  EXPECT_EQ(find(table, 2), kNoIndex);
  EXPECT_EQ(table.live(), 1U);
  table.erase(index);
  EXPECT_EQ(find(table, 1), kNoIndex);
  EXPECT_EQ(table.live(), 0U);
  EXPECT_FALSE(table[index].bits.live);
}

TEST(FlowTable, AFullTableTakesNothingAndLosesNothing) {
  for (const std::uint32_t limit : {1U, 2U, 3U, 64U, 100U}) {
    FlowTable table(limit, 1);
    for (std::uint32_t which = 0; which < limit; ++which) {
      ASSERT_NE(insert(table, which), kNoIndex);
    }
    EXPECT_EQ(insert(table, limit), kNoIndex);
    EXPECT_EQ(table.live(), limit);
    for (std::uint32_t which = 0; which < limit; ++which) {
      EXPECT_NE(find(table, which), kNoIndex);
    }
    table.erase(find(table, limit / 2));
    EXPECT_NE(insert(table, limit), kNoIndex);
    EXPECT_NE(find(table, limit), kNoIndex);
  }
}

/// In a full table some stand far behind the home of their hash.
TEST(FlowTable, AFullTableWhoseFlowsComeAndGoHoldsThemAll) {
  constexpr std::uint32_t kLimit = 4099;
  FlowTable table(kLimit, 7);
  std::map<std::uint32_t, std::uint32_t> model;  // key to index
  std::uint32_t newest = 0;
  for (; newest < kLimit; ++newest) model[newest] = insert(table, newest);
  std::uint64_t random = 1;
  for (std::uint32_t round = 0; round < 20'000; ++round) {
    random = mix(random, round);
    auto gone = model.lower_bound(newest - 1 - static_cast<std::uint32_t>(random % kLimit));
    if (gone == model.end()) gone = model.begin();
    table.erase(gone->second);
    ASSERT_EQ(find(table, gone->first), kNoIndex);
    model.erase(gone);
    ASSERT_NE(model[newest] = insert(table, newest), kNoIndex);
    ++newest;
  }
  ASSERT_EQ(table.live(), kLimit);
  for (const auto& [which, index] : model) ASSERT_EQ(find(table, which), index);
}

/// Of a slot's bits the index then leaves few, or none, for the hash.
TEST(FlowTable, ATableOfManyMillionsFindsItsFlowsByTheirKeys) {
  for (const std::uint32_t limit : {(1U << 24U) - 1, 1U << 24U, 1U << 27U}) {
    FlowTable table(limit, 1);
    for (std::uint32_t which = 0; which < 1000; ++which) ASSERT_EQ(insert(table, which), which);
    for (std::uint32_t which = 0; which < 1000; which += 2) table.erase(which);
    for (std::uint32_t which = 0; which < 1000; ++which) {
      ASSERT_EQ(find(table, which), which % 2 == 0 ? kNoIndex : which);
    }
  }
}

/// What docs/performance.md says of a decided flow's memory.
TEST(FlowTable, AFlowTakesAtMost128Bytes) {
  constexpr std::uint32_t kLimit = 1'000'000;
  const std::size_t before = reserved_bytes();
  const FlowTable table(kLimit, 1);
  EXPECT_LE(reserved_bytes() - before, std::size_t{128} * kLimit);
}

TEST(FlowTable, ItsVictimsAreLiveFlowsEachInTurn) {
  constexpr std::uint32_t kLimit = 16;
  FlowTable table(kLimit, 1);
  for (std::uint32_t which = 0; which < kLimit; ++which) insert(table, which);
  std::set<std::uint32_t> victims;
  for (std::uint32_t i = 0; i < kLimit; ++i) victims.insert(table.victim());
  EXPECT_EQ(victims.size(), kLimit);
  for (std::uint32_t which = 0; which < kLimit; which += 2) table.erase(find(table, which));
  for (std::uint32_t i = 0; i < 40; ++i) {
    EXPECT_TRUE(table[table.victim()].bits.live);
  }
}

TEST(FlowTable, AnEmptyTableBeginsAnew) {
  FlowTable table(8, 1);
  std::vector<std::uint32_t> first;
  for (std::uint32_t which = 0; which < 5; ++which) first.push_back(insert(table, which));
  for (const std::uint32_t index : {first[2], first[0], first[4], first[1], first[3]}) table.erase(index);
  EXPECT_EQ(table.high_water(), 0U);
  std::vector<std::uint32_t> second;
  for (std::uint32_t which = 10; which < 15; ++which) second.push_back(insert(table, which));
  EXPECT_EQ(first, second) << "a run does not depend on what came before it";
}

TEST(FlowTable, AddressFamiliesAndTransportsAreApart) {
  FlowTable table(8, 1);
  FiveTuple four = key_of(7);
  FiveTuple six = four;
  six.family = 6;
  FiveTuple udp = four;
  udp.transport = Transport::udp;
  const std::uint32_t index = table.insert(four, table.hash(four));
  EXPECT_EQ(table.find(four, table.hash(four)), index);
  EXPECT_EQ(table.find(six, table.hash(six)), kNoIndex);
  EXPECT_EQ(table.find(udp, table.hash(udp)), kNoIndex);
}

/// Whoever chooses addresses may look for such as make one factor of the hash 0, or the same, whatever the other is.
TEST(FlowTable, NobodyWhoLacksTheSeedFindsKeysThatCollide) {
  constexpr std::uint32_t kKeys = 4096;
  constexpr std::uint64_t kFactors[] = {0, 0xD6E8FEB86659FD93U, 0x9E3779B97F4A7C15U};  // constants of mix()
  for (const std::uint64_t chosen : kFactors) {
    for (std::size_t place = 0; place < 4; ++place) {  // of a word in the two addresses
      for (const std::size_t varied : {0U, 1U, 2U, 3U}) {
        if (varied == place) continue;
        const FlowTable table(16, random_seed());
        std::set<std::uint32_t> hashes;
        for (std::uint32_t which = 0; which < kKeys; ++which) {
          std::uint64_t words[4]{};
          words[place] = chosen;
          words[varied] ^= (std::uint64_t{which} + 1) << 32U;
          FiveTuple key;
          std::memcpy(static_cast<void*>(&key), words, sizeof words);
          key.family = 6;
          hashes.insert(table.hash(key));
        }
        EXPECT_GT(hashes.size(), kKeys - 64) << chosen << " in " << place << ", " << varied << " varied";
      }
    }
  }
}

TEST(FlowTable, PrefetchingIsAlwaysAllowed) {
  FlowTable table(2, 1);
  insert(table, 1);
  for (std::uint32_t which = 0; which < 100; ++which) {
    const std::uint32_t hash = table.hash(key_of(which));
    table.prefetch_slot(hash);
    table.prefetch_flow(hash);
  }
}

RC_GTEST_PROP(FlowTableProperty, ItHoldsWhatAMapHolds, ()) {
  const auto limit = *rc::gen::inRange(std::uint32_t{1}, std::uint32_t{40});
  FlowTable table(limit, *rc::gen::arbitrary<std::uint64_t>());
  std::map<std::uint32_t, std::uint32_t> model;  // key to index
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, std::uint32_t>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange(std::uint32_t{0}, limit * 2)));
  for (const auto& [inserts, which] : steps) {
    const auto known = model.find(which);
    RC_ASSERT(find(table, which) == (known == model.end() ? kNoIndex : known->second));
    if (known != model.end() && !inserts) {
      table.erase(known->second);
      model.erase(known);
    } else if (known == model.end() && inserts) {
      const std::uint32_t index = insert(table, which);
      RC_ASSERT((index == kNoIndex) == (model.size() == limit));
      if (index != kNoIndex) {
        for (const auto& [other, taken] : model) RC_ASSERT(taken != index);
        RC_ASSERT(index < table.high_water());
        model.emplace(which, index);
      }
    }
    RC_ASSERT(table.live() == model.size());
    for (const auto& [other, index] : model) RC_ASSERT(find(table, other) == index);
  }
}

}  // namespace flow_table_test
}  // namespace ghostport
