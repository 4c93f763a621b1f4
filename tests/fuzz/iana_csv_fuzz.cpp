// Any text as IANA's file: an include that the strict reader takes, or problems with their places. The first two bytes
// choose which ports are asked for.
#include <cstdlib>
#include <string_view>

#include "registry/iana_csv.h"
#include "registry/registry_yaml.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ghostport;
  if (size < 2) return 0;
  std::vector<WatchList::Item> ports;
  const auto port = static_cast<std::uint16_t>(data[0] << 8U | data[1]);
  if (port != 0) ports.push_back({{port, static_cast<std::uint16_t>(port | 0xffU)}, {true, true}});
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto import = read_iana_csv(text, "fuzz.csv", ports, "IANA");
  if (!import) {
    require(!import.problems().empty());
    for (const Problem& one : import.problems()) require(one.file == "fuzz.csv" && one.line != 0 && one.column != 0);
    return 0;
  }
  const std::string include = registry_text(import.value().entries);
  if (include.size() > kMostTextBytes / 16) return 0;  // reading it again would take the fuzzer's time
  const auto document = read_yaml(include, "include.yaml");
  require(document.ok());
  const auto again = read_registry(document.value(), "include.yaml");
  require(again.ok() && again.value() == import.value().entries);
  return 0;
}
