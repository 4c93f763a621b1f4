#include "detection/detector.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/detection/rules_for_tests.h"
#include "tests/packet_builder.h"

namespace ghostport {
namespace detector_test {

using packets::ByteString;
using packets::Data;
using packets::random_bytes;

constexpr std::int64_t kBase = 1'795'168'800 * kSecond;  // 2026-11-20 10:00:00 UTC
constexpr std::int64_t kMillisecond = kSecond / 1000;

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kStatus = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kBanner = "SSH-2.0-OpenSSH_9.2\r\n";

const ByteString kQuery = packets::from_hex("1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001");
const ByteString kAnswer = packets::from_hex(
    "1234 8180 0001 0001 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001 c00c 0001 0001 00000e10 0004 5db8d822");

struct Ports {
  std::uint16_t client = 51514;
  std::uint16_t server = 3238;
};

/// One host: its detector, one flow, its clock, and what the detector said of the flow.
class Host {
 public:
  explicit Host(Transport transport = Transport::tcp, Ports ports = {},
                std::shared_ptr<Rules> its_rules = rules_watching("ghost"))
      : rules(std::move(its_rules)), ring_(1U << 16U), writer_(ring_, bell_, WhenFull::wait), detector(rules, writer_) {
    detector.begin(1);
    const std::uint8_t client_address[4] = {10, 0, 0, 9};
    const std::uint8_t server_address[4] = {10, 0, 0, 5};  // the server is the low end of the key
    client = make_five_tuple(flow.key, 4, transport, client_address, server_address, ports.client, ports.server);
    server = client ^ 1U;
  }

  Host& after(std::int64_t pause) {
    now += pause;
    return *this;
  }
  std::vector<ContextDetail> context;  // what said() found besides
  std::optional<HeldSyn> reopened;     // the last segment took up this SYN
  PacketTime next() { return {now, now, ++number}; }
  /// A packet of the flow: what a host does before it asks the detector anything.
  PacketTime packet(Direction from, bool group = false) {
    const PacketTime at = next();
    if (!flow.bits.live) {
      detector.attach(flow, 0, from, group, at);
    } else {
      detector.pass_time(flow, at.stamp);
    }
    flow.last = at.stamp;
    ++flow.packets[from];
    flow.bytes[from] += 100;
    now += kMillisecond;
    return at;
  }

  // With packets.
  Action segment(Direction from, std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
                 const Data& data = {}, bool checksum_good = true) {
    TcpSegment segment;
    segment.sequence = sequence;
    segment.acknowledgment = acknowledgment;
    segment.flags = flags;
    segment.checksum_good = checksum_good;
    segment.payload = data.bytes;
    segment.payload_length = static_cast<std::uint32_t>(data.bytes.size());
    if (flow.bits.live && detector.hold_back(flow, segment, 100, {now, now, number + 1})) {
      (void)next();
      now += kMillisecond;
      return Action::inspect;
    }
    if (flow.bits.live) reopened = detector.reopens(flow, segment);
    const PacketTime at = packet(from);
    return detector.segment(flow, from, segment, at);
  }
  Action datagram(Direction from, const Data& data, std::uint64_t fingerprint = 0, bool checksum_good = true) {
    const PacketTime at = packet(from, group);
    Datagram datagram;
    datagram.checksum_good = checksum_good;
    datagram.fingerprint = fingerprint == 0 ? 1000 + at.number : fingerprint;
    datagram.payload = data.bytes;
    datagram.payload_length = static_cast<std::uint32_t>(data.bytes.size());
    return detector.datagram(flow, from, datagram, at);
  }
  // A TCP conversation whose sequence numbers are kept here.
  Host& handshake() {
    segment(client, kTcpSyn, kClientIsn, 0);
    segment(server, kTcpSyn | kTcpAck, kServerIsn, kClientIsn + 1);
    segment(client, kTcpAck, kClientIsn + 1, kServerIsn + 1);
    return *this;
  }
  Action says(Direction from, const Data& data, bool checksum_good = true) {
    const Action action = segment(from, kTcpAck, next_of(from), next_of(from ^ 1U), data, checksum_good);
    sent[from] += static_cast<std::uint32_t>(data.bytes.size());
    return action;
  }
  Action acknowledges(Direction from) { return segment(from, kTcpAck, next_of(from), next_of(from ^ 1U)); }
  Host& closes() {
    for (const Direction from : {client, server}) {
      segment(from, kTcpFin | kTcpAck, next_of(from), next_of(from ^ 1U));
      ++sent[from];
    }
    acknowledges(client);
    return *this;
  }
  [[nodiscard]] std::uint32_t next_of(Direction from) const {
    return (from == client ? kClientIsn : kServerIsn) + 1 + sent[from];
  }

