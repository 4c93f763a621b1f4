// Damaged packets: each packet of each case cut at each byte, as by a snap length and as sent so, and each of its
// header bits flipped, every time with the packets around it through the whole detector, each frame in a heap block of
// exactly its size. Usage: mutate [--cases N] FOLDER. The sanitizers judge; without them it shows crashes and hangs
// only.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/capture_file.h"
#include "dataplane/worker.h"
#include "detection/adjudicator.h"
#include "detection/finding_json.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace {

constexpr std::size_t kSmallCase = 12;       // packets; of a larger one only the neighbours of the damaged one are sent
constexpr std::uintmax_t kSmallFile = 1500;  // bytes of a capture that may be one of a sample
constexpr std::size_t kFirst = 4;            // and the first ones, which may be a handshake
constexpr std::size_t kNeighbours = 4;       // on each side
constexpr std::uint32_t kUnparsedBits = 96;  // bytes that may be headers where the parser found none

/// A packet as its source gave it, its bytes in a block of their own.
struct Frame {
  Frame(const Packet& from, std::uint32_t captured, std::uint32_t on_the_wire)
      : bytes(std::make_unique<std::uint8_t[]>(captured)), packet(from) {
    std::memcpy(bytes.get(), from.data, captured);
    packet.data = bytes.get();
    packet.captured = captured;
    packet.length = on_the_wire;
  }
  std::unique_ptr<std::uint8_t[]> bytes;
  Packet packet;
};

/// Writes every record, as an output would.
class WritingSink : public FindingSink {
 public:
  explicit WritingSink(const Rules& rules) : context_{&rules, "mutate.pcap"} {}
  void finding(const Finding& finding) override { check(write_finding(line_, finding, context_)); }
  void flow(const FlowDetail& detail) override { check(write_flow(line_, detail, context_)); }

 private:
  static void check(std::string_view record) {
    if (record.empty() || record.size() > kMostRecordBytes) throw std::runtime_error("a record out of its bounds");
  }
  RecordContext context_;
  JsonLine line_;
};

/// Tracker, detector and adjudicator on one thread; each run is a capture of its own.
class Pipeline {
 public:
  explicit Pipeline(const std::shared_ptr<const Rules>& rules)
      : sink_(*rules),
        ring_(8192),
        adjudicator_(rules, {&ring_}, sink_),
        tracker_(rules, ring_, bell_, WhenFull::wait, [this] { adjudicator_.run_once(); }) {}

  void run(const std::vector<const Frame*>& frames) {
    tracker_.begin(1);
    adjudicator_.begin();
    Tick tick;
    for (std::size_t begin = 0; begin < frames.size();) {
      auto batch = std::make_unique<PacketBatch>();
      for (; batch->count < PacketBatch::kMost && begin < frames.size(); ++begin) {
        batch->packets[batch->count++] = frames[begin]->packet;
        tick.stamp = frames[begin]->packet.at.stamp;
        tick.number = frames[begin]->packet.at.number;
      }
      tracker_.track(*batch);
      tick.end = begin == frames.size();
      tracker_.settle(tick);
    }
    while (adjudicator_.run_once()) {
    }
  }

 private:
  WritingSink sink_;
  FactRing ring_;
  Bell bell_;
  Adjudicator adjudicator_;
  FlowTracker tracker_;
};

std::vector<Frame> read_case(const std::string& path) {
  std::vector<Frame> frames;
  CaptureFileSource source;
  if (!source.open(path)) throw std::runtime_error(path + ' ' + source.problem());
  Packet packet;
  while (source.read(&packet, 1) == 1) frames.emplace_back(packet, packet.captured, packet.length);
  return frames;
}

/// Where the payload begins, or what may be headers.
std::uint32_t header_bytes(const Frame& frame) {
  Packet packet = frame.packet;
  Counters counters;
  parse_packet(packet, counters);
  return std::min(packet.captured, packet.kind == PacketKind::none ? kUnparsedBits : packet.payload_offset);
}

class Trial {
 public:
  Trial() : pipeline_(rules()) {}

  void damage(const std::string& path) {
    const std::vector<Frame> frames = read_case(path);
    for (std::size_t damaged = 0; damaged < frames.size(); ++damaged) {
      std::vector<const Frame*> sent;
      std::size_t place = 0;
      for (std::size_t i = 0; i < frames.size(); ++i) {
        if (frames.size() > kSmallCase && i >= kFirst && (i + kNeighbours < damaged || i > damaged + kNeighbours))
          continue;
        if (i == damaged) place = sent.size();
        sent.push_back(&frames[i]);
      }
      const Packet& whole = frames[damaged].packet;
      for (std::uint32_t bytes = 0; bytes < whole.captured; ++bytes) {
        run(sent, place, Frame(whole, bytes, whole.length));
        run(sent, place, Frame(whole, bytes, bytes));
      }
      for (std::uint32_t bit = 0; bit < 8 * header_bytes(frames[damaged]); ++bit) {
        Frame flipped(whole, whole.captured, whole.length);
        flipped.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        run(sent, place, flipped);
      }
    }
  }

  [[nodiscard]] std::uint64_t packets() const { return packets_; }
  [[nodiscard]] std::uint64_t runs() const { return runs_; }

 private:
  static std::shared_ptr<const Rules> rules() {
    const auto rules = rules_watching("all");
    rules->flow_records = rules->log_expected = true;
    rules->flow_limit = 64;
    return rules;
  }

  void run(std::vector<const Frame*>& sent, std::size_t place, const Frame& damaged) {
    const Frame* whole = std::exchange(sent[place], &damaged);
    pipeline_.run(sent);
    sent[place] = whole;
    ++runs_;
    packets_ += sent.size();
  }

  Pipeline pipeline_;
  std::uint64_t packets_ = 0;
  std::uint64_t runs_ = 0;
};

int run(int count, char** arguments) {
  std::vector<std::string> cases;
  std::size_t wanted = 0;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--cases") == 0 && i + 1 < count) {
      wanted = std::stoul(arguments[++i]);
      continue;
    }
    if (!std::filesystem::is_directory(arguments[i])) {
      cases.emplace_back(arguments[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[i])) {
      if (entry.path().extension() == ".pcap") cases.push_back(entry.path());
    }
  }
  if (cases.empty()) throw std::runtime_error("no captures");
  std::sort(cases.begin(), cases.end());
  if (wanted == 0) {
    wanted = cases.size();
  } else {
    std::erase_if(cases, [](const std::string& path) { return std::filesystem::file_size(path) > kSmallFile; });
    if (cases.size() < wanted) throw std::runtime_error("too few small captures");
  }
  Trial trial;
  for (std::size_t i = 0; i < wanted; ++i) trial.damage(cases[i * cases.size() / wanted]);  // spread evenly
  std::printf("%zu cases, %llu damaged packets, %llu packets in all\n", wanted,
              static_cast<unsigned long long>(trial.runs()), static_cast<unsigned long long>(trial.packets()));
  return 0;
}

}  // namespace
}  // namespace ghostport

int main(int count, char** arguments) {
  try {
    return ghostport::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mutate: %s\n", error.what());
    return 2;
  }
}
