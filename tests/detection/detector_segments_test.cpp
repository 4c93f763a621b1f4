#include "tests/detection/detector_host.h"

namespace ghostport {
namespace detector_segments_test {

using namespace detector_host;  // NOLINT(google-build-using-namespace)

// ---- segments ----

TEST(DetectorSegments, AConversationIsNamedByItsServer) {
  Host host;
  host.handshake();
  host.says(host.client, kRequest);
  host.says(host.server, kStatus);
  host.closes().ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "http");
  EXPECT_EQ(finding.side, Side::server);
  EXPECT_EQ(finding.packet, 5U);
  EXPECT_EQ(finding.basis, RoleBasis::syn);
}

TEST(DetectorSegments, TheServersProofWinsAndWhatWasAskedIsKept) {  // row 3
  Host host;
  host.handshake();
  host.says(host.client, kRequest);
  host.says(host.server, kBanner);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(asked_of(finding), "http");
}

TEST(DetectorSegments, ASilentServerIsAListenerThatWasAsked) {  // row 2
  Host host;
  host.handshake();
  host.says(host.client, kRequest);
  host.acknowledges(host.server);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::listener);
  EXPECT_EQ(asked_of(finding), "http");
}

TEST(DetectorSegments, MoreThan4096AcknowledgedBytesAreJudgedWithoutTheServer) {  // row 2
  for (const std::size_t bytes : {std::size_t{4096}, std::size_t{4097}}) {
    Host host;
    host.handshake();
    std::string post = "POST / HTTP/1.1\r\n\r\n";
    post.resize(bytes, 'x');
    for (std::size_t at = 0; at < bytes; at += 1000) host.says(host.client, std::string_view(post).substr(at, 1000));
    host.acknowledges(host.server);
    host.ends();
    const FlowDetail finding = host.only_finding();
    EXPECT_EQ(finding.outcome, bytes > 4096 ? Outcome::identified : Outcome::listener) << bytes;
    EXPECT_EQ((finding.marks & kOneSided) != 0, bytes > 4096);
  }
}

TEST(DetectorSegments, TheHandshakesLastAckProvesAnAnswerThatTheTapDoesNotShow) {  // row 5
  Host host;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.segment(host.client, kTcpAck, Host::kClientIsn + 1, Host::kServerIsn + 1);
  host.says(host.client, kRequest);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "http");
  EXPECT_NE(finding.marks & kOneSided, 0);
}

TEST(DetectorSegments, WhatNothingAnswersIsAKnockInHoweverManySegments) {  // row 5, without a SYN
  const std::string words = std::string(kRequest) + std::string(4096 - kRequest.size() - 1, 'x');
  for (const std::size_t largest : {4096U, 1000U, 1U}) {
    for (const std::size_t more : {0U, 2U}) {  // 4,095 bytes, which anybody can send, and 4,097
      SCOPED_TRACE(std::to_string(largest) + ' ' + std::to_string(more));
      Host host;
      const std::string all = words + std::string(more, 'y');
      for (std::size_t at = 0; at < all.size(); at += largest)
        host.says(host.client, std::string_view(all).substr(at, largest));
      host.ends();
      if (more == 0) {
        EXPECT_EQ(service_name(host.only_knock().asked), "http");
      } else {
        EXPECT_EQ(service_of(host.only_finding()), "http");
      }
    }
  }
}

TEST(DetectorSegments, TheServersHalfIsNamedByItsBanner) {  // row 6
  Host host;
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1);
  host.says(host.server, kBanner);
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "ssh");
  EXPECT_EQ(finding.basis, RoleBasis::syn_ack);
  EXPECT_EQ(finding.port[1], 3238);
}

TEST(DetectorSegments, AHalfOpenScanFindsAListener) {  // row 7
  Host host;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.segment(host.server, kTcpSyn | kTcpAck, Host::kServerIsn, Host::kClientIsn + 1);
  host.segment(host.client, kTcpReset, Host::kClientIsn + 1, 0);
  host.ends();
  EXPECT_EQ(host.only_finding().outcome, Outcome::listener);
}

TEST(DetectorSegments, ARefusedSynIsAProbe) {
  Host host;
  host.segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.segment(host.server, kTcpReset | kTcpAck, 0, Host::kClientIsn + 1);
  EXPECT_TRUE(host.flow.is_closed());
  host.ends();
  EXPECT_EQ(host.only_knock().answer, Answer::reset);
}

TEST(DetectorSegments, RetransmittedSynsAreOneKnock) {  // row 22
  Host host;
  for (int i = 0; i < 4; ++i) host.after(kSecond).segment(host.client, kTcpSyn, Host::kClientIsn, 0);
  host.ends();
  EXPECT_EQ(host.only_knock().flows, 1U);
}

