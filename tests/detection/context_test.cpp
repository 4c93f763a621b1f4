#include "detection/context.h"

#include <gtest/gtest.h>

#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace context_test {

constexpr std::int64_t kBase = 1'795'168'800 * kSecond;  // 2026-11-20 10:00:00 UTC
constexpr std::int64_t kHour = 3600 * kSecond;

ServiceId service(std::string_view name) { return *find_service(name); }
Address address(std::string_view text) { return *Address::parse(text); }

/// A context, and the facts that it is told.
class Story {
 public:
  ContextDetail said(ContextEvent event, std::string_view by, std::uint64_t flow, std::string_view client = "10.3.0.1",
                     std::string_view server = "10.3.0.9", std::uint16_t port = 1720) {
    ContextDetail detail;
    detail.event = event;
    if (!by.empty()) detail.service = service(by);
    detail.address[0] = address(client);
    detail.address[1] = address(server);
    detail.port[1] = port;
    detail.flow_id = flow;
    return detail;
  }
  Story& tell(std::int64_t at, const ContextDetail& detail) {
    context.take({kBase + at, 0, ++number_}, detail);
    return *this;
  }
  Story& announce(std::int64_t at, std::string_view by, std::uint64_t flow, std::uint64_t call, std::string_view what,
                  std::string_view where, std::uint16_t port) {
    ContextDetail detail = said(ContextEvent::announced, by, flow);
    detail.call = call;
    detail.announced = service(what);
    detail.announced_transport = what == "h245" ? Transport::tcp : Transport::udp;
    detail.announced_address = address(where);
    detail.announced_first = detail.announced_last = port;
    return tell(at, detail);
  }
  [[nodiscard]] FlowContext of(std::int64_t start, std::string_view client, std::string_view server, std::uint16_t port,
                               std::uint64_t flow = 99) const {
    FlowDetail detail;
    detail.address[0] = address(client);
    detail.address[1] = address(server);
    detail.port[1] = port;
    detail.transport = Transport::udp;
    detail.flow_id = flow;
    detail.start = kBase + start;
    return context.of(detail);
  }

  std::shared_ptr<Rules> rules = rules_watching("ghost");
  Context context{*rules};

 private:
  std::uint64_t number_ = 0;
};

ContextDetail call_event(Story& story, ContextEvent event, std::uint64_t call, std::string_view by = "h225",
                         std::uint64_t flow = 1) {
  ContextDetail detail = story.said(event, by, flow);
  detail.call = call;
  return detail;
}

