// The same conversations, seen differently: every TCP flow of the captures, one at a time, in smaller segments, other
// orders and copies, must come to the same verdict, service and roles, unless a finding says itself that they may be
// read in several ways. Usage: reshape [--every N] [--pcaps FOLDER] FILE...; prints each flow that does not, and exits
// with 1.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>

#include "dataplane/replay.h"
#include "tests/dataplane/capture_rewriter.h"
#include "tests/dataplane/final_words.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace {

constexpr std::uint64_t kCutBytes = 65'536;  // of a direction: sixteen times what is read for identification

constexpr std::size_t kLongFlow = 10'000;  // packets of a flow that is not searched for contradictions

struct Way {
  const char* name;
  Frames (*rewrite)(const Frames&, std::uint64_t seed);
};

Frames one_byte(const Frames& frames) {
  return in_pieces(
      frames, [] { return 1U; }, kCutBytes);
}

const Way kWays[] = {
    {"one-byte segments", [](const Frames& frames, std::uint64_t) { return one_byte(frames); }},
    {"random splits",
     [](const Frames& frames, std::uint64_t seed) { return in_random_splits(frames, 1460, seed, kCutBytes); }},
    {"another order", [](const Frames& frames, std::uint64_t seed) { return in_random_order(frames, seed); }},
    {"random splits in another order",
     [](const Frames& frames, std::uint64_t seed) {
       return in_random_order(in_random_splits(frames, 1460, seed, kCutBytes), seed + 1);
     }},
    {"one-byte segments in another order",
     [](const Frames& frames, std::uint64_t seed) { return in_random_order(one_byte(frames), seed); }},
    {"every packet twice", [](const Frames& frames, std::uint64_t) { return with_copies(frames); }},
    {"random splits in another order, every packet twice",
     [](const Frames& frames, std::uint64_t seed) {
       return with_copies(in_random_order(in_random_splits(frames, 1460, seed, kCutBytes), seed + 1));
     }},
};

class Trial {
 public:
  Trial() : replay_(rules(), 1, sink_) {}

  void all_ways(const std::string& name, const Frames& frames) {
    const std::vector<std::string> expected = words_of(frames);
    if (any_flagged(sink_) || (frames.size() < kLongFlow && contradicts_itself(frames))) {
      ++flagged_;
      return;
    }
    ++flows_;
    for (const Way& way : kWays) {
      const std::vector<std::string> actual = words_of(way.rewrite(frames, mix(flows_, 1)));
      if (actual == expected) continue;
      ++differences_;
      std::printf("%s, %s:\n", name.c_str(), way.name);
      for (const std::string& word : expected) std::printf("  whole:     %s\n", word.c_str());
      for (const std::string& word : actual) std::printf("  reshaped:  %s\n", word.c_str());
    }
  }

  [[nodiscard]] std::size_t flows() const { return flows_; }
  [[nodiscard]] std::size_t flagged() const { return flagged_; }
  [[nodiscard]] std::size_t differences() const { return differences_; }

 private:
  static std::shared_ptr<const Rules> rules() {
    const auto rules = rules_watching("all");
    rules->log_expected = true;
    rules->flow_limit = 10'000;
    return rules;
  }

  std::vector<std::string> words_of(const Frames& frames) {
    sink_.clear();
    const TemporaryFile file(pcap_of(frames));
    const ReadOutcome outcome = replay_.run(file.path());
    if (!outcome.complete) throw std::runtime_error(outcome.problem);
    return final_words(sink_);
  }

  RecordingSink sink_;
  Replay replay_;
  std::size_t flows_ = 0;
  std::size_t flagged_ = 0;  // left out
  std::size_t differences_ = 0;
};

/// The TCP conversations of a capture in the order of their first packets, each with the ICMP errors about it.
std::vector<Frames> flows_of(const Frames& frames) {
  std::vector<Frames> flows;
  std::map<std::string, std::size_t> places;
  for (const RewrittenFrame& frame : frames) {
    const Packet packet = parsed(frame);
    if (packet.kind == PacketKind::none || packet.key.transport != Transport::tcp) continue;
    std::string key;
    for (Direction i = 0; i < 2; ++i) key += packet.key.end(i).text() + ' ' + std::to_string(packet.key.port[i]) + ' ';
    const auto [place, is_new] = places.emplace(key, flows.size());
    if (is_new) flows.emplace_back();
    flows[place->second].push_back(frame);
  }
  return flows;
}

bool has_data(const Frames& frames) { return std::any_of(frames.begin(), frames.end(), may_be_cut); }

int run(int count, char** arguments) {
  std::size_t every = 1;
  Trial trial;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--every") == 0 && i + 1 < count) {
      every = std::stoul(arguments[++i]);
      continue;
    }
    if (std::strcmp(arguments[i], "--pcaps") == 0 && i + 1 < count) {  // whole cases, not flow by flow
      for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[++i])) {
        if (entry.path().extension() != ".pcap") continue;
        const Frames frames = read_frames(entry.path());
        if (has_data(frames)) trial.all_ways(entry.path(), frames);
      }
      continue;
    }
    std::size_t number = 0;
    for (const Frames& flow : flows_of(read_frames(arguments[i]))) {
      if (number++ % every != 0 || !has_data(flow)) continue;
      const Packet first = parsed(flow.front());
      trial.all_ways(std::string(arguments[i]) + ' ' + first.key.end(0).text() + " - " + first.key.end(1).text(), flow);
    }
  }
  std::printf("%zu conversations in %zu ways, %zu differences; %zu ambiguous ones left out\n", trial.flows(),
              std::size(kWays), trial.differences(), trial.flagged());
  return trial.differences() != 0 || trial.flows() == 0 ? 1 : 0;
}

}  // namespace
}  // namespace ghostport

int main(int count, char** arguments) {
  try {
    return ghostport::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reshape: %s\n", error.what());
    return 2;
  }
}