TEST(DetectorSegments, OneByteSegmentsAcrossTheWrapOfSequenceNumbersAreNamed) {
  Host host;
  host.handshake();
  for (const char letter : kBanner) host.says(host.server, std::string_view(&letter, 1));
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
}

TEST(DetectorSegments, KeepAlivesOfAJoinedConnectionAreNoPayload) {  // row 20
  Host host;
  for (int i = 0; i < 5; ++i) {
    host.segment(host.client, kTcpAck, 5000 - 1, 9000, std::string("\0", 1));
    host.segment(host.server, kTcpAck, 9000, 5000);
    host.after(10 * kSecond);
  }
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::listener);
  EXPECT_EQ(finding.basis, RoleBasis::port_rank);
  EXPECT_NE(finding.marks & kJoined, 0);
  EXPECT_EQ(host.detector.counters().unrecognized, 0U);
}

TEST(DetectorSegments, KeepAlivesAfterAHandshakeAreNoPayload) {  // row 20
  for (const Direction from : {Direction{0}, Direction{1}}) {
    Host host;
    host.handshake();
    for (int i = 0; i < 3; ++i) {
      host.segment(from, kTcpAck, host.next_of(from) - 1, host.next_of(from ^ 1U), std::string("\0", 1));
      host.acknowledges(from ^ 1U);
      host.after(20 * kSecond);
    }
    host.ends();
    EXPECT_EQ(host.only_finding().outcome, Outcome::listener)
        << "of the " << (from == host.server ? "server" : "client");
  }
}

TEST(DetectorSegments, PayloadBeforeTheServersResetDecides) {  // row 23
  Host host;
  host.handshake();
  host.says(host.client, kRequest);
  host.says(host.server, kStatus);
  host.segment(host.server, kTcpReset, host.next_of(host.server), 0);
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

TEST(DetectorSegments, AResetThatNoReceiverTakesClosesNothing) {
  Host host;
  host.handshake();
  host.segment(host.server, kTcpReset, host.next_of(host.server) + 100, 0);
  EXPECT_FALSE(host.flow.is_closed());
  host.says(host.client, kRequest);
  host.says(host.server, kStatus);
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

TEST(DetectorSegments, RandomBytesAreUnrecognizedAt4096BytesOfEachSide) {  // row 28
  Host host;
  host.handshake();
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(host.said().empty()) << i;
    host.says(host.client, random_bytes(1024, i));
    host.says(host.server, random_bytes(1024, 100 + i));
  }
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_EQ(finding.budget, BudgetEnd::bytes);
  EXPECT_EQ(host.flow.inspection, kNoIndex) << "it is decided";
}

TEST(DetectorSegments, AnEncryptedStreamJoinedMidwayIsUnrecognized) {  // row 25
  Host host;
  host.sent[0] = host.sent[1] = 100'000;
  for (std::uint64_t i = 0; i < 4; ++i) {
    host.says(host.client, random_bytes(1400, i));
    host.says(host.server, random_bytes(1400, 100 + i));
  }
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_NE(finding.marks & kJoined, 0);
}

TEST(DetectorSegments, BytesThatTheCaptureLostAreAGapAndNeverAListener) {  // row 34
  Host host;
  host.handshake();
  host.sent[host.client] += 500;
  host.acknowledges(host.server);
  host.sent[host.server] += 700;
  host.acknowledges(host.client);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_NE(finding.marks & kGap, 0);
}

TEST(DetectorSegments, PayloadCutByTheSnapLengthIsTruncatedAndNeverAListener) {  // row 34
  Host host;
  host.handshake();
  for (const Direction from : {host.client, host.server}) {
    const PacketTime at = host.packet(from);
    TcpSegment segment;
    segment.sequence = host.next_of(from);
    segment.acknowledgment = host.next_of(from ^ 1U);
    segment.flags = kTcpAck;
    segment.payload_length = 300;
    (void)host.detector.segment(host.flow, from, segment, at);
    host.sent[from] += 300;
  }
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(finding.outcome, Outcome::unrecognized);
  EXPECT_NE(finding.marks & kTruncated, 0);
}

TEST(DetectorSegments, AJoinedStreamMayShowItsSecondSegmentFirst) {
  Host host;
  host.segment(host.server, kTcpAck, 5004, 9000, "2.0-OpenSSH_9.2\r\n");
  host.segment(host.server, kTcpAck, 5000, 9000, "SSH-");
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "ssh");
}

