#include "tests/live/inline_bridge.h"

namespace ghostport::live {
namespace {

TEST(InlineFiles, WhatComesOutIsWhatCameInWithoutTheJudgedFlowsFromTheDecidingPacketOn) {
  const std::vector<LiveCase> cases = ethernet_cases();
  ASSERT_GT(cases.size(), 500U) << "the cases of pcaps/ are not there";
  std::uint64_t blocked_frames = 0;
  for (const LiveCase& one : cases) {
    for (const std::string& fault : inline_faults(one.rules, one.capture, blocked_frames))
      ADD_FAILURE() << one.name << ": " << fault;
  }
  EXPECT_GT(blocked_frames, 1000U);
}

}  // namespace
}  // namespace ghostport::live
