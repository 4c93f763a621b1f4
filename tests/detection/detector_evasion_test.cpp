#include "tests/detection/detector_host.h"

namespace ghostport {
namespace detector_evasion_test {

using namespace detector_host;  // NOLINT(google-build-using-namespace)

// ---- evasions ----

TEST(DetectorEvasion, ConflictingBytesAreIdentifiedInEitherVersionAndFlagged) {
  for (const bool banner_first : {true, false}) {
    Host host;
    host.handshake();
    const std::string junk(kBanner.size(), 'J');
    const std::uint32_t sequence = host.next_of(host.server);
    const std::uint32_t hole = sequence + 1;
    // The first byte comes last, so that neither version can be read before both are there.
    host.segment(host.server, kTcpAck, hole, host.next_of(host.client),
                 (banner_first ? kBanner : std::string_view(junk)).substr(1));
    host.segment(host.server, kTcpAck, hole, host.next_of(host.client),
                 (banner_first ? std::string_view(junk) : kBanner).substr(1));
    host.segment(host.server, kTcpAck, sequence, host.next_of(host.client), "S");
    host.ends();
    const FlowDetail finding = host.only_finding();
    EXPECT_EQ(service_of(finding), "ssh");
    EXPECT_NE(finding.anomalies & kConflictingData, 0);
    EXPECT_EQ(host.detector.counters().conflicts, 1U);
  }
}

TEST(DetectorEvasion, JunkOverAcknowledgedBytesIsIgnoredAndFlagged) {
  Host host;
  host.handshake();
  host.says(host.server, "SSH-");
  host.acknowledges(host.client);
  host.segment(host.server, kTcpAck, Host::kServerIsn + 1, host.next_of(host.client), "JUNK");
  host.says(host.server, "2.0-x\r\n");
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_NE(finding.anomalies & kConflictingData, 0);
}

TEST(DetectorEvasion, ADecoyWithAWrongChecksumDoesNotHideTheTrueBytes) {
  Host host;
  host.handshake();
  host.segment(host.server, kTcpAck, Host::kServerIsn + 1, host.next_of(host.client), kStatus, false);
  host.says(host.server, kBanner);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(host.detector.counters().bad_checksums, 1U);
}

TEST(DetectorEvasion, ADecoyWithAWrongChecksumNamesNothingWhereTrueBytesStand) {
  Host host;
  host.handshake();
  host.says(host.server, random_bytes(100, 5));
  host.segment(host.server, kTcpAck, Host::kServerIsn + 1, host.next_of(host.client), kBanner, false);
  host.acknowledges(host.client);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_EQ(finding.anomalies & kConflictingData, 0) << "no receiver takes it, so it contradicts nobody";
}

TEST(DetectorEvasion, BytesOfNothingBetterThanAWrongChecksumNameTheServiceAndSaySo) {
  Host host;
  host.handshake();
  host.says(host.server, kBanner, false);
  host.acknowledges(host.client);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_NE(finding.anomalies & kBadChecksum, 0);
}

TEST(DetectorEvasion, AHostWhoseEveryChecksumIsWrongLeavesThemToItsCard) {
  Host host;
  const Direction server = host.server;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.segment(server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1, {}, false);
  host.segment(host.client, kTcpAck, Host::kClientIsn + 1, Host::kServerIsn + 1);
  host.says(server, kBanner, false);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(finding.anomalies & kBadChecksum, 0);
}

TEST(DetectorEvasion, SegmentsThatNoReceiverTakesAreIgnored) {
  Host host;
  host.handshake();
  host.segment(host.server, 0, Host::kServerIsn + 1, 0, kStatus);                     // no ACK flag
  host.segment(host.server, kTcpReset | kTcpAck, Host::kServerIsn + 99, 0, kStatus);  // data on an RST
  EXPECT_EQ(host.detector.counters().ignored_segments, 2U);
  host.says(host.server, kBanner);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(finding.anomalies, 0);
}

TEST(DetectorEvasion, BytesBeforeTheStreamAreCutOff) {
  Host host;
  host.handshake();
  host.segment(host.server, kTcpAck, Host::kServerIsn + 1 - 10, host.next_of(host.client),
               "JUNKJUNKJU" + std::string(kBanner));
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(evidence_of(finding), kBanner);
}

TEST(DetectorEvasion, ASegmentFarAheadOfTheStreamHidesNothing) {
  Host host;
  host.handshake();
  host.segment(host.server, kTcpAck, Host::kServerIsn + 1 + 100'000, host.next_of(host.client), "J");
  host.says(host.server, kBanner);
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
}

TEST(DetectorEvasion, TheSecondSynMayBeTheOneThatCounts) {
  Host host;
  host.segment(host.client, kTcpSyn, 77'000, 0);
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1);
  host.says(host.client, kRequest);
  host.says(host.server, kStatus);
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

TEST(DetectorEvasion, TheFirstSynMayBeTheOneThatCounts) {
  Host host;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.segment(host.client, kTcpSyn, 77'000, 0);
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1);
  std::string post = "POST / HTTP/1.1\r\n\r\n";
  post.resize(4097, 'x');
  for (std::size_t at = 0; at < post.size(); at += 1000)
    host.says(host.client, std::string_view(post).substr(at, 1000));
  host.acknowledges(host.server);
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

TEST(DetectorEvasion, ALaterSynAckForAnotherSynDoesNotMoveTheStream) {
  Host host;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.segment(host.client, kTcpSyn, 77'000, 0);
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1);
  host.says(host.client, kRequest.substr(0, 6));
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, 77'001);
  host.says(host.client, kRequest.substr(6));
  host.says(host.server, random_bytes(30, 1));
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

TEST(DetectorEvasion, DataOnASynThatTheServerLeftAsideIsForgotten) {
  Host host;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0, std::string(kRequest.size(), 'J'));
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1);
  host.says(host.client, kRequest);
  host.says(host.server, random_bytes(30, 1));
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "http");
  EXPECT_EQ(finding.anomalies, 0);
}

TEST(DetectorEvasion, DataOnASynThatTheServerTookCounts) {
  Host host;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0, kRequest);
  const auto taken = static_cast<std::uint32_t>(kRequest.size());
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1 + taken);
  host.sent[host.client] = taken;
  host.acknowledges(host.client);
  host.says(host.server, random_bytes(30, 1));
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

// ---- a tuple that is used again (row 32) ----

std::optional<HeldSyn> reopens(Host& host) {
  host.segment(host.client, kTcpSyn, 500'000, 0);
  host.segment(host.server, kTcpSyn | kTcpAck, 900'000, 500'001);
  return host.reopened;
}

TEST(DetectorReopen, AfterBothFinsAnAnsweredSynIsANewFlow) {
  Host host;
  host.handshake();
  host.says(host.server, kBanner);
  host.closes();
  EXPECT_TRUE(host.flow.is_closed());
  const std::uint32_t packets = host.flow.packets[host.client];
  const auto syn = reopens(host);
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->sequence, 500'000U);
  EXPECT_EQ(syn->length, 100U);
  EXPECT_EQ(syn->at.number, host.number - 1);
  EXPECT_EQ(host.flow.packets[host.client], packets) << "the SYN is no packet of the closed flow";
}

TEST(DetectorReopen, AfterAnExactResetAnAnsweredSynIsANewFlow) {
  Host host;
  host.handshake();
  host.segment(host.client, kTcpReset, host.next_of(host.client), 0);
  EXPECT_TRUE(reopens(host));
}

TEST(DetectorReopen, AnOpenConnectionIsNotReopened) {
  Host host;
  host.handshake();
  host.says(host.client, kRequest);
  EXPECT_FALSE(reopens(host));
}

TEST(DetectorReopen, ASynAckThatAcknowledgesAnotherSynReopensNothing) {
  Host host;
  host.handshake();
  host.closes();
  host.segment(host.client, kTcpSyn, 500'000, 0);
  host.segment(host.server, kTcpSyn | kTcpAck, 900'000, 500'002);
  EXPECT_FALSE(host.reopened);
  host.segment(host.server, kTcpSyn | kTcpAck, 900'000, 500'001);
  EXPECT_TRUE(host.reopened);
}

TEST(DetectorReopen, TheNewFlowHasItsOwnFinding) {
  Host host;
  host.handshake();
  host.says(host.server, kBanner);
  host.closes();
  const auto held = reopens(host);
  ASSERT_TRUE(held);
  const PacketTime at{host.now, host.now, host.number};
  host.detector.finish(host.flow, EndCause::closed, at.stamp, &at);
  EXPECT_EQ(host.said().size(), 1U);

  host.detector.attach(host.flow, 0, host.client, false, held->at);
  TcpSegment syn;
  syn.sequence = held->sequence;
  syn.flags = kTcpSyn;
  (void)host.detector.segment(host.flow, host.client, syn, held->at);
  host.segment(host.server, kTcpSyn | kTcpAck, 900'000, 500'001);
  host.segment(host.server, kTcpAck, 900'001, 500'001, kBanner);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(finding.revision, 1);
  EXPECT_EQ(finding.first_number, held->at.number);
}

// ---- a flow that slept (row 24) ----

TEST(DetectorMemory, AFlowThatSleptBeyondItsTimeoutInheritsItsVerdict) {
  Host host;
  host.handshake();
  host.says(host.server, kBanner);
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
  host.sent[host.server] = 5000;
  host.says(host.server, kBanner);  // goes on, as it happens with the same words
  host.ends();
  EXPECT_TRUE(host.said().empty());
  EXPECT_EQ(host.detector.counters().inherited, 1U);
}

TEST(DetectorMemory, AfterADayTheVerdictIsSaidAgain) {
  Host host;
  host.handshake();
  host.says(host.server, kBanner);
  host.ends();
  (void)host.said();
  host.after(86'400 * kSecond + 1);
  host.says(host.server, kBanner);
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
}

TEST(DetectorMemory, PayloadThatSaysMoreThanWasRememberedIsANewFinding) {
  Host host;
  host.handshake();
  host.ends();
  EXPECT_EQ(host.only_finding().outcome, Outcome::listener);
  host.says(host.server, kBanner);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(finding.revision, 1);
}

TEST(DetectorMemory, ANewHandshakeIsANewFlowWhateverWasRemembered) {
  Host host;
  host.handshake();
  host.says(host.server, kBanner);
  host.ends();
  (void)host.said();
  host.handshake();
  host.says(host.server, kBanner);
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
}

TEST(DetectorMemory, NothingCrossesIntoTheNextFile) {
  Host host;
  host.handshake();
  host.says(host.server, kBanner);
  host.ends();
  (void)host.said();
  host.detector.begin(2);
  host.says(host.server, kBanner);
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
}

}  // namespace detector_evasion_test
}  // namespace ghostport
