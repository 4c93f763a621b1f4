#include "dataplane/pcapng_reader.h"

namespace ghostport {
namespace {

// Blocks and options: draft-ietf-opsawg-pcapng.
constexpr std::uint32_t kInterface = 1;
constexpr std::uint32_t kObsoletePacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
constexpr std::uint16_t kEndOfOptions = 0;
constexpr std::uint16_t kTimeResolution = 9;
constexpr std::uint16_t kTimeOffset = 14;
constexpr std::uint32_t kBlockHeader = 8;   // type and length
constexpr std::uint32_t kBlockTrailer = 4;  // the length again
constexpr std::uint32_t kLeastBlock = kBlockHeader + kBlockTrailer;
/// The largest packet block: a whole packet, and room for comments and other options.
constexpr std::uint32_t kMostPacketBlock = kMostCaptured + 64U * 1024;

bool is_packet(std::uint32_t type) noexcept {
  return type == kEnhancedPacket || type == kSimplePacket || type == kObsoletePacket;
}

/// Units in a second by an if_tsresol byte; 0 where the resolution is finer than 64 bits can count.
std::uint64_t units_of(std::uint8_t resolution) noexcept {
  const unsigned exponent = resolution & 0x7FU;
  if ((resolution & 0x80U) != 0) return exponent < 64 ? std::uint64_t{1} << exponent : 0;
  if (exponent > 19) return 0;
  std::uint64_t units = 1;
  for (unsigned i = 0; i < exponent; ++i) units *= 10;
  return units;
}

}  // namespace

ReadStep PcapngReader::stop(const FileBytes& bytes, const Block& block, const std::string& what,
                            std::string& problem) const {
  problem = what + bytes.place(block.offset);
  return ReadStep::broken;
}

ReadStep PcapngReader::short_input(const FileBytes& bytes, const Block& block, std::string& problem) const {
  const std::string number = std::to_string(block.number);
  return stop(bytes, block,
              is_packet(block.type)  ? "ends inside packet " + number
              : block.type == kMagic ? std::string("ends inside a section header")
                                     : "ends inside a block before packet " + number,
              problem);
}

bool PcapngReader::open(FileBytes& bytes, std::string& problem) {
  interfaces_.clear();
  last_time_ = 0;
  Block block;
  block.number = 1;
  return begin_block(bytes, block, problem) == ReadStep::packet && section(bytes, block, problem) == ReadStep::packet;
}

/// Type and length of the next block, in the order of its section; `packet` where it may be read on.
ReadStep PcapngReader::begin_block(FileBytes& bytes, Block& block, std::string& problem) {
  block.offset = bytes.offset();
  const std::uint8_t* at = bytes.need(kBlockHeader);
  if (at == nullptr) {
    if (bytes.at_end()) return ReadStep::end;
    return stop(bytes, block, "ends inside the header of a block", problem);
  }
  block.type = order_.get32(at);
  if (block.type == kMagic) {  // the same in both orders; which one it is stands behind the length
    at = bytes.need(kBlockHeader + 4);
    if (at == nullptr) return short_input(bytes, block, problem);
    order_.swapped = false;
    order_.swapped = order_.get32(at + 8) != kByteOrderMagic;
    if (order_.get32(at + 8) != kByteOrderMagic) {
      return stop(bytes, block, "has a section header without a byte order", problem);
    }
  }
  block.length = order_.get32(at + 4);
  if (block.length < kLeastBlock || block.length % 4 != 0) {
    return stop(bytes, block, "has a block of impossible length " + std::to_string(block.length), problem);
  }
  block.left = block.length - kLeastBlock;
  return ReadStep::packet;
}

/// Behind the body: the length must stand there once more.
ReadStep PcapngReader::end_block(FileBytes& bytes, const Block& block, std::string& problem) {
  if (!bytes.skip(block.left)) return short_input(bytes, block, problem);
  const std::uint8_t* at = bytes.need(kBlockTrailer);
  if (at == nullptr) return short_input(bytes, block, problem);
  if (const std::uint32_t again = order_.get32(at); again != block.length) {
    return stop(bytes, block,
                "has a block of length " + std::to_string(block.length) + " that ends with another length, " +
                    std::to_string(again) + ',',
                problem);
  }
  bytes.pass(kBlockTrailer);
  return ReadStep::packet;
}

ReadStep PcapngReader::section(FileBytes& bytes, Block& block, std::string& problem) {
  constexpr std::uint32_t kBody = 16;  // byte order, version, length of the section
  if (block.left < kBody) return stop(bytes, block, "has a section header that is too short", problem);
  const std::uint8_t* at = bytes.need(kBlockHeader + kBody);
  if (at == nullptr) return short_input(bytes, block, problem);
  const std::uint32_t major = order_.get16(at + 12);
  const std::uint32_t minor = order_.get16(at + 14);
  if (major != 1 || (minor != 0 && minor != 2)) {
    return stop(bytes, block,
                "has a section of version " + std::to_string(major) + '.' + std::to_string(minor) +
                    " of the pcapng format, which does not exist (1.0 does),",
                problem);
  }
  interfaces_.clear();
  bytes.pass(kBlockHeader + kBody);
  block.left -= kBody;
  return end_block(bytes, block, problem);
}

ReadStep PcapngReader::interface(FileBytes& bytes, Block& block, std::string& problem) {
  constexpr std::uint32_t kBody = 8;  // link type, reserved, snap length
  if (block.left < kBody) return stop(bytes, block, "has an interface description that is too short", problem);
  if (interfaces_.size() == kMostInterfaces) {
    return stop(bytes, block, "has more than " + std::to_string(kMostInterfaces) + " interfaces in a section", problem);
  }
  const std::uint8_t* at = bytes.need(kBlockHeader + kBody);
  if (at == nullptr) return short_input(bytes, block, problem);
  Interface one;
  one.link_type = link_type_of(order_.get16(at + 8));
  one.snap_length = std::min(snap_length_of(order_.get32(at + 12)), kMostCaptured);
  bytes.pass(kBlockHeader + kBody);
  block.left -= kBody;
  if (const ReadStep step = options(bytes, block, one, problem); step != ReadStep::packet) return step;
  interfaces_.push_back(one);
  return end_block(bytes, block, problem);
}

/// Of an interface: its clock. All other options are skipped.
ReadStep PcapngReader::options(FileBytes& bytes, Block& block, Interface& one, std::string& problem) {
  constexpr std::uint32_t kHeader = 4;
  while (block.left >= kHeader) {
    const std::uint8_t* at = bytes.need(kHeader);
    if (at == nullptr) return short_input(bytes, block, problem);
    const std::uint16_t code = order_.get16(at);
    const std::uint32_t size = order_.get16(at + 2);
    const std::uint32_t padded = (size + 3U) & ~3U;
    bytes.pass(kHeader);
    block.left -= kHeader;
    if (code == kEndOfOptions) break;
    const bool is_clock = code == kTimeResolution || code == kTimeOffset;
    if (padded > block.left || (is_clock && size != (code == kTimeOffset ? 8U : 1U))) {
      return stop(bytes, block, "has an interface with a broken option " + std::to_string(code), problem);
    }
    if (is_clock) {
      at = bytes.need(padded);
      if (at == nullptr) return short_input(bytes, block, problem);
      if (code == kTimeOffset) one.offset = static_cast<std::int64_t>(order_.get64(at));
      if (code == kTimeResolution) one.units = units_of(*at);
      if (one.units == 0) {
        return stop(bytes, block, "has an interface whose unit of time is too small to count", problem);
      }
    }
    if (!bytes.skip(padded)) return short_input(bytes, block, problem);
    block.left -= padded;
  }
  return ReadStep::packet;
}

std::int64_t PcapngReader::time_of(const Interface& one, std::uint64_t units) noexcept {
  constexpr std::uint64_t kNoOverflow = 18'000'000'000;  // times 10^9 it fits 64 bits
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  const auto seconds = static_cast<__int128>(units / one.units) + one.offset;
  if (seconds < 0) return 0;
  if (seconds > kLatestSecond) return kLatestSecond * kSecond;
  const std::uint64_t rest = units % one.units;
  const std::uint64_t fraction =
      one.units <= kNoOverflow
          ? rest * kNanoseconds / one.units
          : static_cast<std::uint64_t>(static_cast<unsigned __int128>(rest) * kNanoseconds / one.units);
  return static_cast<std::int64_t>(seconds) * kSecond + static_cast<std::int64_t>(fraction);
}

ReadStep PcapngReader::packet(FileBytes& bytes, const Block& block, Packet& packet, std::string& problem) {
  const auto stop_it = [&](const std::string& what) {
    return stop(bytes, block, "packet " + std::to_string(block.number) + ' ' + what, problem);
  };
  if (block.length > kMostPacketBlock) {
    return stop_it("claims a block of " + std::to_string(block.length) + " bytes (at most " +
                   std::to_string(kMostPacketBlock) + " are possible)");
  }
  const std::uint8_t* const at = bytes.need(block.length);
  if (at == nullptr) return short_input(bytes, block, problem);
  const std::uint32_t fixed = block.type == kSimplePacket ? 4 : 20;
  if (block.left < fixed) return stop_it("lies in a block that is too short");
  const std::uint32_t again = order_.get32(at + block.length - kBlockTrailer);
  const std::uint32_t which_interface = block.type == kSimplePacket     ? 0
                                        : block.type == kEnhancedPacket ? order_.get32(at + 8)
                                                                        : order_.get16(at + 8);
  if (which_interface >= interfaces_.size()) {
    return stop_it("names interface " + std::to_string(which_interface) + ", which was not described,");
  }
  const Interface& one = interfaces_[which_interface];
  std::uint32_t recorded = 0;
  if (block.type == kSimplePacket) {
    packet.length = order_.get32(at + 8);
    recorded = std::min(packet.length, one.snap_length);
  } else {
    recorded = order_.get32(at + 20);
    packet.length = order_.get32(at + 24);
    last_time_ = time_of(one, std::uint64_t{order_.get32(at + 12)} << 32U | order_.get32(at + 16));
  }
  if (recorded > block.left - fixed) {
    return stop_it("claims " + std::to_string(recorded) + " captured bytes, more than its block has room for,");
  }
  if (again != block.length) {
    return stop_it("lies in a block of length " + std::to_string(block.length) + " that ends with another length, " +
                   std::to_string(again) + ',');
  }
  packet.data = at + kBlockHeader + fixed;
  packet.captured = std::min(recorded, one.snap_length);
  packet.length = std::max(packet.captured, packet.length);
  packet.link_type = one.link_type;
  packet.at.true_time = last_time_;
  bytes.pass(block.length);
  return ReadStep::packet;
}

ReadStep PcapngReader::next(FileBytes& bytes, std::uint64_t number, Packet& one, std::string& problem) noexcept {
  for (;;) {
    Block block;
    block.number = number;
    ReadStep step = begin_block(bytes, block, problem);
    if (step != ReadStep::packet) return step;
    if (is_packet(block.type)) return packet(bytes, block, one, problem);
    if (block.type == kMagic) {
      step = section(bytes, block, problem);
    } else if (block.type == kInterface) {
      step = interface(bytes, block, problem);
    } else {
      bytes.pass(kBlockHeader);
      step = end_block(bytes, block, problem);
    }
    if (step != ReadStep::packet) return step;
  }
}

}  // namespace ghostport
