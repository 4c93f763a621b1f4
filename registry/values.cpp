#include "registry/values.h"

#include <limits>

namespace ghostport {
namespace {

/// Exactly `digits` decimal digits, leading zeros allowed.
std::optional<unsigned> parse_digits(std::string_view text, std::size_t digits) noexcept {
  if (text.size() != digits) return std::nullopt;
  unsigned value = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(digit - '0');
  }
  return value;
}

std::optional<std::uint64_t> times(std::string_view number, std::uint64_t unit) noexcept {
  const auto value = parse_decimal(number);
  if (!value || *value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit)
    return std::nullopt;
  return *value * unit;
}

}  // namespace

std::optional<std::uint64_t> parse_decimal(std::string_view text) noexcept {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t value = 0;
  for (const char letter : text) {
    if (letter < '0' || letter > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(letter - '0');
    if (value > (kMost - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) noexcept {
  if (text.empty()) return std::nullopt;
  const char unit = text.back();
  const std::uint64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 0;
  if (seconds == 0) return std::nullopt;
  const auto value = times(text.substr(0, text.size() - 1), seconds);
  if (!value) return std::nullopt;
  return std::chrono::seconds(*value);
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  if (text.size() < 3) return std::nullopt;
  const std::string_view unit = text.substr(text.size() - 3);
  const unsigned shift = unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : 0;
  if (shift == 0) return std::nullopt;
  return times(text.substr(0, text.size() - 3), std::uint64_t{1} << shift);
}

std::optional<std::chrono::sys_days> parse_day(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = parse_digits(text.substr(0, 4), 4);
  const auto month = parse_digits(text.substr(5, 2), 2);
  const auto day = parse_digits(text.substr(8, 2), 2);
  if (!year || !month || !day || *year < 1970) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

}  // namespace ghostport
