#include "detection/decision.h"

#include <gtest/gtest.h>

#include <functional>

namespace ghostport {
namespace decision_test {

constexpr SignatureIndex kSome = 3;  // any signature; decide() asks only whether there is one

/// Calls `check` with every combination of what decide() can tell apart: 2^21 flows.
void for_every_flow(const std::function<void(const FlowSeen&)>& check) {
  for (std::uint32_t bits = 0; bits < (1U << 21U) && !testing::Test::HasFailure(); ++bits) {
    std::uint32_t left = bits;
    const auto next = [&left] {
      const bool set = (left & 1U) != 0;
      left >>= 1U;
      return set;
    };
    FlowSeen seen;
    seen.transport = next() ? Transport::udp : Transport::tcp;
    if (next()) seen.names.server = kSome;
    if (next()) seen.names.client = kSome;
    for (SideSeen* side : {&seen.client, &seen.server}) {
      side->spoke = next();
      side->reset = next();
      side->payload = next();
      side->done = next();
    }
    seen.client.goes_on = next();
    seen.client.acknowledged = next() ? kJudgedBytes + 1 : kJudgedBytes;
    seen.handshake = next();
    seen.joined = next();
    seen.refused = next();
    seen.group = next();
    seen.time_over = next();
    seen.flow_over = next();
    seen.datagrams = next() ? kProbeDatagrams + 1 : kProbeDatagrams;
    seen.span = next() ? kProbeSpan + 1 : kProbeSpan;
    check(seen);
  }
}

bool is_named(const FlowSeen& seen) { return seen.names.server != kNoSignature || seen.names.client != kNoSignature; }
bool has_payload(const FlowSeen& seen) { return seen.client.payload || seen.server.payload; }
bool is_answered(const FlowSeen& seen) {
  return seen.server.spoke || (seen.transport == Transport::tcp && seen.handshake);
}

TEST(Decision, TheServersProofDecidesAtOnceAndAlways) {
  for_every_flow([](const FlowSeen& seen) {
    if (seen.names.server == kNoSignature) return;
    const Decision decision = decide(seen);
    ASSERT_EQ(decision.outcome, Outcome::identified);
    ASSERT_EQ(decision.side, Side::server);
    ASSERT_FALSE(decision.one_sided);
  });
}

TEST(Decision, EveryFlowThatIsOverIsAccountedFor) {
  for_every_flow([](const FlowSeen& seen) {
    if (seen.flow_over) {
      ASSERT_NE(decide(seen).outcome, Outcome::none);
    }
  });
}

TEST(Decision, SilenceIsJudgedOnlyAtTheEndOfTheFlow) {
  for_every_flow([](const FlowSeen& seen) {
    const Outcome outcome = decide(seen).outcome;
    if (!seen.flow_over) {
      ASSERT_TRUE(outcome != Outcome::probe && outcome != Outcome::listener);
    }
  });
}

// Detector::evaluate does not even ask then.
TEST(Decision, NothingIsSaidOfALiveFlowWithoutAProofOrASpentBudget) {
  for_every_flow([](const FlowSeen& seen) {
    if (seen.flow_over || seen.time_over || seen.client.done || seen.server.done) return;
    if (seen.names.server != kNoSignature) return;
    ASSERT_EQ(decide(seen).outcome, Outcome::none);
  });
}

TEST(Decision, AServiceIsNamedOnlyBySomebodysWordsAndUnrecognizedNeedsPayload) {
  for_every_flow([](const FlowSeen& seen) {
    const Decision decision = decide(seen);
    if (decision.outcome == Outcome::identified) {
      ASSERT_TRUE(is_named(seen));
      ASSERT_NE(decision.side == Side::server ? seen.names.server : seen.names.client, kNoSignature);
    }
    if (decision.outcome == Outcome::unrecognized) {
      ASSERT_FALSE(is_named(seen));
      ASSERT_TRUE(has_payload(seen) || seen.group) << "row 17: what goes to a group is never a probe";
    }
  });
}

TEST(Decision, AListenerAnsweredAndAProbeDidNotGetAnAnswer) {
  for_every_flow([](const FlowSeen& seen) {
    const Decision decision = decide(seen);
    if (decision.outcome == Outcome::listener) {
      ASSERT_TRUE(is_answered(seen));
      ASSERT_EQ(decision.answer, Answer::none);
    }
    if (decision.outcome == Outcome::probe) {
      ASSERT_FALSE(is_answered(seen));
      ASSERT_EQ(decision.answer, seen.server.reset ? Answer::reset : seen.refused ? Answer::icmp : Answer::none);
    }
  });
}

TEST(Decision, OnlyUnrecognizedSaysWhichBudgetEnded) {
  for_every_flow([](const FlowSeen& seen) {
    const Decision decision = decide(seen);
    ASSERT_EQ(decision.budget != BudgetEnd::none, decision.outcome == Outcome::unrecognized);
    if (decision.budget == BudgetEnd::flow_end) {
      ASSERT_TRUE(seen.flow_over);
    }
    if (decision.budget == BudgetEnd::time) {
      ASSERT_TRUE(seen.time_over);
    }
    if (decision.budget == BudgetEnd::bytes) {
      ASSERT_TRUE(seen.client.done || seen.server.done);
    }
  });
}

TEST(Decision, OneSidedMeansThatTheServersPayloadIsNotTheGround) {
  for_every_flow([](const FlowSeen& seen) {
    const Decision decision = decide(seen);
    if (!decision.one_sided) return;
    ASSERT_FALSE(seen.server.payload);
    ASSERT_TRUE(seen.client.payload || seen.group);
    ASSERT_EQ(decision.side, Side::client);
  });
}

TEST(Decision, AClientsWordsToASilentTcpServerProveNothingUnlessAcknowledgedOrMirroredOneWay) {
  for_every_flow([](const FlowSeen& seen) {
    if (seen.transport != Transport::tcp || seen.names.server != kNoSignature || seen.server.payload) return;
    if (seen.client.acknowledged > kJudgedBytes) return;
    const bool server_is_missing =
        !seen.server.spoke && !seen.server.reset && (seen.handshake || (seen.joined && seen.client.goes_on));
    if (!server_is_missing) {
      ASSERT_LT(decide(seen).outcome, Outcome::unrecognized);
    }
  });
}

TEST(Decision, AShortOneWayUdpFlowIsAProbeWhateverItSays) {
  for_every_flow([](const FlowSeen& seen) {
    if (seen.transport != Transport::udp || seen.names.server != kNoSignature || seen.server.spoke ||
        seen.server.payload)
      return;
    if (seen.group || seen.datagrams > kProbeDatagrams || seen.span > kProbeSpan) return;
    ASSERT_EQ(decide(seen).outcome, seen.flow_over ? Outcome::probe : Outcome::none);
  });
}

TEST(Decision, AUdpServerThatOnlySpeaksItselfIsAListener) {
  for_every_flow([](const FlowSeen& seen) {
    if (seen.transport != Transport::udp || seen.names.server != kNoSignature || seen.client.payload ||
        !seen.server.spoke)
      return;
    ASSERT_EQ(decide(seen).outcome, seen.flow_over ? Outcome::listener : Outcome::none);
  });
}

TEST(Decision, AResetBehindTheServersPayloadChangesNothing) {
  for_every_flow([](const FlowSeen& seen) {
    if (!seen.server.payload) return;
    FlowSeen reset = seen;
    reset.client.reset = reset.server.reset = true;
    const Decision decision = decide(seen);
    const Decision after = decide(reset);
    if (decision.outcome < Outcome::unrecognized) return;
    ASSERT_EQ(after.outcome, decision.outcome);
    ASSERT_EQ(after.side, decision.side);
    ASSERT_EQ(after.one_sided, decision.one_sided);
  });
}

TEST(Decision, TimeAndTheEndOfTheFlowNeverTakeAnythingBack) {
  for_every_flow([](const FlowSeen& seen) {
    FlowSeen later = seen;
    later.time_over = true;
    ASSERT_GE(decide(later).outcome, decide(seen).outcome);
    later.flow_over = true;
    ASSERT_GE(decide(later).outcome, decide(seen).outcome);
  });
}

TEST(Decision, TheServersProofNeverSaysLessThanItsAbsence) {
  for_every_flow([](const FlowSeen& seen) {
    FlowSeen proven = seen;
    proven.names.server = kSome;
    ASSERT_GE(decide(proven).outcome, decide(seen).outcome);
  });
}

// ---- one test a row of docs/verdicts.md ----

FlowSeen tcp_conversation() {
  FlowSeen seen;
  seen.handshake = true;
  seen.client.spoke = seen.server.spoke = true;
  return seen;
}

FlowSeen udp_datagrams(std::uint32_t count) {
  FlowSeen seen;
  seen.transport = Transport::udp;
  seen.client.spoke = seen.client.payload = true;
  seen.datagrams = count;
  return seen;
}

FlowSeen over(FlowSeen seen) {
  seen.flow_over = true;
  return seen;
}

TEST(DecisionRow01, AnAnsweredTlsHandshakeIsIdentifiedByTheServer) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = seen.server.payload = true;
  seen.names = {kSome, kSome, kSome};
  const Decision decision = decide(seen);
  EXPECT_EQ(decision.outcome, Outcome::identified);
  EXPECT_EQ(decision.side, Side::server);
}

TEST(DecisionRow01, TheClientsWordsCountOnceTheServerHasAnsweredSomethingAndItsBudgetIsSpent) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = seen.server.payload = true;
  seen.names.client = kSome;
  EXPECT_EQ(decide(seen).outcome, Outcome::none) << "the server may yet say something else";
  seen.server.done = true;
  EXPECT_EQ(decide(seen).outcome, Outcome::identified);
  EXPECT_EQ(decide(seen).side, Side::client);
  EXPECT_FALSE(decide(seen).one_sided);
}

