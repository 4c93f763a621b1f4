#include "tests/detection/detector_host.h"

namespace ghostport {
namespace detector_test {

using namespace detector_host;  // NOLINT(google-build-using-namespace)

// ---- the door, as a host with ordered bytes uses it ----

TEST(DetectorDoor, OrderedBytesNameTheServiceAtThePacketThatProvedIt) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.signals(host.server, Signal::syn_ack);
  host.signals(host.client, Signal::ack);
  EXPECT_EQ(host.feeds(host.server, 0, "SSH-"), Action::inspect);
  EXPECT_EQ(host.feeds(host.server, 4, "2.0-x\r\n"), Action::decided);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::identified);
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(finding.side, Side::server);
  EXPECT_EQ(finding.basis, RoleBasis::syn);
  EXPECT_EQ(finding.packet, 5U);
  EXPECT_EQ(evidence_of(finding), "SSH-2.0-x\r\n");
  EXPECT_EQ(finding.port[1], 3238);
  EXPECT_EQ(finding.first_number, 1U);
  EXPECT_EQ(finding.marks & kJoined, 0);
}

TEST(DetectorDoor, BytesAtTheirOffsetsMayComeInAnyOrder) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.signals(host.server, Signal::syn_ack);
  EXPECT_EQ(host.feeds(host.server, 7, "-x\r\n"), Action::inspect);
  EXPECT_EQ(host.feeds(host.server, 0, "SSH-2.0"), Action::decided);
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
}

TEST(DetectorDoor, AfterTheDecisionNothingMoreIsWanted) {
  Host host;
  host.signals(host.client, Signal::syn);
  (void)host.feeds(host.server, 0, kBanner);
  EXPECT_EQ(host.feeds(host.server, 21, "more"), Action::decided);
  EXPECT_EQ(host.feeds(host.client, 0, kRequest), Action::decided);
  host.ends();
  EXPECT_EQ(host.said().size(), 1U);
  EXPECT_FALSE(host.flow.bits.live);
}

TEST(DetectorDoor, AKnockWithoutAnAnswerIsAProbe) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.ends();
  const TallyDetail knock = host.only_knock();
  EXPECT_EQ(knock.answer, Answer::none);
  EXPECT_EQ(knock.flows, 1U);
  EXPECT_EQ(knock.first_stamp, kBase);
}

TEST(DetectorDoor, AKnockThatWasResetSaysSo) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.signals(host.server, Signal::reset);
  host.ends();
  EXPECT_EQ(host.only_knock().answer, Answer::reset);
}

TEST(DetectorDoor, AKnockThatAnIcmpErrorRefusedSaysSo) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.detector.signal(host.flow, host.client, Signal::icmp_unreachable, host.next());
  host.ends();
  EXPECT_EQ(host.only_knock().answer, Answer::icmp);
}

TEST(DetectorDoor, AnAnswerWithoutPayloadIsAListener) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.signals(host.server, Signal::syn_ack);
  host.ends();
  EXPECT_EQ(host.only_finding().outcome, Outcome::listener);
}

TEST(DetectorDoor, RandomBytesFedInOrderAreUnrecognized) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.signals(host.server, Signal::syn_ack);
  (void)host.feeds(host.client, 0, random_bytes(100, 1));
  (void)host.feeds(host.server, 0, random_bytes(100, 2));
  host.ends();
  EXPECT_EQ(host.only_finding().outcome, Outcome::unrecognized);
}

TEST(DetectorDoor, TheClientsWordsBeforeAServerThatSaysSomethingElseAreJudged) {
  Host host;
  host.signals(host.client, Signal::syn);
  host.signals(host.server, Signal::syn_ack);
  (void)host.feeds(host.client, 0, kRequest);
  (void)host.feeds(host.server, 0, random_bytes(100, 2));
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::identified);
  EXPECT_EQ(service_of(finding), "http");
  EXPECT_NE(finding.marks & kClaimed, 0);
}

TEST(DetectorDoor, FedDatagramsAreCounted) {
  Host host(Transport::udp);
  for (int i = 0; i < 11; ++i) (void)host.feeds(host.client, 0, random_bytes(20, static_cast<std::uint64_t>(i)));
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_NE(finding.marks & kOneSided, 0);
}

TEST(DetectorDoor, AFlowOnAnUnwatchedPortIsNotInspected) {
  Host host(Transport::tcp, {51514, 8080});
  host.signals(host.client, Signal::syn);
  EXPECT_EQ(host.feeds(host.server, 0, kBanner), Action::decided);
  host.ends();
  EXPECT_TRUE(host.said().empty());
}

TEST(DetectorDoor, WithFlowRecordsEveryFlowIsNamedAndOnlyJudgedOnesAreFindings) {
  const auto rules = rules_watching("ghost");
  rules->flow_records = true;
  Host host(Transport::tcp, {51514, 8080}, rules);
  host.handshake();
  host.says(host.server, kBanner);
  host.ends();
  const auto said = host.said();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].fact.kind, FactKind::flow);
  EXPECT_EQ(service_of(said[0].flow), "ssh");
  EXPECT_EQ(said[0].flow.packets[0], 2U);
  EXPECT_EQ(said[0].flow.packets[1], 2U);
}

