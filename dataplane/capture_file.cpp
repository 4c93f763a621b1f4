#include "dataplane/capture_file.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace ghostport {
namespace {

/// Files that somebody may take for a capture, by their first bytes.
struct OtherFormat {
  std::string_view begin;
  std::string_view what;
};
constexpr OtherFormat kOtherFormats[] = {
    {std::string_view("\xFD"
                      "7zXZ",
                      5),
     "is xz-compressed, which this version does not read (unxz it)"},
    {std::string_view("BZh", 3), "is bzip2-compressed, which this version does not read (bunzip2 it)"},
    {std::string_view("\x04\x22\x4D\x18", 4), "is lz4-compressed, which this version does not read (unlz4 it)"},
    {std::string_view("snoop\0\0\0", 8), "is a snoop file, which this version does not read (editcap converts it)"},
    {std::string_view("TRSNIFF data", 12), "is a Sniffer file, which this version does not read (editcap converts it)"},
    {std::string_view("GMBU", 4), "is a Network Monitor file, which this version does not read (editcap converts it)"},
};

/// Variants of pcap that libpcap names and does not read either.
const char* refused_variant(std::uint32_t magic) noexcept {
  for (const std::uint32_t one : {magic, __builtin_bswap32(magic)}) {
    if (one == 0xA12B3C4D) return "is a pcap file of Navtel's format, which this version does not read";
    if (one == 0xA1B234CD) return "is a pcap file of Mesquita's format, which this version does not read";
    if (one == 0xA1E2CB12) return "is a pcap file of the format 0xa1e2cb12, which this version does not read";
  }
  return nullptr;
}

std::string what_else(FileBytes& bytes, std::uint32_t magic) {
  if (const char* variant = refused_variant(magic)) return variant;
  for (const OtherFormat& other : kOtherFormats) {
    const std::uint8_t* at = bytes.need(other.begin.size());
    if (at != nullptr && std::string_view(reinterpret_cast<const char*>(at), other.begin.size()) == other.begin)
      return std::string(other.what);
  }
  return bytes.input().is_compressed() ? "is compressed, but unpacks to no pcap or pcapng file"
                                       : "is no pcap or pcapng file";
}

std::uint64_t tag_of(const Packet& packet) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
  const auto add = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x100000001B3U; };
  add(static_cast<std::uint64_t>(packet.at.true_time));
  add(packet.length);
  for (std::uint32_t i = 0; i < packet.captured; ++i) add(packet.data[i]);
  return hash;
}

}  // namespace

bool CaptureFileSource::open(const std::string& path, unsigned readers) {
  const bool opened = blocks_.open(path, readers);
  bytes_.begin(blocks_);
  return begin(opened);
}

bool CaptureFileSource::open_memory(std::span<const std::uint8_t> bytes, std::size_t piece, unsigned readers) {
  const bool opened = blocks_.open_memory(bytes, piece, readers);
  bytes_.begin(blocks_);
  return begin(opened);
}

void CaptureFileSource::join(CaptureFileSource& first) {
  bytes_.begin(first.blocks_);
  (void)begin(true);
}

bool CaptureFileSource::begin(bool opened) {
  problem_.clear();
  number_ = filtered_out_ = tag_ = 0;
  stamp_ = 0;
  has_ahead_ = false;
  ended_ = true;
  usual_ = nullptr;
  if (!opened) {
    problem_ = bytes_.input().problem();
    return false;
  }
  if (!begin_reader()) {
    add_input_problem();
    return false;
  }
  ended_ = false;
  look_ahead();
  return true;
}

bool CaptureFileSource::begin_reader() {
  const std::uint8_t* at = bytes_.need(4);
  if (at == nullptr) {
    if (!bytes_.at_end()) {
      problem_ = "ends inside the file header" + bytes_.place(0);
    } else if (bytes_.input().problem().empty()) {
      problem_ = "unpacks to nothing: no capture";
    }
    return false;
  }
  const std::uint32_t magic = ByteOrder().get32(at);
  if (PcapReader::knows(magic)) return reader_.emplace<PcapReader>().open(bytes_, problem_);
  if (magic == PcapngReader::kMagic) return reader_.emplace<PcapngReader>().open(bytes_, problem_);
  problem_ = what_else(bytes_, magic);
  return false;
}