TEST(DetectorSegments, BytesOfEachSideAreCountedWhateverTheirSegmentsAndRetransmissionsAreNot) {  // row 28
  for (const std::size_t size : {64U, 1024U}) {
    Host talks;
    talks.handshake();
    for (std::uint64_t i = 0; i < 4096 / size; ++i) {
      EXPECT_TRUE(talks.said().empty()) << i;
      talks.says(talks.client, random_bytes(size, i));
      talks.says(talks.server, random_bytes(size, 100 + i));
    }
    EXPECT_EQ(talks.only_finding().budget, BudgetEnd::bytes);
  }

  Host repeats;
  repeats.handshake();
  for (int i = 0; i < 40; ++i) {
    for (const Direction from : {repeats.client, repeats.server}) {
      repeats.segment(from, kTcpAck, repeats.next_of(from), repeats.next_of(from ^ 1U), random_bytes(600, from));
    }
  }
  EXPECT_TRUE(repeats.said().empty());
  repeats.ends();
  EXPECT_EQ(repeats.only_finding().budget, BudgetEnd::flow_end);
}

TEST(DetectorSegments, WhatFollowsAnUpgradeIsNamedOnceTheServerSpeaksIt) {  // row 10
  Host host;
  host.handshake();
  host.says(host.client, "CONNECT 10.9.9.9:22 HTTP/1.1\r\nHost: a\r\n\r\n");
  host.says(host.server, "HTTP/1.1 200 Connection established\r\n\r\n");
  host.says(host.client, kBanner);
  EXPECT_EQ(service_of(host.only_finding()), "http") << "a client's words prove no service";
  host.says(host.server, kBanner);
  const FlowDetail revision = host.only_finding();
  EXPECT_EQ(service_of(revision), "http");
  EXPECT_EQ(service_name(revision.inner), "ssh");
  EXPECT_TRUE(revision.revises);
  EXPECT_EQ(evidence_of(revision), kBanner);
}

TEST(DetectorSegments, WhatFollowsAnUpgradeIsNotNamedWhereTheServerStaysSilent) {  // row 10
  Host host;
  host.handshake();
  host.says(host.client, "CONNECT 10.9.9.9:22 HTTP/1.1\r\nHost: a\r\n\r\n");
  host.says(host.server, "HTTP/1.1 200 Connection established\r\n\r\n");
  host.says(host.client, kBanner);
  host.ends();
  const FlowDetail finding = host.only_finding();
  EXPECT_EQ(service_of(finding), "http");
  EXPECT_EQ(finding.inner, ServiceId::none);
}

TEST(DetectorSegments, WhatHttpCarriesIsARevision) {  // row 10
  Host host;
  host.handshake();
  host.says(host.client, "POST /wsman HTTP/1.1\r\nHost: a\r\n\r\n");
  host.says(host.server, "HTTP/1.1 401 \r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n");
  const auto said = host.said();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(service_of(said[0].flow), "http");
  EXPECT_EQ(said[0].flow.inner, ServiceId::none);
  EXPECT_EQ(service_of(said[1].flow), "http");
  EXPECT_EQ(service_name(said[1].flow.inner), "winrm");
  EXPECT_TRUE(said[1].flow.revises);
}

TEST(DetectorSegments, ACheckThatWaitsIsAskedAgainWhenTheFlowEnds) {
  Host host;
  host.handshake();
  host.says(host.client, "GET / HTTP/1.1\r\n\r\n");
  host.says(host.server, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n");
  EXPECT_TRUE(host.said().empty()) << "the header goes on";
  host.ends();
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

TEST(DetectorSegments, ACheckThatWaitsIsAskedAgainWhenTheHeadIsFull) {
  Host host;
  host.handshake();
  host.says(host.client, "GET / HTTP/1.1\r\n\r\n");
  std::string header = "HTTP/1.1 200 OK\r\nX: ";
  header.append(4096 - header.size(), 'x');
  for (std::size_t at = 0; at < header.size(); at += 512) host.says(host.server, header.substr(at, 512));
  EXPECT_EQ(service_of(host.only_finding()), "http");
}

TEST(DetectorSegments, AnEchoIsNoServersWord) {
  for (const bool goes_on : {false, true}) {
    Host host;
    host.handshake();
    host.says(host.client, kBanner);
    host.says(host.server, kBanner);
    EXPECT_TRUE(host.said().empty());
    if (goes_on) host.says(host.server, "and its own words\r\n");
    host.ends();
    const FlowDetail finding = host.only_finding();
    EXPECT_EQ(service_of(finding), "ssh");
    EXPECT_EQ(finding.side, goes_on ? Side::server : Side::client);
  }
  Host first;
  first.handshake();
  first.says(first.server, kBanner);
  EXPECT_EQ(service_of(first.only_finding()), "ssh") << "who speaks first echoes nobody";
}

}  // namespace detector_segments_test
}  // namespace ghostport
