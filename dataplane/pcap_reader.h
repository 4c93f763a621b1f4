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
  /// The next packet, where it is a record as nearly all are and lies in the window; else false, and next() is to say.
  [[nodiscard]] bool take_usual(FileBytes& bytes, Packet& packet) noexcept {
    const std::uint8_t* const at = bytes.at();
    const std::size_t ahead = bytes.ahead();
    if (ahead < kUsualHeader || !usual_ || to_skip_ != 0) [[unlikely]]
      return false;
    std::uint32_t words[4];
    std::memcpy(words, at, sizeof words);
    const std::uint32_t recorded = words[2];
    if (recorded > most_usual_ || ahead - kUsualHeader < recorded) [[unlikely]]
      return false;
    packet.data = at + kUsualHeader;
    packet.captured = recorded;
    packet.length = std::max(recorded, words[3]);
    packet.link_type = link_type_;
    packet.at.true_time =
        static_cast<std::int64_t>(words[0]) * kSecond + static_cast<std::int64_t>(words[1]) * fraction_;
    bytes.pass(kUsualHeader + std::size_t{recorded});
    return true;
  }
  /// The packet `number`; its data lies in `bytes`.
  ReadStep next(FileBytes& bytes, std::uint64_t number, Packet& packet, std::string& problem) noexcept;

 private:
  enum class Lengths : std::uint8_t { in_order, exchanged, larger_first };

  ReadStep stop(const FileBytes& bytes, const std::string& what, std::string& problem) const;

  static constexpr std::size_t kUsualHeader = 16;

  bool usual_ = false;  // this machine's byte order, and records as version 2.4 has them
  ByteOrder order_;
  std::uint32_t record_header_ = 16;
  std::int64_t fraction_ = 1000;  // nanoseconds in a unit of the record's second field
  std::uint16_t link_type_ = kLinkEthernet;
  std::uint32_t snap_length_ = kMostCaptured;
  std::uint32_t most_recorded_ = kMostCaptured;
  std::uint32_t most_usual_ = 0;  // recorded bytes that are all looked at
  Lengths lengths_ = Lengths::in_order;
  std::uint64_t to_skip_ = 0;  // of the last record, behind what was looked at
};

}  // namespace ghostport
