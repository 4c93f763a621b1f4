#include "detection/fact_ring.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ghostport {
namespace fact_ring_test {

Fact fact_of(std::uint64_t number, std::uint8_t detail_cells) {
  Fact fact;
  fact.key.number = number;
  fact.kind = FactKind::finding;
  fact.detail_cells = detail_cells;
  return fact;
}

/// Detail cells whose every byte depends on the fact and the place.
std::vector<Fact> detail_of(std::uint64_t number, std::uint8_t cells) {
  std::vector<Fact> detail(cells);
  for (std::size_t i = 0; i < cells; ++i) {
    detail[i].key.number = number * 100 + i;
    for (std::uint8_t& byte : detail[i].tail) byte = static_cast<std::uint8_t>(number + i);
  }
  return detail;
}

bool push(FactRing& ring, std::uint64_t number, std::uint8_t cells) {
  return ring.try_push(fact_of(number, cells), detail_of(number, cells).data());
}

/// Takes everything and checks that each fact came whole.
std::vector<std::uint64_t> drain(FactRing& ring) {
  std::vector<std::uint64_t> numbers;
  ring.drain([&](const Fact& fact, const void* detail) {
    numbers.push_back(fact.key.number);
    const std::vector<Fact> expected = detail_of(fact.key.number, fact.detail_cells);
    const auto* cells = static_cast<const Fact*>(detail);
    for (std::size_t i = 0; i < fact.detail_cells; ++i) {
      EXPECT_EQ(cells[i].key.number, expected[i].key.number);
      EXPECT_EQ(0, std::memcmp(cells[i].tail, expected[i].tail, sizeof cells[i].tail));
    }
  });
  return numbers;
}

std::size_t room(FactRing& ring) {
  std::size_t cells = 0;
  while (push(ring, cells, 0)) ++cells;
  (void)drain(ring);
  return cells;
}

TEST(FactRing, GivesFactsBackInTheirOrder) {
  FactRing ring(16);
  EXPECT_TRUE(push(ring, 1, 0));
  EXPECT_TRUE(push(ring, 2, kFlowDetailCells));
  EXPECT_TRUE(push(ring, 3, kTallyDetailCells));
  EXPECT_EQ(drain(ring), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(FactRing, AnEmptyRingSaysThatNothingWasThere) {
  FactRing ring(16);
  const auto nothing = [](const Fact&, const void*) { FAIL(); };
  EXPECT_FALSE(ring.drain(nothing));
  push(ring, 1, 0);
  EXPECT_EQ(drain(ring).size(), 1U);
  EXPECT_FALSE(ring.drain(nothing));
}

TEST(FactRing, HoldsAPowerOfTwoOfCellsAndAlwaysTheLargestFact) {
  FactRing smallest(0);
  EXPECT_TRUE(push(smallest, 1, kMostDetailCells));
  (void)drain(smallest);
  EXPECT_EQ(room(smallest), 8U);
  FactRing nine(9);
  EXPECT_EQ(room(nine), 16U);
  FactRing sixteen(16);
  EXPECT_EQ(room(sixteen), 16U);
}

TEST(FactRing, TakesAllCellsOfAFactOrNone) {
  FactRing ring(8);
  while (push(ring, 1, 0)) {
  }
  (void)drain(ring);
  for (std::uint64_t i = 0; i < 8U - kMostDetailCells; ++i) {
    ASSERT_TRUE(push(ring, i, 0));
  }
  EXPECT_FALSE(push(ring, 77, kMostDetailCells));
  EXPECT_TRUE(push(ring, 78, kMostDetailCells - 1));
  EXPECT_FALSE(push(ring, 79, 0));
  const std::vector<std::uint64_t> numbers = drain(ring);
  EXPECT_EQ(numbers.size(), 9U - kMostDetailCells);
  EXPECT_EQ(numbers.back(), 78U);
}

TEST(FactRing, AFactMayLieAcrossTheEndOfTheStorage) {
  FactRing ring(8);
  for (std::uint64_t number = 0; number < 1000; ++number) {
    const auto cells = static_cast<std::uint8_t>(number % (kMostDetailCells + 1U));
    ASSERT_TRUE(push(ring, number, cells));
    ASSERT_EQ(drain(ring), (std::vector<std::uint64_t>{number}));
  }
}

TEST(FactRing, WaitingForRoomReturnsAtOnceWhereTheRingIsEmpty) {
  FactRing ring(8);
  ring.wait_for_room();
  push(ring, 1, 0);
  (void)drain(ring);
  ring.wait_for_room();
}

TEST(FactRing, AWaitingProducerAndASleepingConsumerLoseNothing) {
  constexpr std::uint64_t kFacts = 20'000;
  FactRing ring(8);
  Bell bell;
  std::thread producer([&] {
    for (std::uint64_t number = 0; number < kFacts; ++number) {
      const auto cells = static_cast<std::uint8_t>(number % (kMostDetailCells + 1U));
      while (!push(ring, number, cells)) {
        bell.ring();
        ring.wait_for_room();
      }
      if (number % 7 == 0 || number + 1 == kFacts) bell.ring();
    }
  });
  std::uint64_t next = 0;
  bool in_order = true;
  while (next < kFacts) {
    const std::uint32_t seen = bell.now();
    const std::vector<std::uint64_t> numbers = drain(ring);
    for (const std::uint64_t number : numbers) in_order = in_order && number == next++;
    if (numbers.empty() && next < kFacts) bell.wait(seen);
  }
  producer.join();
  EXPECT_TRUE(in_order);
}

TEST(Bell, WaitingReturnsWhereItHasRungSince) {
  Bell bell;
  const std::uint32_t seen = bell.now();
  bell.ring();
  bell.wait(seen);
  EXPECT_NE(bell.now(), seen);
}

}  // namespace fact_ring_test
}  // namespace ghostport
