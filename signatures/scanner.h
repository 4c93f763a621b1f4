// Runs the compiled signatures over what one side said: expression first, structural check second, strongest proof
// first. One per worker thread (it owns Hyperscan scratch); with signature_set.cpp the only code that knows Hyperscan.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "signatures/signature_set.h"

struct hs_scratch;

namespace ghostport {

/// The signatures that hold for one side, strongest first. Order of proof: more verified bytes first (a check's count,
/// else the least number of bytes its expression needs), then the service's name, then the signature's id.
struct SideMatches {
  static constexpr std::size_t kMost = 8;
  SignatureIndex indices[kMost] = {kNoSignature, kNoSignature, kNoSignature, kNoSignature,
                                   kNoSignature, kNoSignature, kNoSignature, kNoSignature};
  std::uint8_t count = 0;
  bool more = false;  ///< a check wants more bytes or packets before it can say
};

/// Where the inner protocol begins on each side, as stream offsets.
struct UpgradePoint {
  std::uint16_t upgrade = 0;  ///< index into SignatureSet::upgrades
  std::uint32_t client_offset = 0;
  std::uint32_t server_offset = 0;
};

/// What earlier looks for an upgrade of the same two sides have found out, so that the next one need not: a bit for
/// each upgrade of the carrier, in their order. Begins anew where the bytes that were looked at have changed.
struct UpgradeMemory {
  static constexpr unsigned kMost = 32;
  std::uint32_t client_size = 0;   ///< bytes of the client at the last look
  std::uint32_t client_fails = 0;  ///< whose client's expression those bytes do not match
  std::uint32_t never = 0;         ///< that cannot be any more: its check said no, or a side has begun otherwise
  bool none_left = false;          ///< every one of them
};

/// What became of a signature whose expression matched what one side said.
struct SignatureTrial {
  SignatureIndex index = kNoSignature;
  Side side = Side::client;
  CheckResult result;  ///< of its check and its confirmations
};

class Scanner {
 public:
  /// Throws std::bad_alloc where scratch cannot be had; start-up only.
  explicit Scanner(std::shared_ptr<const SignatureSet> set);
  ~Scanner();
  Scanner(const Scanner&) = delete;
  Scanner& operator=(const Scanner&) = delete;

  [[nodiscard]] const SignatureSet& set() const noexcept { return *set_; }

  /// Every signature of (transport, side) over the payload: the expression over `bytes`, then the check.
  [[nodiscard]] SideMatches scan(Transport transport, Side side, const Payload& payload) noexcept;

  /// The first upgrade of `carrier` whose expressions match, both or its only one.
  [[nodiscard]] std::optional<UpgradePoint> find_upgrade(ServiceId carrier, Bytes client, Bytes server,
                                                         UpgradeMemory& memory) noexcept;
  [[nodiscard]] std::optional<UpgradePoint> find_upgrade(ServiceId carrier, Bytes client, Bytes server) noexcept {
    UpgradeMemory memory;
    return find_upgrade(carrier, client, server, memory);
  }

  /// Does this one signature match what `side` said, weak or not? For its examples and for tools, not for packets.
  [[nodiscard]] bool matches(SignatureIndex index, Side side, const Payload& payload) noexcept;

  /// Adds every signature whose expression matches the payload, with what its check says of it; of one that is there
  /// already the better result stays. For tools, not for packets.
  void try_all(Transport transport, Side side, const Payload& payload, std::vector<SignatureTrial>& tried);

  /// Calls of scan so far.
  [[nodiscard]] std::uint64_t scans() const noexcept { return scans_; }

 private:
  [[nodiscard]] CheckResult confirm(SignatureIndex index, Side side, const Payload& payload,
                                    CheckResult newest) noexcept;
  [[nodiscard]] bool fits(SignatureIndex index, Side side, Bytes bytes) noexcept;
  [[nodiscard]] bool has_match(SignatureIndex index, Bytes bytes) noexcept;
  [[nodiscard]] std::span<const SignatureIndex> expressions_in(Transport transport, Side side, Bytes bytes) noexcept;

  std::shared_ptr<const SignatureSet> set_;
  hs_scratch* scratch_ = nullptr;
  std::vector<SignatureIndex> found_;  // room for every signature: the match callback never allocates
  std::uint64_t scans_ = 0;
};

}  // namespace ghostport
