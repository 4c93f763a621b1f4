// A TCP conversation whose every packet a test writes itself, replayed at once: for evasions, in which no packet is
// what it should be. Called by tests of the dataplane.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "dataplane/replay.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/recording_sink.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/packet_builder.h"

namespace ghostport {

inline std::string anomalies_of(const FlowDetail& detail) {
  std::string names;
  const auto add = [&](std::uint16_t bit, std::string_view name) {
    if ((detail.anomalies & bit) != 0) (names += names.empty() ? "" : " ") += name;
  };
  add(kConflictingData, "conflicting-data");
  add(kBadChecksum, "bad-checksum");
  add(kUrgentData, "urgent-data");
  add(kDoubtfulClose, "doubtful-close");
  add(kDoubtfulSegments, "doubtful-segments");
  return names;
}

/// What the last flow record says, and all that was said.
struct Seen {
  std::size_t flows = 0;
  std::string service;
  std::string inner;
  std::string anomalies;
  RoleBasis basis = RoleBasis::unknown;
  std::uint16_t server_port = 0;
  std::uint64_t scans = 0;
  std::vector<Finding> findings;
  std::vector<FlowDetail> records;
};

/// The service that was named, or the one that was asked for.
inline std::string service_in(const FlowDetail& detail) {
  return std::string(service_name(detail.service != ServiceId::none ? detail.service : detail.asked));
}

class TcpWire {
 public:
  static constexpr packets::Party kClient = packets::Party::client;
  static constexpr packets::Party kServer = packets::Party::server;
  static constexpr std::uint32_t kIsn[2] = {1'000'000, 0xFFFFFFF0};  // the server's wraps soon
  using Edit = std::function<void(packets::PacketBuilder&)>;

  /// At offsets in both streams (0 is the first byte), as numbers.
  [[nodiscard]] static std::uint32_t at(packets::Party of, std::int64_t offset) {
    return static_cast<std::uint32_t>(kIsn[of == kServer] + 1 + offset);
  }

  TcpWire& send(packets::Party from, std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgment,
                const packets::Data& data = {}, const Edit& edit = {}) {
    const packets::IpAddress ends[2] = {"10.0.0.9", "10.0.0.5"};  // the server is the low end of the key
    const std::uint16_t ports[2] = {client_port_, 3238};
    const std::size_t side = from == kServer ? 1 : 0;
    packets::PacketBuilder packet;
    packets::TcpHeader header;
    header.source_port = ports[side];
    header.destination_port = ports[1 - side];
    header.sequence = sequence;
    header.acknowledgment = acknowledgment;
    header.flags = flags;
    packet.between(ends[side], ends[1 - side]).tcp(header).payload(data);
    packet.ipv4().identification = identification_++;
    if (all_) all_(packet);
    if (edit) edit(packet);
    capture_.add(packet);
    return *this;
  }
  /// For every packet from here on.
  TcpWire& each(Edit edit) {
    all_ = std::move(edit);
    return *this;
  }
  /// Another conversation in the same capture.
  TcpWire& from_port(std::uint16_t client_port) {
    client_port_ = client_port;
    said_[0] = said_[1] = 0;
    return *this;
  }
  TcpWire& handshake() {
    using namespace packets;
    send(kClient, kSyn, kIsn[0], 0).send(kServer, kSyn | kAck, kIsn[1], at(kClient, 0));
    return send(kClient, kAck, at(kClient, 0), at(kServer, 0));
  }
  /// A data segment at an offset; it acknowledges what the peer has said so far.
  TcpWire& data(packets::Party from, std::int64_t offset, const packets::Data& bytes, const Edit& edit = {}) {
    const auto end = offset + static_cast<std::int64_t>(bytes.bytes.size());
    send(from, packets::kAck | packets::kPsh, at(from, offset), at(other(from), said_[from == kClient]), bytes, edit);
    if (!edit) said_[from == kServer] = std::max(said_[from == kServer], end);
    return *this;
  }
  TcpWire& says(packets::Party from, const packets::Data& bytes) {
    data(from, said_[from == kServer], bytes);
    return acknowledge(other(from));
  }
  TcpWire& acknowledge(packets::Party from) {
    return send(from, packets::kAck, at(from, said_[from == kServer]), at(other(from), said_[from == kClient]));
  }
  TcpWire& close() {
    using namespace packets;
    send(kServer, kFin | kAck, at(kServer, said_[1]), at(kClient, said_[0]));
    send(kClient, kFin | kAck, at(kClient, said_[0]), at(kServer, said_[1] + 1));
    return send(kServer, kAck, at(kServer, said_[1] + 1), at(kClient, said_[0] + 1));
  }
  TcpWire& after(std::chrono::nanoseconds pause) {
    capture_.after(pause);
    return *this;
  }
  [[nodiscard]] packets::Capture& capture() { return capture_; }

  [[nodiscard]] Seen seen(unsigned workers = 1) const {
    const TemporaryFile file(capture_.pcap());
    const auto rules = rules_watching("all");
    rules->flow_records = true;
    RecordingSink sink;
    Replay replay(rules, workers, sink);
    (void)replay.run(file.path());
    Seen result;
    result.scans = replay.summary().scans;
    result.findings = sink.findings;
    result.flows = sink.flows.size();
    result.records = sink.flows;
    if (sink.flows.empty()) return result;
    const FlowDetail& last = sink.flows.back();
    result.service = service_in(last);
    result.inner = service_name(last.inner);
    result.anomalies = anomalies_of(last);
    result.basis = last.basis;
    result.server_port = last.port[1];
    return result;
  }

 private:
  packets::Capture capture_;
  Edit all_;
  std::int64_t said_[2]{};
  std::uint16_t client_port_ = 51514;
  std::uint16_t identification_ = 1;
};

}  // namespace ghostport
