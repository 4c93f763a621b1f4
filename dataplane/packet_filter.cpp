#include "dataplane/packet_filter.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <utility>

#include "dataplane/capture_format.h"

namespace ghostport {
namespace {

/// libpcap's own number of a link type: it differs from that in files for a few.
int dlt_of(std::uint16_t link_type) {
  switch (link_type) {
    case 100: return DLT_ATM_RFC1483;
    case 101: return DLT_RAW;
    case 106: return DLT_ATM_CLIP;
    default: return link_type;
  }
}

/// Empty where the expression was compiled, else libpcap's words.
std::string compile_for(std::uint16_t link_type, const std::string& expression, bpf_program& program) {
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> handle(
      ::pcap_open_dead(dlt_of(link_type), static_cast<int>(kMostCaptured)), ::pcap_close);
  if (handle == nullptr) return "libpcap does not know the link type";
  constexpr int kOptimize = 1;
  if (::pcap_compile(handle.get(), &program, expression.c_str(), kOptimize, PCAP_NETMASK_UNKNOWN) == 0) return {};
  return ::pcap_geterr(handle.get());
}

std::string fault_for(std::uint16_t link_type, const std::string& expression) {
  bpf_program program{};
  std::string fault = compile_for(link_type, expression, program);
  ::pcap_freecode(&program);
  return fault;
}

/// Where the longest part from the beginning ends that means something by itself. libpcap does not say where it
/// stopped.
unsigned column_of_fault(std::uint16_t link_type, const std::string& expression) {
  constexpr unsigned kMostTrials = 64;
  unsigned trials = 0;
  for (std::size_t end = expression.find_last_of(" \t()"); end != std::string::npos && end != 0 && trials < kMostTrials;
       end = expression.find_last_of(" \t()", end - 1), ++trials) {
    const std::string part = expression.substr(0, end);
    if (part.find_first_not_of(" \t") == std::string::npos) break;
    if (!fault_for(link_type, part).empty()) continue;
    const std::size_t next = expression.find_first_not_of(" \t", end);
    return static_cast<unsigned>(std::min(next, expression.size())) + 1;
  }
  return static_cast<unsigned>(std::min(expression.find_first_not_of(" \t"), expression.size())) + 1;
}

}  // namespace

struct PacketFilter::Program {
  std::uint16_t link_type = 0;
  bpf_program code{};

  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { ::pcap_freecode(&code); }
};

PacketFilter::PacketFilter(std::string expression) : expression_(std::move(expression)) {}
PacketFilter::~PacketFilter() = default;

Result<std::unique_ptr<PacketFilter>> PacketFilter::compile(const std::string& expression) {
  // Some words have a meaning on some links only (wlan, inbound): one link is enough here.
  constexpr std::uint16_t kTried[] = {kLinkEthernet, 101, 113, 105, 127, 9, 0};
  const std::string fault = fault_for(kLinkEthernet, expression);
  const bool has_meaning = fault.empty() || std::any_of(std::begin(kTried), std::end(kTried), [&](std::uint16_t one) {
                             return fault_for(one, expression).empty();
                           });
  if (has_meaning) return std::unique_ptr<PacketFilter>(new PacketFilter(expression));
  return Problem{{}, 1, column_of_fault(kLinkEthernet, expression), fault};
}

std::unique_ptr<PacketFilter> PacketFilter::another() const {
  return std::unique_ptr<PacketFilter>(new PacketFilter(expression_));
}

const PacketFilter::Program* PacketFilter::program_for(std::uint16_t link_type) noexcept {
  if (programs_.size() == kMostLinkTypes) {
    problem_ = "more than " + std::to_string(kMostLinkTypes) + " link types are too many for -f";
    return nullptr;
  }
  auto program = std::make_unique<Program>();
  program->link_type = link_type;
  const std::string fault = compile_for(link_type, expression_, program->code);
  if (!fault.empty()) {
    problem_ = "the filter has no meaning for link type " + std::to_string(link_type) + ": " + fault;
    return nullptr;
  }
  programs_.push_back(std::move(program));
  return programs_.back().get();
}

PacketFilter::Answer PacketFilter::ask(const Packet& packet) noexcept {
  const Program* program = nullptr;
  for (const auto& one : programs_) {
    if (one->link_type == packet.link_type) program = one.get();
  }
  if (program == nullptr) program = program_for(packet.link_type);
  if (program == nullptr) return Answer::cannot_say;
  pcap_pkthdr header{};
  header.caplen = packet.captured;
  header.len = packet.length;
  return ::pcap_offline_filter(&program->code, &header, packet.data) != 0 ? Answer::pass : Answer::drop;
}

}  // namespace ghostport
