// Reads registry entries (docs/registry.md) and port lists from YAML and text.
// Called at start-up for the user's includes and by the generator of the built-in tables, on the main thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registry/registry.h"
#include "registry/yaml_reader.h"

namespace ghostport {

/// The entries under `ports:` of one document; an empty document has none. Every fault is reported with its place.
[[nodiscard]] Result<std::vector<PortEntry>> read_registry(const YamlNode& document, const std::string& file);
[[nodiscard]] Result<std::vector<PortEntry>> read_registry_file(const std::string& path);

/// An asset group where an expectation names it.
struct GroupPlace {
  std::string group;
  unsigned line = 0;
  unsigned column = 0;
};
/// Every such place of a document that read_registry accepts.
[[nodiscard]] std::vector<GroupPlace> group_places(const YamlNode& document);

/// The same entries as the text of such a document, which read_registry reads again.
[[nodiscard]] std::string registry_text(std::span<const PortEntry> entries);

/// "3238", "3238/tcp", "3224-3324", "3224-3324/udp"; ports 1-65535, both transports where none is named.
[[nodiscard]] std::optional<WatchList::Item> parse_port_spec(std::string_view text);

/// "2002-02" or "2002-02-28", a month or day that exists.
[[nodiscard]] bool is_month_or_day(std::string_view text);

/// Lower case letters, digits and single hyphens between them, a letter first: the shape of asset group names.
[[nodiscard]] bool is_group_name(std::string_view text) noexcept;

}  // namespace ghostport
