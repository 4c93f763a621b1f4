// `signatures bench`: how often each signature's expression matches flows that are not its own, and what its check
// costs. An observer of the one worker, which keeps what flows said; its table is asked for at the end.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "detection/flow_observer.h"

namespace ghostport {

class SignatureCosts final : public FlowObserver {
 public:
  explicit SignatureCosts(std::shared_ptr<const SignatureSet> set);

  void decided(const FlowStory& story) override;
  /// The examples of all signatures, as if each were a flow.
  void add_examples();
  /// One line a signature, the costliest first, and a line for all.
  [[nodiscard]] std::string text();

 private:
  struct Sample {
    Transport transport = Transport::tcp;
    Side side = Side::client;
    std::vector<std::uint8_t> bytes;  ///< the stream's first bytes, or all datagrams
    std::vector<std::size_t> ends;    ///< UDP: of the datagrams
    ServiceId service = ServiceId::none;
  };
  struct Row {
    std::uint64_t own = 0;              ///< samples of its service that it matched
    std::uint64_t foreign = 0;          ///< samples of other services, or of none, that its expression matched
    std::uint64_t foreign_samples = 0;  ///< that it was tried on
    std::map<ServiceId, std::uint64_t> foreign_of;  ///< those, by what they are; none: unnamed
    double check_nanoseconds = 0;                   ///< of its check on all samples that its expression matched
  };

  void add(Sample sample) { samples_.push_back(std::move(sample)); }
  void measure(const Sample& sample, Scanner& scanner);

  std::shared_ptr<const SignatureSet> set_;
  std::vector<Sample> samples_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> of_flow_;  // a flow decided anew replaces its samples
  std::vector<Row> rows_;
  double scan_nanoseconds_ = 0;
};

}  // namespace ghostport