TEST(DecisionRow02, AServerThatAcknowledgesButSaysNothingIsAListener) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = true;
  seen.names.client = kSome;
  seen.client.acknowledged = 4096;
  EXPECT_EQ(decide(seen).outcome, Outcome::none);
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::listener);
}

TEST(DecisionRow02, MoreThan4096AcknowledgedBytesAreJudgedAlone) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = true;
  seen.names.client = kSome;
  seen.client.acknowledged = 4097;
  EXPECT_EQ(decide(seen).outcome, Outcome::none) << "the server may yet answer";
  seen.time_over = true;
  const Decision decision = decide(seen);
  EXPECT_EQ(decision.outcome, Outcome::identified);
  EXPECT_TRUE(decision.one_sided);

  FlowSeen unnamed = seen;
  unnamed.names = {};
  unnamed.client.done = true;
  EXPECT_EQ(decide(unnamed).outcome, Outcome::unrecognized);
  EXPECT_TRUE(decide(unnamed).one_sided);
}

TEST(DecisionRow03, TheServersProofWinsOverWhatTheClientAsked) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = seen.server.payload = true;
  seen.names = {.server = 7, .client = 3, .client_words = 3};
  EXPECT_EQ(decide(seen).side, Side::server);
}

TEST(DecisionRow04, ADatagramThatMeetsAnIcmpErrorIsAProbe) {
  FlowSeen seen = udp_datagrams(1);
  seen.refused = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::probe);
  EXPECT_EQ(decide(over(seen)).answer, Answer::icmp);
}

