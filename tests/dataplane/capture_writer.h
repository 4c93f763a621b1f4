// Writes captures in every format and variant, and packs them: right by default, any field wrong on request.
// Called by tests and fuzzers of the readers. Errors throw std::runtime_error.
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/packet_builder.h"

namespace ghostport {

/// Numbers in the byte order of the machine that would have written them.
class OrderedWriter {
 public:
  explicit OrderedWriter(bool big_endian = false) : big_endian_(big_endian) {}
  OrderedWriter& put(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
      const unsigned shift = 8U * (big_endian_ ? bytes - 1 - i : i);
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
  }
  OrderedWriter& u16(std::uint64_t value) { return put(value, 2); }
  OrderedWriter& u32(std::uint64_t value) { return put(value, 4); }
  OrderedWriter& u64(std::uint64_t value) { return put(value, 8); }
  OrderedWriter& add(const packets::ByteString& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  OrderedWriter& pad() {
    while (bytes_.size() % 4 != 0) bytes_.push_back(0);
    return *this;
  }
  [[nodiscard]] const packets::ByteString& bytes() const { return bytes_; }

 private:
  bool big_endian_;
  packets::ByteString bytes_;
};

/// A packet as a file holds it; `time` in nanoseconds since 1970.
struct FileRecord {
  std::int64_t time = 0;
  packets::ByteString bytes;
  std::uint32_t length = 0;
};

struct ClassicFormat {
  std::uint32_t magic = 0xA1B2C3D4;  ///< 0xA1B23C4D: nanoseconds; 0xA1B2CD34: modified
  bool big_endian = false;
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t snap_length = 262'144;
  std::uint32_t link_type = 1;
  bool exchanged_lengths = false;
};

[[nodiscard]] inline packets::ByteString classic_pcap(const std::vector<FileRecord>& records,
                                                      const ClassicFormat& format = {}) {
  OrderedWriter out(format.big_endian);
  out.u32(format.magic).u16(format.major).u16(format.minor).u32(0).u32(0).u32(format.snap_length);
  out.u32(format.link_type);
  for (const FileRecord& record : records) {
    const auto time = static_cast<std::uint64_t>(record.time);
    out.u32(time / 1'000'000'000U).u32(time % 1'000'000'000U / (format.magic == 0xA1B23C4D ? 1U : 1000U));
    const std::uint64_t captured = record.bytes.size();
    out.u32(format.exchanged_lengths ? record.length : captured);
    out.u32(format.exchanged_lengths ? captured : record.length);
    if (format.magic == 0xA1B2CD34) out.u32(7).u16(0x0800).put(0, 2);
    out.add(record.bytes);
  }
  return out.bytes();
}

/// One section after another, block by block.
class PcapngWriter {
 public:
  explicit PcapngWriter(bool big_endian = false) { section(big_endian); }

  struct Option {
    std::uint16_t code;
    packets::ByteString value;
  };

  PcapngWriter& section(bool big_endian, std::uint16_t major = 1, std::uint16_t minor = 0) {
    big_endian_ = big_endian;
    OrderedWriter body(big_endian);
    body.u32(0x1A2B3C4D).u16(major).u16(minor).u64(~std::uint64_t{0});
    return block(0x0A0D0D0A, body.bytes());
  }
  PcapngWriter& interface(std::uint16_t link_type = 1, std::uint32_t snap_length = 262'144,
                          const std::vector<Option>& options = {}) {
    OrderedWriter body(big_endian_);
    body.u16(link_type).u16(0).u32(snap_length).add(written(options));
    return block(1, body.bytes());
  }
  PcapngWriter& enhanced(std::uint64_t units, const packets::ByteString& bytes, std::uint32_t which = 0,
                         std::optional<std::uint32_t> length = {}, const std::vector<Option>& options = {}) {
    OrderedWriter body(big_endian_);
    body.u32(which).u32(units >> 32U).u32(units & 0xFFFFFFFFU).u32(bytes.size());
    body.u32(length.value_or(static_cast<std::uint32_t>(bytes.size()))).add(bytes).pad().add(written(options));
    return block(6, body.bytes());
  }
  PcapngWriter& obsolete(std::uint64_t units, const packets::ByteString& bytes, std::uint16_t which = 0,
                         std::optional<std::uint32_t> length = {}) {
    OrderedWriter body(big_endian_);
    body.u16(which).u16(0xFFFF).u32(units >> 32U).u32(units & 0xFFFFFFFFU).u32(bytes.size());
    body.u32(length.value_or(static_cast<std::uint32_t>(bytes.size()))).add(bytes).pad();
    return block(2, body.bytes());
  }
  PcapngWriter& simple(const packets::ByteString& bytes, std::optional<std::uint32_t> length = {}) {
    OrderedWriter body(big_endian_);
    body.u32(length.value_or(static_cast<std::uint32_t>(bytes.size()))).add(bytes).pad();
    return block(3, body.bytes());
  }
  PcapngWriter& block(std::uint32_t type, const packets::ByteString& body,
                      std::optional<std::uint32_t> first_length = {}, std::optional<std::uint32_t> last_length = {}) {
    const auto length = static_cast<std::uint32_t>((body.size() + 3) / 4 * 4 + 12);
    OrderedWriter out(big_endian_);
    out.u32(type).u32(first_length.value_or(length)).add(body).pad().u32(last_length.value_or(length));
    bytes_ = packets::joined(std::move(bytes_), out.bytes());
    ends_.push_back(bytes_.size());
    return *this;
  }
  /// An option's value in the section's byte order.
  [[nodiscard]] packets::ByteString number(std::uint64_t value, unsigned bytes) const {
    return OrderedWriter(big_endian_).put(value, bytes).bytes();
  }

  [[nodiscard]] const packets::ByteString& bytes() const { return bytes_; }
  /// Where each block ends.
  [[nodiscard]] const std::vector<std::size_t>& ends() const { return ends_; }

 private:
  [[nodiscard]] packets::ByteString written(const std::vector<Option>& options) const {
    if (options.empty()) return {};
    OrderedWriter out(big_endian_);
    for (const Option& option : options) out.u16(option.code).u16(option.value.size()).add(option.value).pad();
    return out.u32(0).bytes();
  }

  bool big_endian_ = false;
  packets::ByteString bytes_;
  std::vector<std::size_t> ends_;
};

[[nodiscard]] inline packets::ByteString gzip(const packets::ByteString& bytes) {
  z_stream stream{};
  constexpr int kGzip = 16;
  if (::deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("no gzip");
  packets::ByteString out(::deflateBound(&stream, bytes.size()) + 64);
  packets::ByteString copy = bytes;
  stream.next_in = copy.data();
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int state = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (state != Z_STREAM_END) throw std::runtime_error("no room for gzip");
  return out;
}

/// One frame with a check sum, as the zstd program writes it.
[[nodiscard]] inline packets::ByteString zstd(const packets::ByteString& bytes) {
  packets::ByteString out(::ZSTD_compressBound(bytes.size()));
  ZSTD_CCtx* const context = ::ZSTD_createCCtx();
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  const std::size_t size = ::ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size());
  ::ZSTD_freeCCtx(context);
  if (::ZSTD_isError(size) != 0) throw std::runtime_error("no zstd");
  out.resize(size);
  return out;
}

/// A zstd frame that readers skip (RFC 8878 section 3.1.2).
[[nodiscard]] inline packets::ByteString skippable_frame(const packets::ByteString& content) {
  return packets::joined(OrderedWriter().u32(0x184D2A5A).u32(content.size()).bytes(), content);
}

}  // namespace ghostport
