// The closed list of service names (docs/services.md) as small numbers.
// Plain values, used on any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ghostport {

/// An index into the closed list; 0 is "nothing was identified".
enum class ServiceId : std::uint8_t { none = 0 };

/// The name, as docs/services.md spells it; "" for none.
[[nodiscard]] std::string_view service_name(ServiceId service) noexcept;

/// The id of a name of the closed list.
[[nodiscard]] std::optional<ServiceId> find_service(std::string_view name) noexcept;

/// All names in alphabetical order, without none.
[[nodiscard]] const std::vector<std::string_view>& all_service_names();

}  // namespace ghostport
