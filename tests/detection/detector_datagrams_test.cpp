#include "tests/detection/detector_host.h"

namespace ghostport {
namespace detector_datagrams_test {

using namespace detector_host;  // NOLINT(google-build-using-namespace)

// ---- datagrams ----

TEST(DetectorDatagrams, AnAnsweredQueryIsNamedAnUnansweredOneIsAProbeThatAsked) {  // row 11
  Host answered(Transport::udp);
  answered.datagram(answered.client, kQuery);
  answered.datagram(answered.server, kAnswer);
  const FlowDetail finding = answered.only_finding();
  EXPECT_EQ(service_of(finding), "dns");
  EXPECT_EQ(finding.packet, 2U);

  Host unanswered(Transport::udp);
  unanswered.datagram(unanswered.client, kQuery);
  unanswered.ends();
  EXPECT_EQ(service_name(unanswered.only_knock().asked), "dns");
}

TEST(DetectorDatagrams, TenWithinAMinuteAreAProbeElevenAreJudged) {  // rows 26, 27
  for (const int count : {10, 11}) {
    Host host(Transport::udp);
    for (int i = 0; i < count; ++i) host.datagram(host.client, kQuery);
    host.ends();
    const auto said = host.said();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].fact.kind, count == 10 ? FactKind::knocks : FactKind::finding);
  }
}

TEST(DetectorDatagrams, ASlowBeaconIsJudgedByItsPayload) {  // row 27
  Host host(Transport::udp);
  host.datagram(host.client, random_bytes(40, 1));
  host.after(61 * kSecond);
  host.datagram(host.client, random_bytes(40, 2));
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_NE(finding.marks & kOneSided, 0);
}

TEST(DetectorDatagrams, ABeaconIsSeenAcrossTheTimeoutsOfItsFlow) {
  Host host(Transport::udp);
  std::size_t knocks = 0;
  std::size_t findings = 0;
  for (int i = 0; i < 12; ++i) {
    host.datagram(host.client, random_bytes(40, static_cast<std::uint64_t>(i)));
    host.ends();
    for (const auto& one : host.said()) ++(one.fact.kind == FactKind::knocks ? knocks : findings);
  }
  EXPECT_EQ(knocks, 1U) << "the same tuple is not said again";
  EXPECT_EQ(findings, 1U) << "more than ten one-way datagrams are judged by their payload";
}

TEST(DetectorDatagrams, AMirrorsSecondCopyIsNotCounted) {  // row 33
  Host host(Transport::udp);
  for (std::uint64_t i = 0; i < 10; ++i) {
    host.datagram(host.client, kQuery, 100 + i);
    host.datagram(host.client, kQuery, 100 + i);
  }
  host.ends();
  EXPECT_EQ(host.only_knock().flows, 1U);
}

TEST(DetectorDatagrams, TheSameBytesAgainLaterAreCounted) {
  Host host(Transport::udp);
  for (int i = 0; i < 11; ++i) {
    host.datagram(host.client, kQuery, 100);
    host.after(kSecond);
  }
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "dns");
}

TEST(DetectorDatagrams, AnEmptyOneIsAProbeUntilAnythingAnswers) {  // row 21
  Host unanswered(Transport::udp);
  unanswered.datagram(unanswered.client, {});
  unanswered.ends();
  EXPECT_EQ(unanswered.only_knock().flows, 1U);

  for (const Data& answer : {Data{}, Data{"x"}}) {
    Host answered(Transport::udp);
    answered.datagram(answered.client, {});
    answered.datagram(answered.server, answer);
    answered.ends();
    EXPECT_EQ(answered.only_finding().outcome, Outcome::listener);
  }
}

TEST(DetectorDatagrams, OnlyFromAGhostPortToAHighPortAreAListenerOfUnknownRoles) {  // row 9
  Host host(Transport::udp, {3238, 40000});
  host.datagram(host.client, random_bytes(20, 1));
  host.datagram(host.client, random_bytes(20, 2));
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::listener);
  EXPECT_EQ(finding.basis, RoleBasis::unknown);
  EXPECT_EQ(finding.port[1], 3238);
}

TEST(DetectorDatagrams, FromAGhostPortToAKnownServerAreTheClients) {  // row 9
  Host host(Transport::udp, {3238, 53});
  host.datagram(host.client, kQuery);
  host.ends();
  EXPECT_TRUE(host.said().empty());
}

TEST(DetectorDatagrams, ToAGroupAreNeverAProbe) {  // row 17
  for (const bool named : {true, false}) {
    Host host(Transport::udp);
    host.group = true;
    host.datagram(host.client, named ? kQuery : random_bytes(40, 1));
    host.ends();
    const FlowDetail finding = host.only_finding();
    EXPECT_EQ(finding.outcome, named ? Outcome::identified : Outcome::unrecognized);
    EXPECT_NE(finding.marks & kGroup, 0);
  }
}

