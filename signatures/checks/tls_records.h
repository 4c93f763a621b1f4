// TLS records, and the handshake messages that they carry, for the structural checks of TLS and of what wears it.
// RFC 8446 section 5.1, RFC 5246 section 6.2.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "signatures/checks/bytes.h"

namespace ghostport {

inline constexpr std::uint8_t kTlsChangeCipher = 20;
inline constexpr std::uint8_t kTlsAlert = 21;
inline constexpr std::uint8_t kTlsHandshake = 22;
inline constexpr std::uint8_t kTlsData = 23;
inline constexpr std::uint8_t kTlsWarning = 1;
inline constexpr std::size_t kTlsRecordHeader = 5;
inline constexpr std::size_t kTlsMostFragment = 1 << 14;                // RFC 8446 section 5.1
inline constexpr std::size_t kTlsMostSealed = kTlsMostFragment + 2048;  // RFC 5246 section 6.2.3

/// SSL 3.0 to TLS 1.3, as records and messages spell them.
[[nodiscard]] inline bool is_tls_version(unsigned major, unsigned minor) noexcept { return major == 3 && minor <= 4; }

/// The bytes of the handshake message, whatever records they are cut into. Warning alerts may stand before it.
class TlsHandshakeReader {
 public:
  explicit TlsHandshakeReader(Bytes bytes) noexcept : bytes_(bytes) {}

  /// The next `count` (at most 4) bytes as a number; 0 once anything is wrong or the bytes have ended.
  std::uint32_t number(unsigned count) noexcept {
    std::uint32_t value = 0;
    for (; count > 0; --count) value = value << 8 | next();
    return good() ? value : 0;
  }
  void skip(std::size_t count) noexcept {
    while (count > 0 && good()) {
      if (left_ < 2) {  // the next byte begins a record, or ends the bytes
        next();
        --count;
        continue;
      }
      const std::size_t step = std::min({count, left_, bytes_.size() - at_});
      at_ += step;
      left_ -= step;
      count -= step;
      if (count > 0 && at_ >= bytes_.size()) ended_ = true;
    }
  }
  [[nodiscard]] bool good() const noexcept { return !wrong_ && !ended_; }
  [[nodiscard]] bool wrong() const noexcept { return wrong_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }

 private:
  std::uint8_t next() noexcept {
    while (left_ == 0 && good()) open_record();
    if (at_ >= bytes_.size()) ended_ = true;
    if (!good()) return 0;
    --left_;
    return bytes_[at_++];
  }

  void open_record() noexcept {
    if (bytes_.size() - at_ < kTlsRecordHeader) {
      ended_ = true;
      return;
    }
    const std::uint8_t type = bytes_[at_];
    const std::size_t length = big16(bytes_, at_ + 3);
    if (!is_tls_version(bytes_[at_ + 1], bytes_[at_ + 2])) {
      wrong_ = true;
    } else if (type == kTlsHandshake && length >= 1 && length <= kTlsMostFragment) {
      started_ = true;
      at_ += kTlsRecordHeader;
      left_ = length;
    } else if (type == kTlsAlert && length == 2 && !started_) {
      skip_alert();
    } else {
      wrong_ = true;
    }
  }

  void skip_alert() noexcept {
    if (bytes_.size() - at_ < kTlsRecordHeader + 2) {
      ended_ = true;
    } else if (bytes_[at_ + kTlsRecordHeader] != kTlsWarning) {
      wrong_ = true;
    } else {
      at_ += kTlsRecordHeader + 2;
    }
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  std::size_t left_ = 0;  // bytes of the open record
  bool started_ = false;
  bool wrong_ = false;
  bool ended_ = false;
};

}  // namespace ghostport
