// Any text as YAML, as a registry and as signatures: a tree or problems with their places, never both and never
// neither.
#include <cstdlib>
#include <string_view>

#include "registry/registry_yaml.h"
#include "registry/yaml_reader.h"
#include "signatures/signature.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
void check(const ghostport::Result<T>& result) {
  if (result.ok()) return;
  require(!result.problems().empty());
  for (const ghostport::Problem& problem : result.problems())
    require(!problem.what.empty() && problem.file == "fuzz.yaml");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ghostport;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<YamlNode> document = read_yaml(text, "fuzz.yaml");
  check(document);
  Problems problems;
  const auto tree = read_yaml(text, "fuzz.yaml", problems);
  require(document.ok() == problems.empty());
  if (tree) {  // also a tree without its refused parts
    check(read_registry(*tree, "fuzz.yaml"));
    check(read_signatures(*tree, "fuzz.yaml"));
  }
  return 0;
}
