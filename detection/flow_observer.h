// Why a flow is called what it is: everything that its identification rested on, told at the moment of the decision.
// Only for `replay --explain` and `signatures bench`, with one worker; no part of the hot path.
#pragma once

#include <span>

#include "detection/fact.h"
#include "signatures/identifier.h"

namespace ghostport {

struct FlowStory {
  FlowDetail detail;  ///< who, and what was decided
  Bytes said[2];      ///< by Side: the stream's first bytes, or the newest datagram
  std::span<const Bytes> datagrams[2];
  bool complete = false;                  ///< nothing would have been added
  std::span<const SignatureTrial> tried;  ///< every signature of which the expression matched
  Identification names;
};

class FlowObserver {
 public:
  virtual ~FlowObserver() = default;
  /// On the worker's thread; what the story views lives as long as the call. A flow that is decided anew is told again.
  virtual void decided(const FlowStory& story) = 0;
};

}  // namespace ghostport
