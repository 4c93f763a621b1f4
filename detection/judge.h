// From what was seen of a flow and what its port expects to a verdict with its reasons. Pure functions: judge is called
// by the adjudicator, rule_on by inline workers. The decision table is a test.
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

/// The verdict without its words.
struct Ruling {
  Verdict verdict = Verdict::unrecognized;
  bool may_change = false;                ///< context that comes late could make it expected
  const Exception* allowed_by = nullptr;  ///< the operator's exception that decided
  const Exception* ended = nullptr;  ///< where none decided: the first that would have, were it not for its `until`
};

struct Judgement : Ruling {
  ServiceId service = ServiceId::none;  ///< that it is consistent with; no payload showed it
  Severity severity = Severity::none;
  std::vector<ExpectationResult> expectations;
  std::string reason;
  std::string exception;  ///< the operator's `why`, where an exception decided
};

/// The same verdict, as far as no context is known, for a worker: without allocation.
[[nodiscard]] Ruling rule_on(const Rules& rules, const FlowDetail& detail) noexcept;

[[nodiscard]] Judgement judge(const Rules& rules, const FlowDetail& detail, const FlowContext& context = {});

/// How an expectation is proven, in words: for `explain`, in the same terms that a reason uses.
[[nodiscard]] std::string proof_text(const Expectation& one);

}  // namespace ghostport
