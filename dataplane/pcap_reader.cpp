#include "dataplane/pcap_reader.h"

namespace ghostport {
namespace {

// File layout: draft-ietf-opsawg-pcap. The modified format is that of libpcap 0.x with Kuznetzov's patches: behind each
// record's lengths follow interface, protocol and packet type, 8 bytes.
constexpr std::size_t kFileHeader = 24;
constexpr std::uint32_t kMicroseconds = 0xA1B2C3D4;
constexpr std::uint32_t kNanoseconds = 0xA1B23C4D;
constexpr std::uint32_t kModified = 0xA1B2CD34;

constexpr bool is_magic(std::uint32_t magic) noexcept {
  return magic == kMicroseconds || magic == kNanoseconds || magic == kModified;
}

}  // namespace

bool PcapReader::knows(std::uint32_t magic) noexcept { return is_magic(magic) || is_magic(__builtin_bswap32(magic)); }

bool PcapReader::open(FileBytes& bytes, std::string& problem) {
  *this = {};
  const std::uint8_t* at = bytes.need(kFileHeader);
  if (at == nullptr) {
    problem = "ends inside the file header" + bytes.place(0);
    return false;
  }
  order_.swapped = !is_magic(order_.get32(at));
  const std::uint32_t magic = order_.get32(at);
  const std::uint32_t major = order_.get16(at + 4);
  const std::uint32_t minor = order_.get16(at + 6);
  // 543.0 is what DG/UX's tcpdump wrote. Before 2.3 the lengths stand the other way round; in 2.3 either way.
  if (!(major == 2 && minor <= 4) && !(major == 543 && minor == 0)) {
    problem = "has version " + std::to_string(major) + '.' + std::to_string(minor) +
              " of the pcap format, which does not exist (2.0 to 2.4 do)";
    return false;
  }
  if (major == 543 || minor < 3) {
    lengths_ = Lengths::exchanged;
  } else if (minor == 3) {
    lengths_ = Lengths::larger_first;
  }
  fraction_ = magic == kNanoseconds ? 1 : 1000;
  const std::uint32_t link = order_.get32(at + 20) & 0xFFFFU;  // above: whether frames end with a check sequence
  link_type_ = link_type_of(link);
  most_recorded_ = most_recorded(link_type_);
  snap_length_ = snap_length_of(order_.get32(at + 16));
  if (magic == kModified) {
    record_header_ = 24;
    // A cooked capture got an Ethernet header that the snap length does not count.
    if (link_type_ == kLinkEthernet && snap_length_ < kMostCaptured) snap_length_ += 14;
  }
  snap_length_ = std::min(snap_length_, kMostCaptured);
  usual_ = !order_.swapped && lengths_ == Lengths::in_order && record_header_ == kUsualHeader;
  most_usual_ = std::min(snap_length_, most_recorded_);
  bytes.pass(kFileHeader);
  return true;
}

ReadStep PcapReader::stop(const FileBytes& bytes, const std::string& what, std::string& problem) const {
  problem = what + bytes.place(bytes.offset());
  return ReadStep::broken;
}

ReadStep PcapReader::next(FileBytes& bytes, std::uint64_t number, Packet& packet, std::string& problem) noexcept {
  if (to_skip_ != 0) [[unlikely]] {
    if (!bytes.skip(to_skip_)) return stop(bytes, "ends inside packet " + std::to_string(number - 1), problem);
    to_skip_ = 0;
  }
  const std::uint8_t* at = bytes.need(record_header_);
  if (at == nullptr) {
    if (bytes.at_end()) return ReadStep::end;
    return stop(bytes, "ends inside the header of packet " + std::to_string(number), problem);
  }
  std::uint32_t recorded = order_.get32(at + 8);
  std::uint32_t length = order_.get32(at + 12);
  if (lengths_ != Lengths::in_order && (lengths_ == Lengths::exchanged || recorded > length))
    std::swap(recorded, length);
  if (recorded > most_recorded_) {
    return stop(bytes,
                "packet " + std::to_string(number) + " claims " + std::to_string(recorded) +
                    " captured bytes (at most " + std::to_string(most_recorded_) + " are possible)",
                problem);
  }
  const std::uint32_t in_place = std::min(recorded, kMostCaptured);
  at = bytes.need(record_header_ + std::size_t{in_place});
  if (at == nullptr) return stop(bytes, "ends inside packet " + std::to_string(number), problem);
  packet.data = at + record_header_;
  packet.captured = std::min(recorded, snap_length_);
  packet.length = std::max(packet.captured, length);
  packet.link_type = link_type_;
  packet.at.true_time = static_cast<std::int64_t>(order_.get32(at)) * kSecond +
                        static_cast<std::int64_t>(order_.get32(at + 4)) * fraction_;
  bytes.pass(record_header_ + std::size_t{in_place});
  to_skip_ = recorded - in_place;
  return ReadStep::packet;
}

}  // namespace ghostport
