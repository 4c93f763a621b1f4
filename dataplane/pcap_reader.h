// Records of a classic pcap file: micro- or nanoseconds, either byte order, versions 2.0 to 2.4, and the modified
// format of Kuznetzov's patch. Called by CaptureFileSource on the thread that reads the capture.
#pragma once

#include "dataplane/capture_format.h"

namespace ghostport {

class PcapReader {
 public:
  /// Does such a file begin with these bytes, read in this machine's order?
  [[nodiscard]] static bool knows(std::uint32_t magic) noexcept;

  /// Reads the file header. False: the problem says why.
  bool open(FileBytes& bytes, std::string& problem);
  /// The packet `number`; its data lies in `bytes`.
  ReadStep next(FileBytes& bytes, std::uint64_t number, Packet& packet, std::string& problem) noexcept;

 private:
  enum class Lengths : std::uint8_t { in_order, exchanged, larger_first };

  ReadStep stop(const FileBytes& bytes, const std::string& what, std::string& problem) const;

  ByteOrder order_;
  std::uint32_t record_header_ = 16;
  std::int64_t fraction_ = 1000;  // nanoseconds in a unit of the record's second field
  std::uint16_t link_type_ = kLinkEthernet;
  std::uint32_t snap_length_ = kMostCaptured;
  std::uint32_t most_recorded_ = kMostCaptured;
  Lengths lengths_ = Lengths::in_order;
  std::uint64_t to_skip_ = 0;  // of the last record, behind what was looked at
};

}  // namespace ghostport
