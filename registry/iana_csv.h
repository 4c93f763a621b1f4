// Reads IANA's Service Name and Transport Protocol Port Number Registry as IANA writes it: a CSV file, with all its
// quirks, into registry entries that name ports and expect nothing. Called by `registry import`, on the main thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "registry/problem.h"
#include "registry/registry.h"

namespace ghostport {

/// What a record of IANA's file is; each is exactly one of these.
enum class IanaRecord : std::uint8_t {
  one_transport,    ///< a name on TCP or on UDP
  both_transports,  ///< a name on ports without a transport: read as both
  outside,          ///< one of these two, on ports that were not asked for
  other_transport,  ///< a name on SCTP or DCCP
  without_port,     ///< a name alone
  unassigned,
  reserved,
  removed,   ///< de-registered, removed, decommissioned, deprecated, with or without a name
  nameless,  ///< described, but not named: "any private mail system"
};
inline constexpr std::size_t kIanaRecords = 9;

/// A record kind in words, for an account.
[[nodiscard]] std::string_view iana_record_text(IanaRecord kind) noexcept;

struct IanaImport {
  std::vector<PortEntry> entries;  ///< by ascending port, all names_only
  std::array<std::uint64_t, kIanaRecords> records{};
  std::size_t claims = 0;

  [[nodiscard]] std::uint64_t count(IanaRecord kind) const { return records[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] std::uint64_t all_records() const;
};

/// `ports`: what to take; empty: every port. `source`: what each claim gives as its source; RFCs that IANA refers to
/// are named behind it. Every fault is reported with its place, and then there is no import. Work and memory are
/// bounded: at most 16 MiB of text are made.
[[nodiscard]] Result<IanaImport> read_iana_csv(std::string_view text, const std::string& file,
                                               const std::vector<WatchList::Item>& ports, std::string_view source);

/// "IANA service names, 2026-03-01" where the file's name holds such a day, "IANA service names" alone elsewhere.
[[nodiscard]] std::string iana_source(std::string_view path);

}  // namespace ghostport
