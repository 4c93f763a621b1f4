// An EVE record, as docs/ghostport-record.schema.json describes it, written into a fixed buffer of the caller's.
// Called for each finding and flow record, by whoever runs the adjudicator.
#pragma once

#include <cstddef>
#include <string_view>

#include "detection/finding.h"
#include "detection/json_line.h"
#include "detection/rules.h"

namespace ghostport {

inline constexpr std::size_t kMostRecordBytes = 4096;  ///< the contract's bound, without the line break

/// What a record says that no finding knows.
struct RecordContext {
  const Rules* rules = nullptr;
  std::string_view pcap_filename;  ///< empty: not a file
  bool blocks = false;             ///< inline: a flow that is `unexpected` was blocked
};

/// Its flow was blocked.
[[nodiscard]] bool is_blocked(const Finding& finding, const RecordContext& context) noexcept;

/// Each returns a view into `line`, at most kMostRecordBytes long: where more would be said, `tried` and then
/// `expected` lose their ends, and `tried_left_out`, `expected_left_out` count what is gone.
std::string_view write_finding(JsonLine& line, const Finding& finding, const RecordContext& context);
/// The same finding as an alert, for all that raises nothing else; empty where its severity calls for none.
std::string_view write_alert(JsonLine& line, const Finding& finding, const RecordContext& context);
std::string_view write_flow(JsonLine& line, const FlowDetail& detail, const RecordContext& context);

}  // namespace ghostport
