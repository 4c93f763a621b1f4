#include "dataplane/memory_limit.h"

#include <gtest/gtest.h>

#include "dataplane/worker.h"

namespace ghostport {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;

Rules rules() {
  Rules made;
  made.registry = Registry::builtin();
  made.signatures = SignatureSet::builtin();
  return made;
}

/// What so many workers reserve by these rules.
std::uint64_t reserved_by(const Rules& made, unsigned workers) {
  const std::size_t before = reserved_bytes();
  FactRing ring(1);
  Bell bell;
  std::vector<std::unique_ptr<FlowTracker>> trackers;
  const auto shared = std::make_shared<Rules>(made);
  for (unsigned i = 0; i < workers; ++i)
    trackers.push_back(std::make_unique<FlowTracker>(shared, ring, bell, WhenFull::drop));
  return reserved_bytes() - before;
}

TEST(MemoryLimit, LeavesEverythingAsItIsWhereThereIsRoom) {
  Rules made = rules();
  EXPECT_EQ(limit_memory(made, 4096 * kMebibyte, 1).value(), "");
  EXPECT_EQ(made.flow_limit, 1'000'000U);
  EXPECT_EQ(made.within(65'536), 65'536U);
}

TEST(MemoryLimit, WorkersStayWithinIt) {
  const std::size_t before = reserved_bytes();
  constexpr std::pair<unsigned, std::uint64_t> kPairs[] = {{1, 64},  {1, 128}, {1, 700}, {1, 2047},
                                                           {2, 128}, {2, 700}, {8, 300}, {8, 2047}};
  for (const auto& [workers, memory] : kPairs) {
    Rules made = rules();
    const auto line = limit_memory(made, memory * kMebibyte, workers);
    ASSERT_TRUE(line.ok()) << line.problems().front().what;
    EXPECT_NE(line.value().find("have room for " + std::to_string(made.flow_limit) + " flows a worker"),
              std::string::npos);
    const std::uint64_t all = reserved_by(made, workers) + 44 * kMebibyte;
    EXPECT_LE(all, memory * kMebibyte) << memory << " MiB, " << workers << " workers";
    EXPECT_GE(made.flow_limit, 1024U);
    EXPECT_GE(made.within(65'536), 1U);
  }
  EXPECT_EQ(reserved_bytes(), before);
}

TEST(MemoryLimit, SaysHowMuchWouldDo) {
  Rules made = rules();
  const auto refused = limit_memory(made, 64 * kMebibyte, 64);
  ASSERT_FALSE(refused.ok());
  const std::string what = refused.problems().front().what;
  const std::string head = "limits.memory: 64 MiB are too little for 64 workers, expected ";
  ASSERT_TRUE(what.starts_with(head)) << what;
  made = rules();
  EXPECT_TRUE(limit_memory(made, std::stoull(what.substr(head.size())) * kMebibyte, 64).ok());
}

TEST(MemoryLimit, ATableThatWasAskedForSmallStaysSo) {
  Rules made = rules();
  made.flow_limit = 100;
  EXPECT_TRUE(limit_memory(made, 100 * kMebibyte, 1).ok());
  EXPECT_EQ(made.flow_limit, 100U);
}

}  // namespace
}  // namespace ghostport
