// WHO MAY SPEAK ON WHICH PORT: claims with their sources, what is expected and how it could be proven.
// Built once at start-up (built-in tables, then the user's includes), immutable afterwards, read by any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registry/port.h"
#include "registry/problem.h"
#include "registry/service.h"

namespace ghostport {

/// Who says that a port belongs to a service.
enum class ClaimBy : std::uint8_t { iana, vendor, field };
enum class Confidence : std::uint8_t { high, medium, low };

/// A claim on a port: who claims it, since when, on whose word.
struct Claim {
  std::string name;
  bool on[kTransports] = {false, false};  ///< indexed by Transport
  ClaimBy by = ClaimBy::iana;
  Confidence confidence = Confidence::high;
  std::string registered;  ///< YYYY-MM or YYYY-MM-DD, empty where unknown
  std::string source;
  std::string text;  ///< description, may be empty
  friend bool operator==(const Claim&, const Claim&) = default;
};

/// How an expected service can be proven.
enum class Proof : std::uint8_t { none_known, signature, context, signature_and_context };

/// The contract's words: none-known, signature, context, signature+context.
[[nodiscard]] std::string_view proof_name(Proof proof) noexcept;

/// What a port expects.
struct Expectation {
  std::string service;             ///< a name of the closed list, or a registered name with proof none-known
  ServiceId id = ServiceId::none;  ///< none for a registered name without a wire format
  Transport transport = Transport::tcp;
  Proof proof = Proof::none_known;
  std::string assets;  ///< asset group that must hold one end where it is declared; "" where none
  bool consistent_without_context =
      false;  ///< signature+context only: verified payload without its context is `consistent`
  friend bool operator==(const Expectation&, const Expectation&) = default;
};

/// All that is known about one port.
struct PortEntry {
  std::uint16_t port = 0;
  bool ghost = false;
  bool names_only = false;  ///< imported for its names: no reason to judge the port under `watch: all`
  std::string note;
  std::vector<Claim> claims;
  std::vector<Expectation> expectations;

  /// IANA's name on a transport, "" where IANA names none.
  [[nodiscard]] std::string_view registered_name(Transport transport) const noexcept;

  friend bool operator==(const PortEntry&, const PortEntry&) = default;
};

/// Index + 1 into entries; 0 where the registry knows nothing about a port.
using EntryIndex = std::uint16_t;

class Registry {
 public:
  /// The tables compiled from registry/ports.yaml. Defined in the generated file, so that the generator links without
  /// it.
  [[nodiscard]] static Registry builtin();

  /// Adds the user's entries; an entry for a known port adds the claims, expectations and note that are new there, and
  /// may set `ghost`, never clear it, and only keeps `names_only` where
  /// both have it. IANA's claim that is known already is not added again because its source is a later file.
  void merge(std::vector<PortEntry> entries);

  [[nodiscard]] const PortEntry* find(std::uint16_t port) const noexcept {
    const EntryIndex index = by_port_[port];
    return index == 0 ? nullptr : &entries_[index - 1U];
  }
  /// Entries by ascending port.
  [[nodiscard]] std::span<const PortEntry> entries() const noexcept { return entries_; }

 private:
  std::vector<PortEntry> entries_;
  std::vector<EntryIndex> by_port_ = std::vector<EntryIndex>(65536);
};

/// Which ports are looked at: the flat tables that the packet loop loads from, one byte a port and transport.
class WatchTable {
 public:
  static constexpr std::uint8_t kWatched = 1;    ///< traffic on this port is tracked
  static constexpr std::uint8_t kJudged = 2;     ///< flows to this port end in a finding
  static constexpr std::uint8_t kCompanion = 8;  ///< looked at only for what it says of other flows
  static constexpr std::uint8_t kExchange = 16;  ///< a service without a wire format may be here: context tells
  static constexpr std::uint8_t kNearby = 4;     ///< not watched, but in 3224-3324: counted, to say where to look

  [[nodiscard]] std::uint8_t at(Transport transport, std::uint16_t port) const noexcept {
    return table_[static_cast<std::size_t>(transport) * 65536U + port];
  }
  void set(Transport transport, std::uint16_t port, std::uint8_t flags) noexcept {
    table_[static_cast<std::size_t>(transport) * 65536U + port] = flags;
  }
  void add(Transport transport, std::uint16_t port, std::uint8_t flags) noexcept {
    table_[static_cast<std::size_t>(transport) * 65536U + port] |= flags;
  }
  /// Number of (transport, port) pairs with every bit of `flag`.
  [[nodiscard]] std::size_t count(std::uint8_t flag) const noexcept;
  /// Ports with `flag` as text: "3237-3239, 3248", "22/tcp, 53/udp", "all".
  [[nodiscard]] std::string text(std::uint8_t flag) const;

 private:
  std::vector<std::uint8_t> table_ = std::vector<std::uint8_t>(kTransports * 65536U);
};

/// What `watch` and `--watch` may say.
struct WatchList {
  struct Item {
    PortRange ports;
    bool on[kTransports] = {true, true};
  };
  enum class Kind : std::uint8_t { ghost, range, all, list } kind = Kind::ghost;
  std::vector<Item> items;  ///< for Kind::list

  /// "ghost", "range", "all", or "3238/tcp,3224-3324,53/udp". Problems without a file.
  [[nodiscard]] static Result<WatchList> parse(std::string_view text);
};

/// ghost: entries marked ghost; range: 3224-3324; all: every port is watched, those with an entry that holds more
/// than names are judged; list: as listed.
[[nodiscard]] WatchTable make_watch_table(const Registry& registry, const WatchList& watch);

}  // namespace ghostport
