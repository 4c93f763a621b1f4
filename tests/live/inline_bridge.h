// One capture through the inline sensor, from file to file, and what should have come out by what a replay says of it.
// Called by the test of the cases and by the trial of other captures.
#pragma once

#include <map>
#include <set>

#include "dataplane/packet_parser.h"
#include "tests/dataplane/read_capture.h"
#include "tests/live/live_run.h"

namespace ghostport::live {

inline std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("ghostport-inline-" + std::to_string(getpid()) + "-" + name))
      .string();
}

/// A capture without packets: what a port reads on which nothing comes.
inline std::string empty_capture() {
  const std::string path = temporary("empty.pcap");
  const std::uint32_t head[6] = {0xA1B2C3D4, 4U << 16U | 2U, 0, 0, 262'144, kLinkEthernet};
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(head), sizeof head);
  return path;
}

/// net_pcap writes no more of a frame of several buffers; no wire has such frames, only captures on a host that leaves
/// segmentation to its card.
inline packets::ByteString as_written(const packets::ByteString& frame) {
  constexpr std::size_t kMostWritten = 0x3F00;
  return {frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(std::min(frame.size(), kMostWritten))};
}

/// What came out at the other side, and what was said.
struct Bridged {
  std::vector<packets::ByteString> out;
  std::vector<packets::ByteString> back;
  Ran ran;
};

inline Bridged bridge(const std::shared_ptr<const Rules>& rules, const std::string& capture, LiveSettings settings) {
  const std::string nothing = empty_capture();
  const std::string back = temporary("back.pcap");
  const std::string out = temporary("out.pcap");
  Bridged bridged;
  {
    const Ports ports(
        {"net_pcap0,rx_pcap=" + capture + ",tx_pcap=" + back, "net_pcap1,rx_pcap=" + nothing + ",tx_pcap=" + out});
    settings.enforces = true;
    settings.overload = Overload::forward;
    bridged.ran = run(rules, ports, settings, {{0, 1}});
  }
  for (const auto& one : read_file(out).packets) bridged.out.push_back(one.bytes);
  for (const auto& one : read_file(back).packets) bridged.back.push_back(one.bytes);
  for (const std::string& path : {nothing, back, out}) std::filesystem::remove(path);
  return bridged;
}

/// What a frame is to the reference: of a flow by itself, or a part of something that only the pipeline puts together.
struct Seen {
  std::optional<std::string> key;
  bool plain = false;  ///< neither in a tunnel nor a fragment
};

inline Seen seen(const packets::ByteString& bytes) {
  Packet packet;
  Counters counters;
  packet.data = bytes.data();
  packet.captured = packet.length = static_cast<std::uint32_t>(bytes.size());
  parse_packet(packet, counters);
  Seen seen;
  seen.plain = counters.at(Counter::fragments) == 0 && packet.tunnels == 0;
  if (packet.kind == PacketKind::tcp || packet.kind == PacketKind::udp)
    seen.key = std::string(reinterpret_cast<const char*>(&packet.key), sizeof packet.key);
  return seen;
}

inline std::string key_of(const FlowDetail& detail) {
  const FlowCommand command = command_for(detail, Verdict::unexpected);
  return {reinterpret_cast<const char*>(&command.key), sizeof command.key};
}

/// From which of its packets on a flow is blocked, counted from 1.
struct Block {
  std::uint64_t from = 0;
  bool or_next = false;        ///< a timer may have decided behind that packet
  bool or_later = false;       ///< it waited for context: the order reaches the worker some time later
  std::uint64_t evidence = 0;  ///< number of the packet that is shown; where another one decided, that may be a timer
};

/// Every flow of the replay by key and number of its first packet; those that are blocked with a Block.
using Flows = std::map<std::string, std::map<std::uint64_t, Block>>;