TEST(DetectorDatagrams, RandomOnesBothWaysAreUnrecognizedAtSixteenOfEachSide) {  // row 28
  Host host(Transport::udp);
  for (std::uint64_t i = 0; i < 16; ++i) {
    EXPECT_TRUE(host.said().empty()) << i;
    host.datagram(host.client, random_bytes(30, i));
    host.datagram(host.server, random_bytes(30, 100 + i));
  }
  EXPECT_EQ(host.only_finding().outcome, Outcome::unrecognized);
}

TEST(DetectorDatagrams, AJunkDatagramBeforeTheQueryHidesNothing) {
  Host host(Transport::udp);
  host.datagram(host.client, random_bytes(30, 1));
  host.datagram(host.client, kQuery);
  host.datagram(host.server, kAnswer);
  EXPECT_EQ(service_of(host.only_finding()), "dns");
}

TEST(DetectorDatagrams, OneThatIsLargerThanAHeadIsReadWhole) {
  // A DNS answer with a text record of 6,000 bytes; also as the second of its side.
  ByteString answer = packets::from_hex(
      "1234 8180 0001 0001 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001 c00c 0010 0001 00000000 1770");
  answer.insert(answer.end(), 6000, 'a');
  for (const bool second : {false, true}) {
    Host host(Transport::udp);
    host.datagram(host.client, random_bytes(30, 1));
    if (second) host.datagram(host.server, random_bytes(30, 2));
    host.datagram(host.server, answer);
    const FlowDetail finding = host.only_finding();
    EXPECT_EQ(service_of(finding), "dns");
    EXPECT_EQ(ByteString(finding.evidence, finding.evidence + 12), ByteString(answer.begin(), answer.begin() + 12));
  }
}

TEST(DetectorDatagrams, OneThatEndsWithTheLargestHeadIsRead) {
  const auto rules = std::make_shared<Rules>(*rules_watching("ghost"));
  rules->head_bytes = 65'536;
  Host host(Transport::udp, {}, rules);
  host.datagram(host.client, random_bytes(30, 1));
  for (const std::size_t size : {std::size_t{40'000}, 25'536 - kAnswer.size()})
    host.datagram(host.server, random_bytes(size, 2));
  host.datagram(host.server, kAnswer);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "dns");
  EXPECT_EQ(ByteString(finding.evidence, finding.evidence + 12), ByteString(kAnswer.begin(), kAnswer.begin() + 12));
}

TEST(DetectorDatagrams, AWrongChecksumAmongRightOnesIsIgnored) {
  Host host(Transport::udp);
  host.datagram(host.client, kQuery);
  host.datagram(host.server, random_bytes(20, 1));
  host.datagram(host.server, kAnswer, 0, false);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "dns") << "by the client's words";
  EXPECT_EQ(finding.side, Side::client);
  EXPECT_EQ(host.detector.counters().bad_checksums, 1U);
}

TEST(DetectorDatagrams, TheirVlanTagsAreDataForTheRecord) {
  Host host(Transport::udp);
  const PacketTime at = host.packet(host.client);
  const std::uint16_t tags[2] = {100, 7};
  host.detector.note_vlans(host.flow, tags, 2);
  Datagram query;
  query.payload = kQuery;
  query.payload_length = static_cast<std::uint32_t>(kQuery.size());
  (void)host.detector.datagram(host.flow, host.client, query, at);
  host.datagram(host.server, kAnswer);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.vlans, 2);
  EXPECT_EQ(finding.vlan[0], 100);
  EXPECT_EQ(finding.vlan[1], 7);
}

TEST(DetectorDatagrams, FlowIdsAreAFunctionOfFileAndFirstPacket) {
  const auto id_of = [](std::uint64_t file, std::int64_t later) {
    Host host(Transport::udp);
    host.detector.begin(file);
    host.after(later);
    host.datagram(host.client, kQuery);
    host.datagram(host.server, kAnswer);
    return host.only_finding().flow_id;
  };
  EXPECT_EQ(id_of(1, 0), id_of(1, 0));
  EXPECT_NE(id_of(1, 0), id_of(2, 0));
  EXPECT_NE(id_of(1, 0), id_of(1, 1));
  EXPECT_LT(id_of(1, 0), std::uint64_t{1} << 51U);
  EXPECT_GT(id_of(1, 0), 0U);
}

}  // namespace detector_datagrams_test
}  // namespace ghostport