TEST(DetectorDoor, AJudgedFlowHasOneFindingAndOneRecord) {
  const auto rules = rules_watching("ghost");
  rules->flow_records = true;
  Host host(Transport::tcp, {}, rules);
  host.handshake();
  host.says(host.server, kBanner);
  host.ends();
  const auto said = host.said();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].fact.kind, FactKind::finding);
  EXPECT_EQ(said[1].fact.kind, FactKind::flow);
  EXPECT_EQ(said[0].flow.flow_id, said[1].flow.flow_id);
}

TEST(DetectorDoor, AFlowThatFoundNoInspectionIsStillAccountedFor) {
  const auto rules = rules_watching("ghost");
  rules->flow_limit = 1;
  Host host(Transport::tcp, {}, rules);
  Flow first;
  const std::uint8_t a[4] = {10, 0, 0, 1};
  const std::uint8_t b[4] = {10, 0, 0, 2};
  const Direction direction = make_five_tuple(first.key, 4, Transport::tcp, a, b, 40000, 3238);
  host.detector.attach(first, 1, direction, false, host.next());
  host.handshake();
  EXPECT_EQ(host.detector.inspections_exhausted(), 1U);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_NE(finding.marks & kTruncated, 0);
}

// ---- the time budget ----

TEST(DetectorTime, TheBudgetEndsThirtySecondsAfterTheFirstPayload) {
  Host host;
  host.handshake();
  const std::int64_t first = host.now;
  host.says(host.client, random_bytes(50, 1));
  host.says(host.server, random_bytes(50, 2));
  host.advance(first + 30 * kSecond);
  EXPECT_TRUE(host.said().empty()) << "a packet at that very time still counts";
  host.advance(first + 30 * kSecond + 1);
  const auto said = host.said();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].flow.outcome, Outcome::unrecognized);
  EXPECT_EQ(said[0].flow.budget, BudgetEnd::time);
  EXPECT_EQ(said[0].fact.key, (FactKey{first + 30 * kSecond, 1, 1}));
}

TEST(DetectorTime, APacketPastTheBudgetFindsItOver) {
  Host host;
  host.handshake();
  const std::int64_t first = host.now;
  host.says(host.client, random_bytes(50, 1));
  host.says(host.server, random_bytes(50, 2));
  host.now = first + 30 * kSecond;
  host.says(host.server, random_bytes(5, 3));
  EXPECT_TRUE(host.said().empty());
  host.now = first + 30 * kSecond + 1;
  host.acknowledges(host.client);
  EXPECT_EQ(host.only_finding().budget, BudgetEnd::time);
}

TEST(DetectorTime, APayloadThatSaysMoreAfterTheBudgetRevisesOnce) {
  Host host;
  host.handshake();
  host.says(host.client, random_bytes(50, 1));
  host.says(host.server, "A line before\r\n");
  host.after(40 * kSecond);
  host.says(host.server, kBanner);
  host.says(host.server, random_bytes(50, 2));
  host.ends();
  const auto said = host.said();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].flow.outcome, Outcome::unrecognized);
  EXPECT_EQ(said[0].flow.revision, 1);
  EXPECT_FALSE(said[0].flow.revises);
  EXPECT_EQ(service_of(said[1].flow), "ssh");
  EXPECT_EQ(said[1].flow.revision, 2);
  EXPECT_TRUE(said[1].flow.revises);
  EXPECT_EQ(said[0].flow.flow_id, said[1].flow.flow_id);
}

TEST(DetectorTime, BudgetsOfManyFlowsEndInTheirOrder) {
  const auto rules = rules_watching("ghost");
  Host host(Transport::tcp, {}, rules);
  std::vector<Flow> flows(5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    const std::uint8_t a[4] = {10, 0, 1, static_cast<std::uint8_t>(i)};
    const std::uint8_t b[4] = {10, 0, 0, 2};
    const Direction client = make_five_tuple(flows[i].key, 4, Transport::tcp, a, b, 40000, 3238);
    host.detector.attach(flows[i], i, client, false, host.next());
    host.detector.signal(flows[i], client, Signal::syn, host.next());
    (void)host.detector.feed(flows[i], client ^ 1U, 0, random_bytes(10, i), host.next());
    host.after(kSecond);
  }
  host.detector.finish(flows[2], EndCause::closed, host.now, nullptr);  // leaves the middle of the queue
  (void)host.said();
  std::vector<std::uint32_t> asked;
  host.detector.advance(kBase + 32 * kSecond, [&](std::uint32_t index) -> Flow& {
    asked.push_back(index);
    return flows[index];
  });
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{0, 1}));
  host.detector.advance(kBase + 100 * kSecond, [&](std::uint32_t index) -> Flow& {
    asked.push_back(index);
    return flows[index];
  });
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{0, 1, 3, 4}));
}

}  // namespace detector_test
}  // namespace ghostport
