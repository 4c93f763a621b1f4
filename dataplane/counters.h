// The dataplane's counters: one row each, with the words that the summary shows. One set per worker, added up at the
// end.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ghostport {

enum class Counter : std::uint8_t {
  packets,
  bytes,
  watched_packets,
  nearby_packets,
  companion_packets,
  unknown_link_type,
  truncated_frame,
  unknown_ethertype,
  too_many_vlan_tags,
  bad_ip_header,
  truncated_ip,
  ipv6_header_chain,
  other_protocol,
  tunnels,
  closed_tunnels,
  deep_tunnels,
  fragments,
  reassembled,
  impossible_fragments,
  bad_fragment_checksum,
  unfinished_fragments,
  fragments_beyond_limits,
  fragment_versions_beyond_limits,
  reassembly_without_room,
  bad_transport_header,
  icmp_errors,
  icmp_without_flow,
  flows,
  companion_flows,
  flow_table_full,
  blocked_packets,
  blocked_flows,
  rejects,
  missed,
  refused_by_card,
  without_buffer,
  overload_dropped,
  overload_forwarded,
  transmitted,
  transmit_lost,
  kCount
};
inline constexpr std::size_t kCounters = static_cast<std::size_t>(Counter::kCount);

struct CounterRow {
  std::string_view name;  ///< as metrics call it
  std::string_view text;  ///< as the summary says it
  bool is_loss;           ///< shown even where the user asked for little: something could not be looked at
};

inline constexpr std::array<CounterRow, kCounters> kCounterRows{{
    {"packets", "packets", false},
    {"bytes", "bytes", false},
    {"watched_packets", "packets on watched ports", false},
    {"nearby_packets", "packets on unwatched ports in 3224-3324", false},
    {"companion_packets", "packets looked at for what they say of others", false},
    {"unknown_link_type", "packets of a link type that this version does not know", true},
    {"truncated_frame", "frames shorter than their headers", true},
    {"unknown_ethertype", "frames that are not IP", false},
    {"too_many_vlan_tags", "frames with more than 4 VLAN tags", true},
    {"bad_ip_header", "packets with an impossible IP header", true},
    {"truncated_ip", "packets cut inside their headers", true},
    {"ipv6_header_chain", "IPv6 packets whose header chain is too long or broken", true},
    {"other_protocol", "IP packets that are neither TCP, UDP nor ICMP errors", false},
    {"tunnels", "packets in tunnels, of which the inner one is judged", false},
    {"closed_tunnels", "packets of tunnels that cannot be looked into (ESP, MACsec, or no IP inside)", true},
    {"deep_tunnels", "packets in more than 4 tunnels", true},
    {"fragments", "IP fragments", false},
    {"reassembled", "datagrams put together from fragments", false},
    {"impossible_fragments", "IP fragments that no receiver can place (empty, cut between 8-byte units, past 65,535)",
     true},
    {"bad_fragment_checksum", "IP fragments with a wrong header checksum", true},
    {"unfinished_fragments", "IP fragments of datagrams that never became whole", true},
    {"fragments_beyond_limits", "IP fragments given up because too many datagrams were open", true},
    {"fragment_versions_beyond_limits", "further versions of datagrams whose fragments contradicted each other", true},
    {"reassembly_without_room", "datagrams put together that found no room to be looked at", true},
    {"bad_transport_header", "packets with an impossible TCP or UDP header", true},
    {"icmp_errors", "ICMP errors", false},
    {"icmp_without_flow", "ICMP errors about flows that were not seen", false},
    {"flows", "flows", false},
    {"companion_flows", "flows looked at for what they say of others", false},
    {"flow_table_full", "flows ended early because the flow table was full", true},
    {"blocked_packets", "packets blocked", false},
    {"blocked_flows", "flows blocked", false},
    {"rejects", "resets and ICMP errors sent for blocked packets", false},
    {"missed", "packets lost by the kernel or the network card, because the sensor was too slow", true},
    {"refused_by_card", "frames that the network card refused", true},
    {"without_buffer", "frames for which there was no buffer", true},
    {"overload_dropped", "packets given up because a worker was too slow", true},
    {"overload_forwarded", "packets passed on because a worker was too slow", true},
    {"transmitted", "frames sent", false},
    {"transmit_lost", "frames that could not be sent", false},
}};

struct Counters {
  std::array<std::uint64_t, kCounters> values{};

  void add(Counter counter, std::uint64_t amount = 1) noexcept { values[static_cast<std::size_t>(counter)] += amount; }
  [[nodiscard]] std::uint64_t at(Counter counter) const noexcept { return values[static_cast<std::size_t>(counter)]; }
  Counters& operator+=(const Counters& more) noexcept {
    for (std::size_t i = 0; i < kCounters; ++i) values[i] += more.values[i];
    return *this;
  }
};

}  // namespace ghostport
