#include "tests/packet_bytes.h"

#include <stdexcept>

namespace ghostport::packets {

unsigned hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  throw std::invalid_argument("not a hexadecimal digit: " + std::string(1, digit));
}

ByteString from_hex(std::string_view digits) {
  ByteWriter out;
  for (std::size_t i = 0; i < digits.size();) {
    if (digits[i] == ' ') {
      ++i;
      continue;
    }
    if (i + 1 == digits.size()) throw std::invalid_argument("an odd number of hexadecimal digits");
    out.u8(hex_digit(digits[i]) << 4 | hex_digit(digits[i + 1]));
    i += 2;
  }
  return out.bytes();
}

ByteString random_bytes(std::size_t count, std::uint64_t seed) {
  ByteString bytes(count);
  for (std::size_t i = 0; i < count; ++i) {
    seed += 0x9E3779B97F4A7C15U;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    bytes[i] = static_cast<std::uint8_t>((mixed ^ (mixed >> 31)) & 0xFF);
  }
  return bytes;
}

ByteString joined(ByteString head, const ByteString& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

ByteWriter& ByteWriter::add(const Data& field) {
  bytes_.insert(bytes_.end(), field.bytes.begin(), field.bytes.end());
  return *this;
}

ByteWriter& ByteWriter::zeros(std::size_t count) {
  bytes_.resize(bytes_.size() + count);
  return *this;
}

ByteWriter& ByteWriter::counted(unsigned length_bytes, const Data& field) {
  return put(field.bytes.size(), length_bytes).add(field);
}

ByteWriter& ByteWriter::put(std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  return *this;
}

ByteWriter& ByteWriter::put_little(std::uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i) & 0xFF));
  return *this;
}

std::uint16_t internet_checksum(const ByteString& bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += std::uint64_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xFFFF);
}

}  // namespace ghostport::packets