inline Flows flows_of(const Ran& replay) {
  Flows flows;
  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> packets;
  for (const FlowDetail& flow : replay.sink.flows) {
    flows[key_of(flow)][flow.first_number];
    packets[{key_of(flow), flow.first_number}] = std::uint64_t{flow.packets[0]} + flow.packets[1];
  }
  for (const Finding& finding : replay.sink.findings) {
    const FlowDetail& detail = finding.detail;
    if (detail.outcome != Outcome::identified || finding.judgement.verdict != Verdict::unexpected) continue;
    Block& block = flows[key_of(detail)][detail.first_number];
    if (block.from != 0) continue;
    block.from = std::uint64_t{detail.packets[0]} + detail.packets[1];
    const bool last = block.from == packets[{key_of(detail), detail.first_number}];  // perhaps it was the flow's end
    block.or_next = last || (detail.marks & kClaimed) != 0;
    block.or_later = finding.judgement.may_change;
    block.evidence = detail.packet;
  }
  // Of flows to a group the further ones of an hour have no finding of their own.
  std::set<std::pair<Address, std::uint16_t>> groups;
  for (const Finding& finding : replay.sink.findings) {
    if ((finding.detail.marks & kGroup) != 0 && finding.judgement.verdict == Verdict::unexpected)
      groups.emplace(finding.detail.address[1], finding.detail.port[1]);
  }
  for (const FlowDetail& flow : replay.sink.flows) {
    Block& block = flows[key_of(flow)][flow.first_number];
    if (block.from == 0 && groups.contains({flow.address[1], flow.port[1]})) block = {1, false, true, 0};
  }
  return flows;
}

/// What is wrong, a line each; counts the frames that were blocked.
inline std::vector<std::string> inline_faults(const std::shared_ptr<const Rules>& its_rules, const std::string& capture,
                                              std::uint64_t& blocked_frames) {
  const auto rules = std::make_shared<Rules>(*its_rules);
  rules->flow_records = true;
  const Ran replay = replayed(rules, capture);
  const Flows flows = flows_of(replay);
  const auto in = read_file(capture).packets;
  const Bridged bridged = bridge(rules, capture, {});
  std::vector<std::string> faults;
  if (sayings(replay.sink) != sayings(bridged.ran.sink)) faults.push_back("another set of findings than its replay");
  if (!bridged.back.empty()) faults.push_back("frames went back");

  std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> counted;
  std::size_t out = 0;
  bool put_together = false;
  for (const auto& packet : in) {
    const bool passed = out < bridged.out.size() && bridged.out[out] == as_written(packet.bytes);
    out += passed ? 1 : 0;
    blocked_frames += passed ? 0 : 1;
    const Seen what = seen(packet.bytes);
    const auto tuple = what.key ? flows.find(*what.key) : flows.end();
    const std::string number = "packet " + std::to_string(packet.at.number);
    if (!what.plain) put_together = true;
    if (put_together) continue;  // the packets of a flow cannot be counted here
    if (tuple == flows.end()) {
      if (!passed) faults.push_back(number + " of no judged flow was blocked");
      continue;
    }
    auto flow = tuple->second.upper_bound(packet.at.number);
    if (flow == tuple->second.begin()) continue;
    --flow;
    const std::uint64_t place = ++counted[{tuple->first, flow->first}];
    const Block& block = flow->second;
    const bool inherits = block.from == 0 && std::any_of(tuple->second.begin(), flow, [](const auto& earlier) {
                            return earlier.second.from != 0;  // row 24
                          });
    const bool or_next = block.or_next || packet.at.number != block.evidence;
    const bool may_block = inherits || (block.from != 0 && place >= block.from);
    const bool must_block = may_block && !inherits && !block.or_later && !(or_next && place == block.from);
    if (passed ? !must_block : may_block) continue;
    faults.push_back(number + ", number " + std::to_string(place) + " of its flow, which is blocked from " +
                     std::to_string(block.from) + (passed ? ", passed" : ", did not pass"));
  }
  if (out != bridged.out.size()) faults.push_back("frames that did not come in, or in another order");
  return faults;
}

}  // namespace ghostport::live
