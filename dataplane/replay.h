// Replays captures through the pipeline: N workers, each of which reads the capture and takes the packets of its
// address pairs, and one adjudicator, at which whoever has got furthest works. The calling thread is the first
// worker's. Called by the replay and test commands.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/packet_filter.h"
#include "dataplane/pipeline_summary.h"
#include "detection/finding.h"
#include "detection/rules.h"

namespace ghostport {

/// How far one file was read.
struct ReadOutcome {
  std::string path;
  bool complete = true;
  std::string problem;             ///< why not, with the byte at which reading stopped
  std::uint64_t packets = 0;       ///< of the file, as far as it was read
  std::uint64_t filtered_out = 0;  ///< of these
  std::uint64_t bytes = 0;         ///< of the file, compressed where it is
};

class Replay {
 public:
  /// Throws std::bad_alloc where tables cannot be had. `workers` from 1 to 64.
  Replay(std::shared_ptr<const Rules> rules, unsigned workers, FindingSink& sink);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  /// Is told why each flow is called what it is. With one worker only.
  void observe(FlowObserver& observer) noexcept;

  /// Called behind every batch with the bytes of the file read so far and its size (0: unknown).
  using Progress = std::function<void(std::uint64_t done, std::uint64_t size)>;

  /// Reads one capture ("-": standard input) to its end: a world of its own. All its findings have gone to the sink on
  /// return. Packets that do not pass the filter are left out and keep their numbers.
  ReadOutcome run(const std::string& path, const Progress& progress = {}, const PacketFilter* filter = nullptr);

  [[nodiscard]] PipelineSummary summary() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ghostport