/// What the input itself has to say is said whether or not the capture ended well.
void CaptureFileSource::add_input_problem() {
  const std::string& why = bytes_.input().problem();
  if (!why.empty()) problem_ += (problem_.empty() ? "" : "; ") + why;
}

/// Reads the first packet, from which the capture's tag is made.
void CaptureFileSource::look_ahead() {
  ahead_ = {};
  if (step(ahead_) != ReadStep::packet) return;
  has_ahead_ = true;
  bytes_.hand_out(1);
  tag_ = tag_of(ahead_);
}

ReadStep CaptureFileSource::step(Packet& packet) noexcept {
  if (ended_) return ReadStep::end;
  const std::uint64_t number = number_ + 1;
  const ReadStep step = std::holds_alternative<PcapReader>(reader_)
                            ? std::get_if<PcapReader>(&reader_)->next(bytes_, number, packet, problem_)
                            : std::get_if<PcapngReader>(&reader_)->next(bytes_, number, packet, problem_);
  if (step == ReadStep::packet) [[likely]]
    return step;
  ended_ = true;
  add_input_problem();
  return step;
}

CaptureFileSource::Next CaptureFileSource::next_of_any(Packet& packet) noexcept {
  if (has_ahead_) [[unlikely]] {
    packet = ahead_;
    has_ahead_ = false;
  } else if (step(packet) != ReadStep::packet) {
    return Next::end;
  }
  if (filter_ != nullptr) {
    const PacketFilter::Answer answer = filter_->ask(packet);
    if (answer == PacketFilter::Answer::cannot_say) {
      ended_ = true;
      problem_ = "packet " + std::to_string(number_ + 1) + ": " + filter_->problem();
      return Next::end;
    }
    if (answer == PacketFilter::Answer::drop) {
      ++number_;
      ++filtered_out_;
      return Next::filtered_out;
    }
  } else {
    usual_ = std::get_if<PcapReader>(&reader_);
  }
  number_and_stamp(packet);
  return Next::packet;
}

std::size_t CaptureFileSource::read(Packet* packets, std::size_t most) noexcept {
  std::size_t count = 0;
  while (count < most) {
    const Next one = next(packets[count]);
    if (one == Next::end) break;
    if (one == Next::packet) ++count;
  }
  return count;
}

bool CaptureFileSource::receive(PacketBatch& batch, Tick& tick) noexcept {
  release(number_);
  batch.count = 0;
  bool more = true;
  for (std::uint64_t looked_at = 0; more && batch.count < PacketBatch::kMost && looked_at < kMostLookedAt;
       ++looked_at) {
    const Next one = next(batch.packets[batch.count]);
    if (one == Next::packet) ++batch.count;
    more = one != Next::end;
  }
  more = more || batch.count != 0;
  tick = {stamp_, number_, !more};
  return more;
}

bool is_plain_file(const std::string& path) {
  std::error_code unknown;
  ByteInput input;  // takes from what it opens: not from a pipe
  return path != "-" && std::filesystem::is_regular_file(path, unknown) && input.open(path) && !input.is_compressed();
}

bool begins_as_capture(const std::string& path) {
  ByteInput input;
  std::uint8_t first[4];
  std::size_t count = 0;
  if (!input.open(path)) return false;
  while (count < sizeof first) {
    const std::size_t more = input.read(first + count, sizeof first - count);
    if (more == 0) return false;
    count += more;
  }
  const std::uint32_t magic = ByteOrder().get32(first);
  return PcapReader::knows(magic) || magic == PcapngReader::kMagic;
}

}  // namespace ghostport