TEST(DecisionRow05, TheClientsHalfOfAConversationIsJudgedByItself) {
  FlowSeen seen;
  seen.handshake = true;  // a SYN and the client's ACK
  seen.client.spoke = seen.client.payload = true;
  seen.names.client = kSome;
  EXPECT_EQ(decide(seen).outcome, Outcome::none);
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::identified);
  EXPECT_TRUE(decide(over(seen)).one_sided);
}

TEST(DecisionRow05, TheClientsHalfWithoutPayloadIsAListener) {
  FlowSeen seen;
  seen.handshake = true;
  seen.client.spoke = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::listener);
}

TEST(DecisionRow05, TheClientsHalfJoinedMidwayCountsOnlyWhereItGoesOn) {
  FlowSeen seen;
  seen.joined = true;
  seen.client.spoke = seen.client.payload = true;
  seen.names.client = kSome;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::probe) << "anybody can send one segment blindly";
  seen.client.goes_on = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::identified);
  EXPECT_TRUE(decide(over(seen)).one_sided);
}

TEST(DecisionRow06, TheServersHalfIsJudgedByItsBanner) {
  FlowSeen seen;
  seen.joined = true;
  seen.server.spoke = seen.server.payload = true;
  seen.names.server = kSome;
  EXPECT_EQ(decide(seen).outcome, Outcome::identified);
  EXPECT_FALSE(decide(seen).one_sided);
}

TEST(DecisionRow07, AHalfOpenScanThatWasAnsweredFoundAListener) {
  FlowSeen seen = tcp_conversation();
  seen.client.reset = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::listener);
}

TEST(DecisionRow07, AKnockThatWasResetIsAProbe) {
  FlowSeen seen;
  seen.client.spoke = true;
  seen.server.reset = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::probe);
  EXPECT_EQ(decide(over(seen)).answer, Answer::reset);
}

TEST(DecisionRow08, AHandshakeWithoutPayloadIsAListener) {
  EXPECT_EQ(decide(tcp_conversation()).outcome, Outcome::none);
  EXPECT_EQ(decide(over(tcp_conversation())).outcome, Outcome::listener);
}

TEST(DecisionRow09, DatagramsOnlyFromThePortAreAListener) {
  FlowSeen seen;
  seen.transport = Transport::udp;
  seen.server.spoke = seen.server.payload = seen.server.done = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::listener);
}

