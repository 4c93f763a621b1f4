// What `registry list` prints: every claim and expectation, and where it was written. Called by that command on the
// main thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "registry/registry.h"

namespace ghostport {

/// The built-in registry and the user's includes, each by itself and all of them merged.
class RegistryListing {
 public:
  RegistryListing();
  void add_include(const std::string& path, std::vector<PortEntry> entries);
  /// Only these ports (empty: all), and perhaps only ghosts.
  void restrict_to(std::vector<WatchList::Item> ports, bool ghost);

  [[nodiscard]] std::string table() const;
  [[nodiscard]] std::string tsv() const;   ///< a header, then a line for each claim and each expectation
  [[nodiscard]] std::string json() const;  ///< an object on a line for each port, with the keys of an include

 private:
  struct Row;

  [[nodiscard]] bool wanted(const PortEntry& entry) const;
  [[nodiscard]] std::vector<Row> rows() const;
  template <class Said>
  [[nodiscard]] std::string origin(const PortEntry& entry, Said said) const;

  Registry merged_;
  std::vector<std::pair<std::string, Registry>> sources_;
  std::vector<WatchList::Item> ports_;
  bool ghost_ = false;
};

}  // namespace ghostport
