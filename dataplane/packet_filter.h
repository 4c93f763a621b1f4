// A filter in tcpdump's language (BPF), compiled by libpcap for each link type that comes.
// Made by the replay command; asked by CaptureFileSource for every packet, each reader's on its thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/packet.h"
#include "registry/problem.h"

struct bpf_program;

namespace ghostport {

class PacketFilter {
 public:
  static constexpr std::size_t kMostLinkTypes = 16;  ///< told apart in one capture

  /// The problem's column counts the expression's characters from 1; it stands where libpcap understands no further.
  [[nodiscard]] static Result<std::unique_ptr<PacketFilter>> compile(const std::string& expression);
  /// The same for one reader of one capture.
  [[nodiscard]] std::unique_ptr<PacketFilter> another() const;
  PacketFilter(const PacketFilter&) = delete;
  PacketFilter& operator=(const PacketFilter&) = delete;
  ~PacketFilter();

  enum class Answer : std::uint8_t {
    pass,
    drop,
    cannot_say,  ///< the expression has no meaning for the packet's link type: problem() says why
  };
  [[nodiscard]] Answer ask(const Packet& packet) noexcept;
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  struct Program;

  explicit PacketFilter(std::string expression);
  [[nodiscard]] const Program* program_for(std::uint16_t link_type) noexcept;

  std::string expression_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::string problem_;
};

}  // namespace ghostport
