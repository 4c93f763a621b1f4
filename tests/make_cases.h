// The generated cases: captures built packet by packet, each beside the findings that must come out of it.
// Written into the repository by make_cases; `ghostport test` reads them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/packet_builder.h"

namespace ghostport::cases {

struct Case {
  std::string name;                 ///< of the folder and its capture, lower case and hyphens
  std::string why;                  ///< one sentence
  std::vector<std::string> expect;  ///< each the inside of a YAML flow mapping: "verdict: probe, asked: dns"
  std::string config{};             ///< a YAML flow mapping, empty for the defaults
  packets::PcapFormat format{};
  std::string awaits{};  ///< what this version misses to pass it
};

/// Writes one folder per case.
class CaseBook {
 public:
  explicit CaseBook(std::filesystem::path folder, std::string built_from = "built from the protocols' specifications")
      : folder_(std::move(folder)), built_from_(std::move(built_from)) {}
  /// Throws where the folder was written before in this run or the capture is 64 KiB or more.
  void add(const packets::Capture& capture, const Case& what);
  [[nodiscard]] std::size_t cases() const { return names_.size(); }

 private:
  std::filesystem::path folder_;
  std::string built_from_;
  std::vector<std::string> names_;
};

/// Names a packet, counted from 1, as the evidence that an expectation must bear.
[[nodiscard]] inline std::string at_packet(std::size_t number) { return ", packet: " + std::to_string(number); }

// Named services: who answered what, in which direction, behind which headers.
void add_service_cases(CaseBook& book);
// Bytes that arrive in an unkind way: segments, overlaps, checksums, copies, VLAN tags, holes.
void add_stream_cases(CaseBook& book);
// Ports that say nothing, or nobody who answers: probes, listeners, one-way datagrams.
void add_silence_cases(CaseBook& book);
// Flows that begin before the capture, sleep, close, or come back.
void add_lifetime_cases(CaseBook& book);
// What the operator declared, and services that have their place in the range.
void add_policy_cases(CaseBook& book);

}  // namespace ghostport::cases
