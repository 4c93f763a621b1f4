// Reads BER (ITU-T X.690) element by element, for the checks of protocols that are written in ASN.1.
// Definite lengths and tags of one byte only: what SNMP, and the other protocols of the Internet, may use.
#pragma once

#include <cstddef>
#include <cstdint>

#include "signatures/checks/bytes.h"

namespace ghostport {

namespace ber {
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kNull = 0x05;
constexpr std::uint8_t kObjectIdentifier = 0x06;
constexpr std::uint8_t kSequence = 0x30;
}  // namespace ber

struct BerElement {
  std::uint8_t tag = 0;
  std::size_t length = 0;  ///< as the element says
  Bytes content;           ///< as much of it as has arrived
  [[nodiscard]] bool whole() const noexcept { return content.size() == length; }
};

/// The elements of `bytes`, which lie in `size` bytes that have not all arrived. A fault stays: ask once, at the end.
class BerReader {
 public:
  explicit BerReader(Bytes bytes) noexcept : BerReader(bytes, bytes.size()) {}
  BerReader(Bytes bytes, std::size_t size) noexcept : bytes_(bytes), size_(size) {}
  /// The elements inside a constructed one.
  explicit BerReader(const BerElement& outer) noexcept : BerReader(outer.content, outer.length) {}

  [[nodiscard]] bool wrong() const noexcept { return wrong_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }  ///< something more was asked for than has arrived
  [[nodiscard]] bool good() const noexcept { return !wrong_ && !ended_; }
  [[nodiscard]] bool at_end() const noexcept { return good() && at_ == size_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }

  /// The next element's tag; 0 once anything is wrong or nothing is left.
  [[nodiscard]] std::uint8_t peek() const noexcept { return good() && at_ < bytes_.size() ? bytes_[at_] : 0; }

  /// The next element, of any tag. Its content may be cut; what follows it then has `ended`.
  BerElement next() noexcept {
    BerElement element;
    element.tag = byte();
    if ((element.tag & 0x1F) == 0x1F) wrong_ = true;
    element.length = byte();
    if (element.length >= 0x80) {
      const std::size_t count = element.length & 0x7F;
      if (count == 0 || count > 4) wrong_ = true;
      element.length = 0;
      for (std::size_t i = 0; i < count && good(); ++i) element.length = element.length << 8 | byte();
    }
    if (good() && element.length > size_ - at_) wrong_ = true;
    if (!good()) return {};
    const std::size_t here = bytes_.size() - at_;
    element.content = bytes_.subspan(at_, element.length < here ? element.length : here);
    at_ += element.length;
    return element;
  }

  /// The next element, which must bear this tag.
  BerElement next(std::uint8_t tag) noexcept {
    if (good() && at_ < bytes_.size() && bytes_[at_] != tag) wrong_ = true;
    return next();
  }

  /// An INTEGER, or a type of its kind under another tag, of at most four bytes; a fifth one in front may be zero.
  std::int64_t integer(std::uint8_t tag = ber::kInteger) noexcept {
    const BerElement element = next(tag);
    if (!good()) return 0;
    if (element.length == 0 || element.length > 5 || (element.length == 5 && element.content.front() != 0))
      wrong_ = true;
    if (!element.whole()) ended_ = true;
    if (!good()) return 0;
    std::int64_t value = (element.content[0] & 0x80) != 0 ? -1 : 0;
    for (const std::uint8_t digit : element.content) value = value * 256 + digit;
    return value;
  }

 private:
  std::uint8_t byte() noexcept {
    if (at_ >= size_) wrong_ = true;
    if (at_ >= bytes_.size()) ended_ = true;
    return good() ? bytes_[at_++] : std::uint8_t{0};
  }

  Bytes bytes_;
  std::size_t size_;
  std::size_t at_ = 0;
  bool wrong_ = false;
  bool ended_ = false;
};

}  // namespace ghostport
