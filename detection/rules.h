// Everything that a verdict depends on besides the packets: registry, watch table, signatures, assets, exceptions,
// limits. Made at start-up from the configuration, immutable afterwards, shared by all workers and the adjudicator.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/address.h"
#include "registry/registry.h"
#include "registry/verdict.h"
#include "signatures/signature_set.h"

namespace ghostport {

inline constexpr std::int64_t kSecond = 1'000'000'000;  ///< packet time is in nanoseconds since 1970-01-01 UTC

/// A service that the operator allows on a port, perhaps on some responders only and until some day.
struct Exception {
  std::uint16_t port = 0;
  bool on[kTransports] = {true, true};
  ServiceId service = ServiceId::none;
  std::optional<AddressSet> hosts;    ///< responders; absent: all
  std::optional<std::int64_t> until;  ///< packet time from which it no longer holds
  std::string why;
};

struct Rules {
  Registry registry;
  WatchTable watch;
  std::shared_ptr<const SignatureSet> signatures;
  std::map<std::string, AddressSet> assets;
  std::optional<AddressSet> home_net;
  std::vector<Exception> exceptions;
  std::array<std::optional<Severity>, 6>
      severity{};  ///< the operator's severity of a verdict, before a flow's own weight
  bool log_expected = false;
  bool flow_records = false;
  std::uint16_t community_id_seed = 0;
  std::string sensor_id;

  /// limits.memory: of each bound on what is kept, so many 65,536ths are honoured; flow_limit says what is left of it.
  std::uint32_t memory_share = kWholeShare;
  [[nodiscard]] std::size_t within(std::size_t most) const noexcept {
    return std::max<std::size_t>(1,
                                 most / kWholeShare * memory_share + most % kWholeShare * memory_share / kWholeShare);
  }
  static constexpr std::uint32_t kWholeShare = 65'536;

  std::uint32_t flow_limit = 1'000'000;  ///< live flows of one worker
  std::uint32_t head_bytes = 4096;       ///< of each side's stream that are kept for identification
  std::int64_t tcp_timeout = 600 * kSecond;
  std::int64_t udp_timeout = 60 * kSecond;
  std::int64_t unanswered_timeout = 30 * kSecond;  ///< one-way flows and closed connections
};

// The budget of identification and the limits of summing (docs/verdicts.md).
inline constexpr std::uint32_t kJudgedBytes = 4096;        ///< acknowledged by a silent server: judged by that payload
inline constexpr std::uint16_t kPacketBudget = 16;         ///< datagrams of a side
inline constexpr std::int64_t kTimeBudget = 30 * kSecond;  ///< after the first payload
inline constexpr std::uint32_t kProbeDatagrams = 10;       ///< one-way UDP with more is judged by its payload
inline constexpr std::int64_t kProbeSpan = 60 * kSecond;   ///< and so is one that lasts longer
inline constexpr std::int64_t kVerdictMemory = 86'400 * kSecond;  ///< a tuple keeps its verdict this long

}  // namespace ghostport
