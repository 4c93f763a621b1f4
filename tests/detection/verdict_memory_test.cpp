#include "detection/verdict_memory.h"

#include <gtest/gtest.h>

#include <map>

namespace ghostport {
namespace verdict_memory_test {

constexpr std::int64_t kNow = 1'795'168'800 * kSecond;
constexpr ServiceId kService{7};

FiveTuple tuple(std::uint32_t which) {
  FiveTuple key;
  const std::uint8_t source[4] = {10, 0, static_cast<std::uint8_t>(which >> 16U),
                                  static_cast<std::uint8_t>(which >> 24U)};
  const std::uint8_t destination[4] = {192, 0, 2, 1};
  (void)make_five_tuple(key, 4, Transport::tcp, source, destination, static_cast<std::uint16_t>(which), 3238);
  return key;
}

TEST(VerdictMemory, IsEmptyAtFirst) {
  const VerdictMemory memory;
  EXPECT_EQ(memory.find(tuple(1), kNow), nullptr);
}

TEST(VerdictMemory, RemembersWhatWasSaidOfATuple) {
  VerdictMemory memory;
  memory.remember(tuple(1), kNow, Outcome::identified, kService, ServiceId::none, 3);
  const VerdictMemory::Entry* entry = memory.find(tuple(1), kNow + 1);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->outcome, Outcome::identified);
  EXPECT_EQ(entry->service, kService);
  EXPECT_EQ(entry->datagrams, 3U);
  EXPECT_EQ(memory.find(tuple(2), kNow + 1), nullptr);
}

TEST(VerdictMemory, ForgetsAfterADayOfPacketTime) {
  VerdictMemory memory;
  memory.remember(tuple(1), kNow, Outcome::listener, ServiceId::none, ServiceId::none, 0);
  EXPECT_NE(memory.find(tuple(1), kNow + 86'400 * kSecond), nullptr);
  EXPECT_EQ(memory.find(tuple(1), kNow + 86'400 * kSecond + 1), nullptr);
}

TEST(VerdictMemory, TheLastWordOnATupleStands) {
  VerdictMemory memory;
  memory.remember(tuple(1), kNow, Outcome::probe, ServiceId::none, ServiceId::none, 5);
  memory.remember(tuple(1), kNow + kSecond, Outcome::identified, kService, ServiceId::none, 70'000);
  const VerdictMemory::Entry* entry = memory.find(tuple(1), kNow + 86'400 * kSecond + kSecond);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->outcome, Outcome::identified);
  EXPECT_EQ(entry->datagrams, 0xFFFFU);
  EXPECT_EQ(memory.displaced(), 0U);
}

TEST(VerdictMemory, WhatSaysLessOnlyMakesItYounger) {
  VerdictMemory memory;
  memory.remember(tuple(1), kNow, Outcome::identified, kService, kService, 0);
  memory.remember(tuple(1), kNow + kSecond, Outcome::unrecognized, ServiceId::none, ServiceId::none, 7);
  const VerdictMemory::Entry* entry = memory.find(tuple(1), kNow + kSecond + 86'400 * kSecond);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->outcome, Outcome::identified);
  EXPECT_EQ(entry->service, kService);
  EXPECT_EQ(entry->inner, kService);
}

TEST(VerdictMemory, NothingCrossesIntoTheNextFile) {
  VerdictMemory memory;
  memory.remember(tuple(1), kNow, Outcome::listener, ServiceId::none, ServiceId::none, 0);
  memory.forget_all();
  EXPECT_EQ(memory.find(tuple(1), kNow), nullptr);
  memory.remember(tuple(2), kNow, Outcome::listener, ServiceId::none, ServiceId::none, 0);
  EXPECT_EQ(memory.find(tuple(1), kNow), nullptr);
  EXPECT_NE(memory.find(tuple(2), kNow), nullptr);
  EXPECT_EQ(memory.displaced(), 0U) << "what has been forgotten makes room for nothing";
}

TEST(VerdictMemory, MakesRoomByTheOldestAndCountsIt) {
  VerdictMemory memory;
  constexpr std::uint32_t kMany = 400'000;  // more than it holds
  for (std::uint32_t which = 0; which < kMany; ++which) {
    memory.remember(tuple(which), kNow + which, Outcome::listener, ServiceId::none, ServiceId::none, which % 1000);
  }
  const std::int64_t later = kNow + kMany;
  std::uint32_t found = 0;
  for (std::uint32_t which = 0; which < kMany; ++which) {
    const VerdictMemory::Entry* entry = memory.find(tuple(which), later);
    if (entry == nullptr) continue;
    ++found;
    ASSERT_EQ(entry->datagrams, which % 1000);
  }
  EXPECT_GT(found, 200'000U);
  EXPECT_EQ(memory.displaced(), kMany - found);
  for (std::uint32_t which = kMany - 1000; which < kMany; ++which) {
    EXPECT_NE(memory.find(tuple(which), later), nullptr);
  }
}

TEST(VerdictMemory, WhatIsADayOldIsNoLoss) {
  VerdictMemory memory;
  constexpr std::uint32_t kMany = 300'000;
  for (std::uint32_t which = 0; which < kMany; ++which)
    memory.remember(tuple(which), kNow, Outcome::listener, ServiceId::none, ServiceId::none, 0);
  const std::uint64_t before = memory.displaced();
  const std::int64_t later = kNow + 2 * 86'400 * kSecond;
  for (std::uint32_t which = 0; which < 100; ++which)
    memory.remember(tuple(kMany + which), later, Outcome::listener, ServiceId::none, ServiceId::none, 0);
  EXPECT_EQ(memory.displaced(), before);
}

}  // namespace verdict_memory_test
}  // namespace ghostport
