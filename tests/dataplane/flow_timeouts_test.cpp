#include "dataplane/flow_timeouts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace ghostport {
namespace flow_timeouts_test {

constexpr std::int64_t kBase = 1'795'168'800 * kSecond;
constexpr std::int64_t kYear = 365 * 86'400 * kSecond;

struct Ended {
  std::uint32_t index;
  std::int64_t due;
  friend bool operator==(const Ended&, const Ended&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Ended& ended) {
    return out << "flow " << ended.index << " at " << ended.due - kBase;
  }
};

/// A table with its timeouts, and how a worker drives them.
class Clock {
 public:
  explicit Clock(std::uint32_t flows = 64) : table(flows, 1), timeouts(table, rules) {}

  std::uint32_t begin_flow(std::int64_t stamp, Transport transport = Transport::tcp, bool answered = true) {
    FiveTuple key;
    const std::uint8_t source[4] = {10, 0, 0, 1};
    const std::uint8_t destination[4] = {10, 0, 0, 2};
    (void)make_five_tuple(key, 4, transport, source, destination, next_port_++, 3238);
    const std::uint32_t index = table.insert(key, table.hash(key));
    if (index == kNoIndex) return index;
    Flow& flow = table[index];
    flow.bits = {};
    flow.bits.live = true;
    flow.packets[0] = 1;
    flow.packets[1] = answered ? 1 : 0;
    flow.last = stamp;
    timeouts.schedule(index);
    return index;
  }
  void packet(std::uint32_t index, std::int64_t stamp, Direction from = 0) {
    table[index].last = stamp;
    ++table[index].packets[from];
  }
  void close(std::uint32_t index, std::int64_t stamp) {
    packet(index, stamp);
    table[index].bits.reset = true;
    timeouts.schedule(index);
  }
  std::vector<Ended> expire(std::int64_t stamp) {
    std::vector<Ended> ended;
    timeouts.expire(stamp, [&](std::uint32_t index, std::int64_t due) {
      ended.push_back({index, due});
      table.erase(index);
    });
    return ended;
  }

  Rules rules;
  FlowTable table;
  FlowTimeouts timeouts;