TEST(ContextCalls, AnnounceAddressesToTheirParties) {
  Story story;
  story.tell(0, call_event(story, ContextEvent::call_up, 7));
  story.announce(kSecond, "h225", 1, 7, "rtp", "10.3.0.9", 3238);
  EXPECT_EQ(story.of(2 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::announced);
  EXPECT_EQ(story.of(2 * kSecond, "10.3.0.1", "10.3.0.9", 3238).signalling, service("h225"));
  EXPECT_EQ(story.of(2 * kSecond, "10.3.0.1", "10.3.0.9", 3239).call, CallGround::live);
  EXPECT_EQ(story.of(2 * kSecond, "10.3.0.77", "10.3.0.9", 3238).call, CallGround::none);
  EXPECT_EQ(story.of(2 * kSecond, "10.3.0.1", "10.3.0.10", 3238).call, CallGround::none);
}

TEST(ContextCalls, EndWithTheirReleaseAndNotWithTheirControl) {
  Story story;
  story.tell(0, call_event(story, ContextEvent::call_up, 7));
  story.announce(0, "h225", 1, 7, "h245", "10.3.0.9", 3230);
  ContextDetail control = story.said(ContextEvent::announced, "h245", 2, "10.3.0.1", "10.3.0.9", 3230);
  control.announced = service("rtp");
  control.announced_address = address("10.3.0.9");
  control.announced_first = control.announced_last = 3238;
  story.tell(kSecond, control);
  story.tell(2 * kSecond, story.said(ContextEvent::call_down, "h245", 2, "10.3.0.1", "10.3.0.9", 3230));
  EXPECT_EQ(story.of(3 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::announced);
  story.tell(10 * kSecond, call_event(story, ContextEvent::call_down, 7));
  EXPECT_EQ(story.of(9 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::announced);
  EXPECT_EQ(story.of(11 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::none);
}

TEST(ContextCalls, OfH323EndWithTheirConnectionAndThoseOfSipDoNot) {
  for (const std::string_view by : {"h225", "sip"}) {
    Story story;
    story.tell(0, call_event(story, ContextEvent::call_up, 7, by));
    story.announce(0, by, 1, 7, "rtp", "10.3.0.9", 3238);
    story.tell(10 * kSecond, call_event(story, ContextEvent::call_down, 0, by));
    EXPECT_EQ(story.of(20 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call,
              by == "sip" ? CallGround::announced : CallGround::none)
        << by;
  }
}

TEST(ContextCalls, OfTwoLegsAreOne) {
  Story story;
  ContextDetail first = story.said(ContextEvent::call_up, "h225", 1, "10.3.0.1", "10.3.0.50");
  ContextDetail second = story.said(ContextEvent::call_up, "h225", 2, "10.3.0.50", "10.3.0.9");
  first.call = second.call = 7;
  story.tell(0, first).tell(kSecond, second);
  story.announce(2 * kSecond, "h225", 2, 7, "rtp", "10.3.0.9", 3238);
  EXPECT_EQ(story.of(3 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::announced);
}

TEST(ContextCalls, MediaMayComeJustBeforeTheirCall) {
  Story story;
  story.tell(10 * kSecond, call_event(story, ContextEvent::call_up, 7));
  story.announce(10 * kSecond, "h225", 1, 7, "rtp", "10.3.0.9", 3238);
  EXPECT_EQ(story.of(5 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::announced);
  EXPECT_EQ(story.of(5 * kSecond - 1, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::none);
}

TEST(ContextCalls, ANumberUsedAgainIsAnotherCall) {
  Story story;
  story.tell(0, call_event(story, ContextEvent::call_up, 7, "sip"));
  story.announce(0, "sip", 1, 7, "rtp", "10.3.0.9", 3238);
  story.tell(kSecond, call_event(story, ContextEvent::call_down, 7, "sip"));
  story.tell(60 * kSecond, call_event(story, ContextEvent::call_up, 7, "sip"));
  EXPECT_EQ(story.of(61 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::live);
}

TEST(ContextCalls, ThatIsTriedAgainLivesOn) {
  Story story;
  story.tell(0, call_event(story, ContextEvent::call_up, 7, "sip"));
  story.tell(kSecond, call_event(story, ContextEvent::call_down, 7, "sip"));
  story.tell(2 * kSecond, call_event(story, ContextEvent::call_up, 7, "sip"));
  story.announce(3 * kSecond, "sip", 1, 7, "rtp", "10.3.0.9", 3238);
  EXPECT_EQ(story.of(60 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::announced);
  story.tell(300 * kSecond, call_event(story, ContextEvent::call_up, 8, "sip"));  // time passes
  EXPECT_EQ(story.of(301 * kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::announced);
}

TEST(ContextRpp, AnnouncesBetweenTheTwoHostsAlone) {
  Story story;
  story.announce(0, "appneta-rpp", 1, 0, "appneta-rpp", "10.3.0.9", 3248);
  EXPECT_TRUE(story.of(kSecond, "10.3.0.1", "10.3.0.9", 3248).rpp_announced);
  EXPECT_FALSE(story.of(kSecond, "10.3.0.2", "10.3.0.9", 3248).rpp_announced);
  EXPECT_FALSE(story.of(kSecond, "10.3.0.1", "10.3.0.9", 3247).rpp_announced);
}

// ---- exchanges ----

void exchange(Story& story, std::int64_t at, std::uint16_t port, std::string_view client = "10.1.1.1") {
  story.tell(at, story.said(ContextEvent::exchange_up, "", port, client, "10.1.2.10", port));
}
FlowContext::Allocation decided(Story& story, std::int64_t at, std::uint16_t port) {
  story.context.decide_exchange(port, kBase + at);
  const FlowContext context = story.of(at, "10.1.1.1", "10.1.2.10", port, port);
  return context.allocation.value();
}

TEST(ContextExchanges, CountTheLowerPortsInUse) {
  Story story;
  for (std::uint16_t port = 3224; port <= 3238; ++port) exchange(story, port - 3224, port);
  const FlowContext::Allocation allocation = decided(story, 60 * kSecond, 3238);
  EXPECT_EQ(allocation.base, 3224);
  EXPECT_EQ(allocation.above, 14U);
  EXPECT_EQ(allocation.needed, 11U);
  EXPECT_EQ(allocation.in_use, 14U);
  EXPECT_FALSE(allocation.session);
  EXPECT_FALSE(allocation.whole_history);
}

TEST(ContextExchanges, NeedAsManyAsTheRuleSays) {
  for (const auto& [port, needed] :
       {std::pair{3224, 0}, {3226, 0}, {3227, 1}, {3232, 6}, {3233, 7}, {3264, 30}, {3324, 75}}) {
    Story story;
    exchange(story, 0, static_cast<std::uint16_t>(port));
    EXPECT_EQ(decided(story, 5 * kSecond, static_cast<std::uint16_t>(port)).needed, static_cast<unsigned>(needed))
        << port;
  }
}

TEST(ContextExchanges, ThatWereNamedDoNotCountAndEndedOnesDoForEightHours) {
  Story story;
  for (std::uint16_t port = 3224; port <= 3227; ++port) exchange(story, 0, port);
  story.tell(kSecond, story.said(ContextEvent::exchange_named, "dns", 3225, "10.1.1.1", "10.1.2.10", 3225));
  story.tell(kSecond, story.said(ContextEvent::exchange_down, "", 3225, "10.1.1.1", "10.1.2.10", 3225));
  story.tell(2 * kSecond, story.said(ContextEvent::exchange_down, "", 3226, "10.1.1.1", "10.1.2.10", 3226));
  exchange(story, 8 * kHour, 3230);
  EXPECT_EQ(decided(story, 8 * kHour + kSecond, 3230).in_use, 3U);  // 3224, 3226, 3227
  exchange(story, 8 * kHour + 3 * kSecond, 3231);
  EXPECT_EQ(decided(story, 8 * kHour + 5 * kSecond, 3231).in_use, 3U);  // 3226 no more, 3230
  EXPECT_TRUE(decided(story, 8 * kHour + 5 * kSecond, 3231).whole_history);
}

TEST(ContextExchanges, AreJudgedOnce) {
  Story story;
  exchange(story, 0, 3227);
  EXPECT_TRUE(story.context.is_open(3227));
  EXPECT_EQ(decided(story, 5 * kSecond, 3227).in_use, 0U);
  EXPECT_FALSE(story.context.is_open(3227));
  exchange(story, 6 * kSecond, 3224);
  EXPECT_EQ(decided(story, 7 * kSecond, 3227).in_use, 0U);
}

TEST(ContextSessions, CountForTheirOwnPairForEightHours) {
  for (const std::int64_t later : {8 * kHour, 8 * kHour + 1}) {
    Story story;
    story.tell(0, story.said(ContextEvent::session_up, "citrix-ica", 1, "10.1.1.1", "10.1.2.10", 1494));
    story.tell(kSecond, story.said(ContextEvent::session_down, "citrix-ica", 1, "10.1.1.1", "10.1.2.10", 1494));
    exchange(story, kSecond + later, 3224);
    exchange(story, kSecond + later, 3225, "10.1.1.2");
    EXPECT_EQ(decided(story, kSecond + later, 3224).session, later == 8 * kHour);
    EXPECT_FALSE(decided(story, kSecond + later, 3225).session);
  }
}

TEST(ContextSessions, AsManyAsBeginMustEnd) {
  Story story;
  const auto session = [&](ContextEvent event, std::uint64_t flow) {
    return story.said(event, "citrix-cgp", flow, "10.1.1.1", "10.1.2.10", 2598);
  };
  story.tell(0, session(ContextEvent::session_up, 1)).tell(0, session(ContextEvent::session_up, 2));
  story.tell(kSecond, session(ContextEvent::session_down, 1));
  exchange(story, 10 * kHour, 3224);
  EXPECT_TRUE(decided(story, 10 * kHour, 3224).session);
  story.tell(10 * kHour, session(ContextEvent::session_down, 2));
  exchange(story, 17 * kHour, 3225);
  EXPECT_TRUE(decided(story, 17 * kHour, 3225).session);
  exchange(story, 19 * kHour, 3226);
  EXPECT_FALSE(decided(story, 19 * kHour, 3226).session);
}

TEST(Context, NothingCrossesIntoTheNextCapture) {
  Story story;
  story.tell(0, call_event(story, ContextEvent::call_up, 7));
  story.announce(0, "appneta-rpp", 1, 0, "appneta-rpp", "10.3.0.9", 3248);
  exchange(story, 0, 3224);
  story.context.begin();
  EXPECT_EQ(story.of(kSecond, "10.3.0.1", "10.3.0.9", 3238).call, CallGround::none);
  EXPECT_FALSE(story.of(kSecond, "10.3.0.1", "10.3.0.9", 3248).rpp_announced);
  EXPECT_FALSE(story.context.is_open(3224));
}

}  // namespace context_test
}  // namespace ghostport
