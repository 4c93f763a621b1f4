#include "dataplane/pcap_file_source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "detection/rules.h"

namespace ghostport {
namespace {

// File layout: draft-ietf-opsawg-pcap.
constexpr std::uint64_t kFileHeader = 24;
constexpr std::uint64_t kRecordHeader = 16;
constexpr std::uint32_t kMicroseconds = 0xA1B2C3D4;
constexpr std::uint32_t kNanoseconds = 0xA1B23C4D;
constexpr std::uint32_t kPcapng = 0x0A0D0D0A;
constexpr std::uint32_t kModified = 0xA1B2CD34;
constexpr std::uint32_t kEthernet = 1;                // LINKTYPE_ETHERNET
constexpr std::uint32_t kMostCaptured = 256U * 1024;  // libpcap's MAXIMUM_SNAPLEN: more is a broken record

std::uint32_t swap32(std::uint32_t value) noexcept { return __builtin_bswap32(value); }

}  // namespace

PcapFileSource::~PcapFileSource() { close(); }

void PcapFileSource::close() noexcept {
  if (data_ != nullptr) ::munmap(const_cast<std::uint8_t*>(data_), size_);
  data_ = nullptr;
  size_ = offset_ = number_ = 0;
  stamp_ = 0;
}

void PcapFileSource::stop(std::string what) {
  problem_ = std::move(what) + " at byte " + std::to_string(offset_) + " of " + std::to_string(size_);
}

std::uint32_t PcapFileSource::get32(std::uint64_t at) const noexcept {
  std::uint32_t value = 0;
  std::memcpy(&value, data_ + at, sizeof value);
  return swapped_ ? swap32(value) : value;
}

bool PcapFileSource::open(const std::string& path) {
  close();
  problem_.clear();
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) {
    problem_ = std::string("cannot be opened: ") + std::strerror(errno);
    return false;
  }
  struct stat status {};
  const bool known = ::fstat(file, &status) == 0;
  const bool regular = known && S_ISREG(status.st_mode);
  if (regular && status.st_size > 0) {
    void* memory = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
    if (memory != MAP_FAILED) {
      data_ = static_cast<const std::uint8_t*>(memory);
      size_ = static_cast<std::uint64_t>(status.st_size);
      ::madvise(memory, size_, MADV_SEQUENTIAL);
    }
  }
  const int map_error = errno;
  ::close(file);
  if (!regular) {
    problem_ = "is not a regular file; pipes and standard input are not read by this version";
    return false;
  }
  if (data_ == nullptr) {
    problem_ =
        status.st_size == 0 ? "is empty: no capture" : std::string("cannot be mapped: ") + std::strerror(map_error);
    return false;
  }
  if (size_ < kFileHeader) {
    stop("ends inside the file header");
    return false;
  }
  swapped_ = false;
  std::uint32_t magic = get32(0);
  if (magic == swap32(kMicroseconds) || magic == swap32(kNanoseconds)) {
    swapped_ = true;
    magic = swap32(magic);
  }
  if (magic != kMicroseconds && magic != kNanoseconds) {
    const char* what = "is no pcap file";
    if (magic == kPcapng)
      what = "is a pcapng file, which this version does not read (convert it: tcpdump -r FILE -w OUT.pcap)";
    if ((magic & 0xFFFFU) == 0x8B1FU) what = "is gzip-compressed, which this version does not read (gunzip it)";
    if (magic == 0xFD2FB528U) what = "is zstd-compressed, which this version does not read (unzstd it)";
    if (magic == kModified || magic == swap32(kModified))
      what = "is a pcap file of a modified format that this version does not read";
    problem_ = what;
    return false;
  }
  fraction_ = magic == kNanoseconds ? 1 : 1000;
  const std::uint32_t link = get32(20) & 0x0FFFFFFFU;  // the top bits tell of a frame check sequence
  if (link != kEthernet) {
    problem_ = "has link type " + std::to_string(link) + ", of which this version reads only 1 (Ethernet)";
    return false;
  }
  offset_ = kFileHeader;
  return true;
}

std::size_t PcapFileSource::read(Packet* packets, std::size_t most) noexcept {
  std::size_t count = 0;
  while (count < most && offset_ < size_ && problem_.empty()) {
    if (size_ - offset_ < kRecordHeader) {
      stop("ends inside the header of packet " + std::to_string(number_ + 1));
      break;
    }
    const std::uint32_t captured = get32(offset_ + 8);
    if (captured > kMostCaptured) {
      stop("packet " + std::to_string(number_ + 1) + " claims " + std::to_string(captured) +
           " captured bytes (at most " + std::to_string(kMostCaptured) + " are possible)");
      break;
    }
    if (size_ - offset_ - kRecordHeader < captured) {
      stop("ends inside packet " + std::to_string(number_ + 1));
      break;
    }
    Packet& packet = packets[count++];
    packet.data = data_ + offset_ + kRecordHeader;
    packet.captured = captured;
    packet.length = std::max(captured, get32(offset_ + 12));
    packet.at.true_time =
        static_cast<std::int64_t>(get32(offset_)) * kSecond + static_cast<std::int64_t>(get32(offset_ + 4)) * fraction_;
    stamp_ = number_ == 0 ? packet.at.true_time : std::max(stamp_, packet.at.true_time);
    packet.at.stamp = stamp_;
    packet.at.number = ++number_;
    offset_ += kRecordHeader + captured;
    if (offset_ < size_) __builtin_prefetch(data_ + offset_ + 64);
  }
  return count;
}

bool PcapFileSource::receive(PacketBatch& batch, Tick& tick) noexcept {
  batch.count = read(batch.packets.data(), PacketBatch::kMost);
  tick = {stamp_, number_, batch.count == 0};
  return batch.count != 0;
}

}  // namespace ghostport
