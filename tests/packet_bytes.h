// Bytes to send, and numbers written one after the other. Part of packet_builder.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ghostport::packets {

using namespace std::chrono_literals;
using ByteString = std::vector<std::uint8_t>;

/// Bytes to send: from a text (its characters, up to the first zero where it is a literal) or from bytes.
struct Data {
  Data() = default;
  Data(ByteString value) : bytes(std::move(value)) {}
  Data(std::string_view text) : bytes(text.begin(), text.end()) {}
  Data(const std::string& text) : Data(std::string_view(text)) {}
  Data(const char* text) : Data(std::string_view(text)) {}
  ByteString bytes;
};

/// What a hexadecimal digit stands for.
[[nodiscard]] unsigned hex_digit(char digit);
/// Bytes from hexadecimal digits; blanks between pairs are skipped.
[[nodiscard]] ByteString from_hex(std::string_view digits);

/// The same bytes for the same seed, everywhere (SplitMix64).
[[nodiscard]] ByteString random_bytes(std::size_t count, std::uint64_t seed);

/// `head`, then `tail`.
[[nodiscard]] ByteString joined(ByteString head, const ByteString& tail);

/// Appends numbers in network order (le: in little-endian order), texts and counted fields.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint64_t value) { return put(value, 1); }
  ByteWriter& u16(std::uint64_t value) { return put(value, 2); }
  ByteWriter& u24(std::uint64_t value) { return put(value, 3); }
  ByteWriter& u32(std::uint64_t value) { return put(value, 4); }
  ByteWriter& le16(std::uint64_t value) { return put_little(value, 2); }
  ByteWriter& le24(std::uint64_t value) { return put_little(value, 3); }
  ByteWriter& le32(std::uint64_t value) { return put_little(value, 4); }
  ByteWriter& add(const Data& field);
  ByteWriter& zeros(std::size_t count);
  /// The field behind its length, a number of `length_bytes` bytes in network order.
  ByteWriter& counted(unsigned length_bytes, const Data& field);

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] const ByteString& bytes() const { return bytes_; }

 private:
  ByteWriter& put(std::uint64_t value, unsigned size);
  ByteWriter& put_little(std::uint64_t value, unsigned size);
  ByteString bytes_;
};

/// The Internet checksum (RFC 1071) of `bytes`, an odd last byte padded with zero.
[[nodiscard]] std::uint16_t internet_checksum(const ByteString& bytes);

}  // namespace ghostport::packets
