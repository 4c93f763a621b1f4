// `replay --explain FLOW_ID`: why one flow is called what it is, and why nothing else.
// An observer of the one worker; its text is asked for when the replay is over.
#pragma once

#include <memory>
#include <string>

#include "detection/flow_observer.h"

namespace ghostport {

class FlowExplanation final : public FlowObserver {
 public:
  FlowExplanation(std::uint64_t flow_id, std::shared_ptr<const SignatureSet> set)
      : flow_id_(flow_id), set_(std::move(set)) {}

  void decided(const FlowStory& story) override;
  /// Empty where no such flow was decided. Of a flow that was decided twice, the last decision.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  [[nodiscard]] std::string side_text(const FlowStory& story, Side side) const;
  [[nodiscard]] std::string trial_text(const FlowStory& story, const SignatureTrial& trial) const;

  std::uint64_t flow_id_;
  std::shared_ptr<const SignatureSet> set_;
  std::string text_;
};

}  // namespace ghostport