TEST(DecisionRow17, AnEmptyDatagramToAGroupIsNoProbe) {
  FlowSeen seen;
  seen.transport = Transport::udp;
  seen.client.spoke = seen.group = true;
  seen.datagrams = 1;
  EXPECT_EQ(decide(seen).outcome, Outcome::none);
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::unrecognized);
  EXPECT_TRUE(decide(over(seen)).one_sided);
}

TEST(DecisionRow20, KeepAlivesWithoutPayloadAreAListener) {
  FlowSeen seen = tcp_conversation();
  seen.handshake = false;
  seen.joined = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::listener);
}

TEST(DecisionRow21, AnEmptyDatagramIsAProbeUntilAnyDatagramAnswers) {
  FlowSeen seen;
  seen.transport = Transport::udp;
  seen.client.spoke = true;
  seen.datagrams = 1;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::probe);
  seen.server.spoke = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::listener);
  seen.server.payload = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::listener);
}

TEST(DecisionRow22, RetransmittedSynsAreAProbe) {
  FlowSeen seen;
  seen.client.spoke = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::probe);
  EXPECT_EQ(decide(over(seen)).answer, Answer::none);
}

TEST(DecisionRow23, PayloadBeforeAResetDecides) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = seen.server.payload = true;
  seen.server.reset = true;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::unrecognized);
}

TEST(DecisionRow25, AnEncryptedStreamJoinedMidwayIsUnrecognized) {
  FlowSeen seen;
  seen.joined = true;
  seen.client.spoke = seen.client.payload = seen.client.done = true;
  seen.server.spoke = seen.server.payload = seen.server.done = true;
  EXPECT_EQ(decide(seen).outcome, Outcome::unrecognized);
  EXPECT_EQ(decide(seen).budget, BudgetEnd::bytes);
}

TEST(DecisionRow26, TenDatagramsWithinAMinuteAreAProbe) {
  FlowSeen seen = udp_datagrams(10);
  seen.span = 60 * kSecond;
  seen.names.client = kSome;
  EXPECT_EQ(decide(seen).outcome, Outcome::none);
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::probe);
}

TEST(DecisionRow27, ElevenDatagramsAreJudgedByTheirPayload) {
  FlowSeen seen = udp_datagrams(11);
  seen.names.client = kSome;
  EXPECT_EQ(decide(seen).outcome, Outcome::none) << "the server may yet answer";
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::identified);
  EXPECT_TRUE(decide(over(seen)).one_sided);
  seen.names = {};
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::unrecognized);
  EXPECT_TRUE(decide(over(seen)).one_sided);
}

TEST(DecisionRow27, ABeaconThatLastsLongerThanAMinuteIsJudgedByItsPayload) {
  FlowSeen seen = udp_datagrams(3);
  seen.span = 60 * kSecond + 1;
  EXPECT_EQ(decide(over(seen)).outcome, Outcome::unrecognized);
}

TEST(DecisionRow28, RandomBytesAreUnrecognizedOnceBothBudgetsAreSpent) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = seen.server.payload = true;
  seen.server.done = true;
  EXPECT_EQ(decide(seen).outcome, Outcome::none);
  seen.client.done = true;
  EXPECT_EQ(decide(seen).outcome, Outcome::unrecognized);
  EXPECT_EQ(decide(seen).budget, BudgetEnd::bytes);
}

TEST(DecisionRow28, RandomDatagramsAreUnrecognizedOnceBothBudgetsAreSpent) {
  FlowSeen seen = udp_datagrams(16);
  seen.server.spoke = seen.server.payload = true;
  for (SideSeen* side : {&seen.client, &seen.server}) {
    EXPECT_EQ(decide(seen).outcome, Outcome::none);
    side->done = true;
  }
  EXPECT_EQ(decide(seen).outcome, Outcome::unrecognized);
  EXPECT_FALSE(decide(seen).one_sided);
  seen.client.done = false;
  EXPECT_EQ(decide(seen).outcome, Outcome::none);
}

TEST(DecisionRow28, RandomBytesAreUnrecognizedWhenTimeIsOverOrTheFlow) {
  FlowSeen seen = tcp_conversation();
  seen.client.payload = seen.server.payload = true;
  EXPECT_EQ(decide(over(seen)).budget, BudgetEnd::flow_end);
  seen.time_over = true;
  EXPECT_EQ(decide(seen).outcome, Outcome::unrecognized);
  EXPECT_EQ(decide(seen).budget, BudgetEnd::time);
}

}  // namespace decision_test
}  // namespace ghostport
