// The findings of a replay as a table for people: the worst first, each with a display filter for Wireshark.
// Filled by whoever runs the adjudicator, printed on the main thread when nobody does any more.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "detection/finding.h"
#include "sensor/terminal.h"

namespace ghostport {

class FindingTable {
 public:
  static constexpr std::size_t kMostRows = 1000;  ///< kept; the worst ones, what is left out is counted

  void add(const Finding& finding, std::string_view file);

  /// Every finding in a row of its own where they fit on the screen (50 lines where its height is not known); else one
  /// row for all that agree in severity, verdict, service, port and server, with exact counts. `name_files` says where
  /// each came from. Reasons are cut to the screen's width where that is known.
  [[nodiscard]] std::string text(const Screen& screen, bool name_files) const;

 private:
  /// What findings of one row have in common, the worst first.
  struct Key {
    int rank = 0;  // severity from above, then the verdict
    std::string service;
    std::string port;
    std::string server;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Row {
    Severity severity = Severity::none;
    Verdict verdict = Verdict::expected;
    std::string client;
    std::string client_address;
    bool many_clients = false;
    std::uint64_t findings = 0;
    std::uint64_t flows = 0;
    std::int64_t first = 0;
    std::string reason;
    std::string filter;         // of the first finding
    std::string server_filter;  // without the client; empty where one client is all they have in common
    std::string file;
  };
  using Entry = std::pair<Key, Row>;

  [[nodiscard]] static std::string where_found(const Row& row, bool name_file);
  void add_to_group(const Key& key, const Row& row);
  [[nodiscard]] std::vector<Entry> rows_for(const Screen& screen) const;

  std::vector<Entry> single_;  // the first ones, as they came
  std::map<Key, Row> groups_;
  std::uint64_t findings_ = 0;
  std::uint64_t left_out_ = 0;  // findings in no group
};

}  // namespace ghostport