 private:
  std::uint16_t next_port_ = 1;
};

using List = std::vector<Ended>;

TEST(FlowTimeouts, AFlowEndsOnlyAfterItsTimeoutHasPassed) {
  Clock clock;
  const std::uint32_t flow = clock.begin_flow(kBase + 5);
  EXPECT_TRUE(clock.expire(kBase + 5 + 600 * kSecond).empty());
  EXPECT_EQ(clock.expire(kBase + 6 + 600 * kSecond), (List{{flow, kBase + 5 + 600 * kSecond}}));
  EXPECT_TRUE(clock.expire(kBase + kYear).empty());
}

TEST(FlowTimeouts, TheTimeoutIsThatOfTransportAndAnswer) {
  Clock clock;
  EXPECT_EQ(clock.timeouts.due(clock.table[clock.begin_flow(kBase)]), kBase + 600 * kSecond);
  EXPECT_EQ(clock.timeouts.due(clock.table[clock.begin_flow(kBase, Transport::udp)]), kBase + 60 * kSecond);
  EXPECT_EQ(clock.timeouts.due(clock.table[clock.begin_flow(kBase, Transport::tcp, false)]), kBase + 30 * kSecond);
  EXPECT_EQ(clock.timeouts.due(clock.table[clock.begin_flow(kBase, Transport::udp, false)]), kBase + 30 * kSecond);
}

TEST(FlowTimeouts, EveryPacketPutsTheEndOff) {
  Clock clock;
  const std::uint32_t flow = clock.begin_flow(kBase);
  for (int i = 1; i <= 10; ++i) {
    EXPECT_TRUE(clock.expire(kBase + i * 500 * kSecond).empty());
    clock.packet(flow, kBase + i * 500 * kSecond);
  }
  EXPECT_EQ(clock.expire(kBase + kYear), (List{{flow, kBase + 5600 * kSecond}}));
}

TEST(FlowTimeouts, AnAnswerLengthensTheTimeout) {
  Clock clock;
  const std::uint32_t flow = clock.begin_flow(kBase, Transport::tcp, false);
  clock.packet(flow, kBase + 10 * kSecond, 1);
  EXPECT_TRUE(clock.expire(kBase + 100 * kSecond).empty());
  EXPECT_EQ(clock.expire(kBase + 700 * kSecond), (List{{flow, kBase + 610 * kSecond}}));
}

TEST(FlowTimeouts, ClosingBringsTheEndNearer) {
  Clock clock;
  const std::uint32_t flow = clock.begin_flow(kBase);
  clock.close(flow, kBase + kSecond);
  EXPECT_TRUE(clock.expire(kBase + 31 * kSecond).empty());
  EXPECT_EQ(clock.expire(kBase + 31 * kSecond + 1), (List{{flow, kBase + 31 * kSecond}}));
}

TEST(FlowTimeouts, FlowsEndInTheOrderInWhichTheyWereDue) {
  Clock clock;
  const std::uint32_t late = clock.begin_flow(kBase + 9);
  const std::uint32_t soon = clock.begin_flow(kBase + 10, Transport::udp, false);
  const std::uint32_t next = clock.begin_flow(kBase + 20, Transport::udp);
  EXPECT_EQ(
      clock.expire(kBase + kYear),
      (List{{soon, kBase + 10 + 30 * kSecond}, {next, kBase + 20 + 60 * kSecond}, {late, kBase + 9 + 600 * kSecond}}));
}

TEST(FlowTimeouts, AFlowThatWasPutOffInItsLastSecondStillEndsInOrder) {
  Clock clock;
  const std::uint32_t delayed = clock.begin_flow(kBase, Transport::udp, false);
  EXPECT_TRUE(clock.expire(kBase + 30 * kSecond).empty());  // its last second runs
  clock.packet(delayed, kBase + 30 * kSecond);              // due in another 30 s
  const std::uint32_t other = clock.begin_flow(kBase + 30 * kSecond - 5, Transport::udp, false);
  EXPECT_EQ(clock.expire(kBase + 1000 * kSecond),
            (List{{other, kBase + 60 * kSecond - 5}, {delayed, kBase + 60 * kSecond}}));
}

TEST(FlowTimeouts, ARemovedFlowDoesNotEnd) {
  Clock clock;
  const std::uint32_t removed = clock.begin_flow(kBase);
  const std::uint32_t kept = clock.begin_flow(kBase);
  clock.timeouts.remove(removed);
  clock.table.erase(removed);
  EXPECT_EQ(clock.expire(kBase + kYear), (List{{kept, kBase + 600 * kSecond}}));
}

TEST(FlowTimeouts, AnIndexThatIsUsedAgainHasItsOwnTimeout) {
  Clock clock;
  const std::uint32_t keeper = clock.begin_flow(kBase, Transport::tcp);  // the table never becomes empty
  const std::uint32_t first = clock.begin_flow(kBase, Transport::udp, false);
  EXPECT_TRUE(clock.expire(kBase + 30 * kSecond).empty());
  clock.timeouts.remove(first);
  clock.table.erase(first);
  const std::uint32_t second = clock.begin_flow(kBase + 30 * kSecond, Transport::udp);
  ASSERT_EQ(second, first);
  EXPECT_EQ(clock.expire(kBase + 89 * kSecond), List{});
  EXPECT_EQ(clock.expire(kBase + kYear), (List{{second, kBase + 90 * kSecond}, {keeper, kBase + 600 * kSecond}}));
}

TEST(FlowTimeouts, LongPausesEndEverythingOnce) {
  for (const std::int64_t pause : {3600 * kSecond, 86'400 * kSecond, kYear, 30 * kYear}) {
    Clock clock;
    List expected;
    for (int i = 0; i < 20; ++i) {
      const std::int64_t stamp = kBase + i * kSecond / 3;
      expected.push_back({clock.begin_flow(stamp), stamp + 600 * kSecond});
    }
    EXPECT_EQ(clock.expire(kBase + pause), expected);
  }
}

TEST(FlowTimeouts, ATimeoutLongerThanTheWheelIsKept) {
  Clock clock;
  clock.rules.tcp_timeout = 86'400 * kSecond;
  FlowTimeouts timeouts(clock.table, clock.rules);
  const std::uint32_t flow = clock.begin_flow(kBase);
  clock.timeouts.remove(flow);
  timeouts.schedule(flow);
  List ended;
  for (std::int64_t at = 0; at <= 86'400; at += 50) {
    timeouts.expire(kBase + at * kSecond, [&](std::uint32_t index, std::int64_t due) {
      ended.push_back({index, due});
    });
  }
  EXPECT_TRUE(ended.empty());
  timeouts.expire(kBase + 86'401 * kSecond, [&](std::uint32_t index, std::int64_t due) {
    ended.push_back({index, due});
  });
  EXPECT_EQ(ended, (List{{flow, kBase + 86'400 * kSecond}}));
}

TEST(FlowTimeouts, ANewCaptureBeginsWithAnotherTime) {
  Clock clock;
  const std::uint32_t old = clock.begin_flow(kBase);
  (void)clock.expire(kBase + 10 * kSecond);
  clock.timeouts.remove(old);
  clock.table.erase(old);
  clock.timeouts.begin();
  const std::uint32_t flow = clock.begin_flow(1000 * kSecond);
  EXPECT_TRUE(clock.expire(1600 * kSecond).empty());
  EXPECT_EQ(clock.expire(1601 * kSecond), (List{{flow, 1600 * kSecond}}));
}

// ---- against a list that is searched every time ----

struct Model {
  std::uint32_t index;
  std::int64_t due;
};

RC_GTEST_PROP(FlowTimeoutsProperty, FlowsEndAsInAListThatIsSearchedEveryTime, ()) {
  Clock clock(24);
  std::vector<std::uint32_t> open;
  std::int64_t now = kBase + *rc::gen::inRange<std::int64_t>(0, kSecond);
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 12), rc::gen::inRange(0, 1000)));
  for (const auto& [what, which] : steps) {
    if (what < 4) {
      const std::uint32_t index =
          clock.begin_flow(now, which % 2 == 0 ? Transport::tcp : Transport::udp, which % 3 != 0);
      if (index != kNoIndex) open.push_back(index);
    } else if (what < 7 && !open.empty()) {
      clock.packet(open[static_cast<std::size_t>(which) % open.size()], now, which % 2 == 0 ? 0 : 1);
    } else if (what == 7 && !open.empty()) {
      clock.close(open[static_cast<std::size_t>(which) % open.size()], now);
    } else if (what == 8 && !open.empty()) {
      const auto victim = open.begin() + which % static_cast<int>(open.size());
      clock.timeouts.remove(*victim);
      clock.table.erase(*victim);
      open.erase(victim);
    } else {
      constexpr std::int64_t kPauses[] = {0,
                                          1,
                                          kSecond / 7,
                                          kSecond,
                                          29 * kSecond,
                                          30 * kSecond,
                                          31 * kSecond,
                                          60 * kSecond,
                                          599 * kSecond,
                                          3600 * kSecond,
                                          kYear};
      now += kPauses[static_cast<std::size_t>(which) % std::size(kPauses)];
      List expected;
      for (const std::uint32_t index : open) {
        if (clock.timeouts.due(clock.table[index]) < now)
          expected.push_back({index, clock.timeouts.due(clock.table[index])});
      }
      std::sort(expected.begin(), expected.end(),
                [](const Ended& a, const Ended& b) { return a.due != b.due ? a.due < b.due : a.index < b.index; });
      RC_ASSERT(clock.expire(now) == expected);
      for (const Ended& ended : expected) std::erase(open, ended.index);
    }
  }
}

}  // namespace flow_timeouts_test
}  // namespace ghostport
