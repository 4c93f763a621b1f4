// Numbers, amounts with a unit and dates as people write them in files and options.
// Called by the readers of configuration, registry and options, on the main thread at start-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ghostport {

/// Decimal digits only, without sign, blanks or leading zero; nothing above 2^64 - 1.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept;

/// "30s", "10m", "8h"; the unit is required.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept;

/// "512KiB", "64MiB", "2GiB" in bytes; the unit is required.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// "2027-01-31": a day that exists, 1970-01-01 or later, in UTC.
[[nodiscard]] std::optional<std::chrono::sys_days> parse_day(std::string_view text) noexcept;

}  // namespace ghostport
