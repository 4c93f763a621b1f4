// Packets of a pcapng file: sections of either byte order, interfaces with their own link types, snap lengths and
// clocks, enhanced, simple and obsolete packet blocks; every other block is skipped.
// Called by CaptureFileSource on the thread that reads the capture.
#pragma once

#include <vector>

#include "dataplane/capture_format.h"

namespace ghostport {

class PcapngReader {
 public:
  static constexpr std::uint32_t kMagic = 0x0A0D0D0A;
  static constexpr std::size_t kMostInterfaces = 65'536;  ///< of one section: 1 MiB

  /// Reads the header of the first section. False: the problem says why.
  bool open(FileBytes& bytes, std::string& problem);
  /// The packet `number`; its data lies in `bytes`. A simple packet block has no time: the packet gets that of the last
  /// one that has.
  ReadStep next(FileBytes& bytes, std::uint64_t number, Packet& packet, std::string& problem) noexcept;

 private:
  struct Interface {
    std::uint16_t link_type = 0;
    std::uint32_t snap_length = 0;
    std::uint64_t units = 1'000'000;  ///< of its clock in a second
    std::int64_t offset = 0;          ///< seconds
  };
  struct Block {
    std::uint32_t type = 0;
    std::uint32_t length = 0;  ///< with both lengths and the type
    std::uint64_t offset = 0;
    std::uint64_t number = 0;  ///< of the packet to come
    std::uint32_t left = 0;    ///< of its body
  };

  ReadStep stop(const FileBytes& bytes, const Block& block, const std::string& what, std::string& problem) const;
  ReadStep short_input(const FileBytes& bytes, const Block& block, std::string& problem) const;
  ReadStep begin_block(FileBytes& bytes, Block& block, std::string& problem);
  ReadStep end_block(FileBytes& bytes, const Block& block, std::string& problem);
  ReadStep section(FileBytes& bytes, Block& block, std::string& problem);
  ReadStep interface(FileBytes& bytes, Block& block, std::string& problem);
  ReadStep options(FileBytes& bytes, Block& block, Interface& one, std::string& problem);
  ReadStep packet(FileBytes& bytes, const Block& block, Packet& packet, std::string& problem);
  [[nodiscard]] static std::int64_t time_of(const Interface& one, std::uint64_t units) noexcept;

  ByteOrder order_;
  std::vector<Interface> interfaces_;
  std::int64_t last_time_ = 0;
};

}  // namespace ghostport
