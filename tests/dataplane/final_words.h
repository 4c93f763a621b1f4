// What each flow of a replay comes to in the end, to compare two replays of the same conversations.
// Called by the metamorphic tests of the replayer and by tests/trials.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/detection/recording_sink.h"

namespace ghostport {

/// One text a flow, sorted: roles, ports, and the verdict, service and inner service of its last finding. Not which
/// side named the service: a preamble of more than 512 bytes in tiny segments spends the server's budget of packets.
[[nodiscard]] inline std::vector<std::string> final_words(const RecordingSink& sink) {
  std::map<std::string, std::string> last;
  for (const Finding& finding : sink.findings) {
    const FlowDetail& detail = finding.detail;
    std::string who = detail.address[0].text() + ' ' + std::to_string(detail.port[0]) + " > " +
                      detail.address[1].text() + ' ' + std::to_string(detail.port[1]);
    if (finding.probe || finding.count != 0) who += " (sum)";
    std::string& what = last[who + " #" + std::to_string(detail.start)];
    what = std::string(verdict_name(finding.judgement.verdict)) + ' ' + std::string(service_name(detail.service)) +
           " (" + std::string(service_name(detail.inner)) + ')';
  }
  std::vector<std::string> words;
  for (const auto& [who, what] : last) words.push_back(who + ": " + what);
  return words;
}

/// Some finding says that its bytes may be read in more than one way: which they are may rest on their order.
[[nodiscard]] inline bool any_flagged(const RecordingSink& sink) {
  return std::any_of(sink.findings.begin(), sink.findings.end(),
                     [](const Finding& finding) { return finding.detail.anomalies != 0; });
}

}  // namespace ghostport
