// A host of the detector as its tests need one: one flow, a clock, and what the detector said of it. Called by the
// tests of the detector, on their own thread.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "detection/detector.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/packet_builder.h"

namespace ghostport::detector_host {

using packets::ByteString;
using packets::Data;
using packets::random_bytes;

inline constexpr std::int64_t kBase = 1'795'168'800 * kSecond;  // 2026-11-20 10:00:00 UTC
inline constexpr std::int64_t kMillisecond = kSecond / 1000;

inline constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
inline constexpr std::string_view kStatus = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
inline constexpr std::string_view kBanner = "SSH-2.0-OpenSSH_9.2\r\n";

inline const ByteString kQuery =
    packets::from_hex("1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001");
inline const ByteString kAnswer = packets::from_hex(
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
    flow.sent[from].bytes += 100;
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

inline std::string service_of(const FlowDetail& detail) { return std::string(service_name(detail.service)); }
inline std::string asked_of(const FlowDetail& detail) { return std::string(service_name(detail.asked)); }
inline std::string evidence_of(const FlowDetail& detail) {
  return {detail.evidence, detail.evidence + detail.evidence_length};
}

}  // namespace ghostport::detector_host