  // With signals and ordered bytes.
  void signals(Direction from, Signal signal) {
    const PacketTime at = packet(from);
    detector.signal(flow, from, signal, at);
  }
  Action feeds(Direction from, std::uint32_t offset, const Data& data) {
    const PacketTime at = packet(from);
    return detector.feed(flow, from, offset, data.bytes, at);
  }

  Host& ends(EndCause cause = EndCause::timeout) {
    detector.finish(flow, cause, now + 600 * kSecond, nullptr);
    now += 600 * kSecond;
    sent[0] = sent[1] = 0;
    return *this;
  }
  void advance(std::int64_t stamp) {
    detector.advance(stamp, [this](std::uint32_t) -> Flow& { return flow; });
  }

  struct Said {
    Fact fact;
    FlowDetail flow;     // findings and flow records
    TallyDetail knocks;  // sums
  };
  /// All that was said since the last call.
  std::vector<Said> said() {
    writer_.publish({kEndOfTime, 0, number});
    std::vector<Said> all;
    ring_.drain([&](const Fact& fact, const void* detail) {
      Said one{fact, {}, {}};
      if (fact.kind == FactKind::finding || fact.kind == FactKind::flow)
        std::memcpy(static_cast<void*>(&one.flow), detail, sizeof one.flow);
      if (fact.kind == FactKind::knocks) std::memcpy(static_cast<void*>(&one.knocks), detail, sizeof one.knocks);
      if (fact.kind == FactKind::context) {
        std::memcpy(static_cast<void*>(&context.emplace_back()), detail, sizeof(ContextDetail));
      } else if (fact.kind != FactKind::watermark) {
        all.push_back(one);
      }
    });
    return all;
  }
  FlowDetail only_finding() {
    const std::vector<Said> all = said();
    EXPECT_EQ(all.size(), 1U);
    if (all.size() != 1) return {};
    EXPECT_EQ(all[0].fact.kind, FactKind::finding);
    return all[0].flow;
  }
  TallyDetail only_knock() {
    const std::vector<Said> all = said();
    EXPECT_EQ(all.size(), 1U);
    if (all.size() != 1) return {};
    EXPECT_EQ(all[0].fact.kind, FactKind::knocks);
    return all[0].knocks;
  }

  static constexpr std::uint32_t kClientIsn = 1000;
  static constexpr std::uint32_t kServerIsn = 0xFFFFFFF0;  // wraps within the first bytes

  std::shared_ptr<Rules> rules;

 private:
  FactRing ring_;
  Bell bell_;
  FactWriter writer_;

 public:
  Detector detector;
  Flow flow;
  Direction client = 0;
  Direction server = 1;
  std::uint32_t sent[2]{};
  std::int64_t now = kBase;
  std::uint64_t number = 0;
  bool group = false;
};

std::string service_of(const FlowDetail& detail) { return std::string(service_name(detail.service)); }
std::string asked_of(const FlowDetail& detail) { return std::string(service_name(detail.asked)); }
std::string evidence_of(const FlowDetail& detail) {
  return {detail.evidence, detail.evidence + detail.evidence_length};
}

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

}  // namespace detector_test
}  // namespace ghostport
