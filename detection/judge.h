// From what was seen of a flow and what its port expects to a verdict with its reasons. A pure function, called by the
// adjudicator; its decision table is a test.
#pragma once

#include <string>
#include <vector>

#include "detection/context.h"
#include "detection/fact.h"
#include "detection/rules.h"

namespace ghostport {

/// One expectation of the port and why it does not hold here; `failed` is empty where it holds or nothing could test
/// it.
struct ExpectationResult {
  const Expectation* expectation = nullptr;
  std::string failed;
};

struct Judgement {
  Verdict verdict = Verdict::unrecognized;
  ServiceId service = ServiceId::none;  ///< that it is consistent with; no payload showed it
  bool may_change = false;              ///< context that comes late could make it expected
  Severity severity = Severity::none;
  std::vector<ExpectationResult> expectations;
  std::string reason;
  std::string exception;                  ///< the operator's `why`, where an exception decided
  const Exception* allowed_by = nullptr;  ///< that exception
  const Exception* ended = nullptr;  ///< where none decided: the first that would have, were it not for its `until`
};

[[nodiscard]] Judgement judge(const Rules& rules, const FlowDetail& detail, const FlowContext& context = {});

/// How an expectation is proven, in words: for `explain`, in the same terms that a reason uses.
[[nodiscard]] std::string proof_text(const Expectation& one);

}  // namespace ghostport
