#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/families.h"

// Source: RFC 9112 sections 2.1 and 4.
namespace ghostport {
namespace {

constexpr std::size_t kStatusLine = 13;  // "HTTP/1.1 200" and a blank: what the expression has verified
constexpr std::size_t kMostHeader = 2048;

/// Behind the empty line that ends the header, npos where there is none yet.
std::size_t end_of_header(std::string_view text) noexcept {
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', end + 1)) {
    const std::string_view behind = text.substr(end + 1, 2);
    if (behind.starts_with('\n')) return end + 2;
    if (behind == "\r\n") return end + 3;
  }
  return std::string_view::npos;
}

/// 100 and 103 announce another answer; behind 101 another protocol begins (RFC 9110 section 15.2).
bool is_interim(std::string_view text) noexcept {
  const std::string_view status = text.substr(std::min(kStatusLine - 4, text.size()), 3);
  return status.starts_with('1') && status != "101";
}

/// RFC 9112 section 4: the reason behind the status is text, with tabs.
bool is_reason(std::string_view reason) noexcept {
  return std::all_of(reason.begin(), reason.end(), [](char byte) {
    const auto number = static_cast<unsigned char>(byte);
    return (number >= 0x20 && number != 0x7F) || byte == '\t' || byte == '\r';
  });
}

/// An answer's header to its empty line: until there a service that speaks HTTP may show itself.
CheckResult check_http_header(const Payload& payload, Side) noexcept {
  const std::string_view text(reinterpret_cast<const char*>(payload.bytes.data()), payload.bytes.size());
  if (!is_reason(text.substr(0, text.find('\n')))) return CheckResult::no();
  if (payload.complete || text.size() >= kMostHeader) return CheckResult::yes(kStatusLine);
  std::size_t start = 0;
  for (;;) {
    const std::size_t length = end_of_header(text.substr(start));
    if (length == std::string_view::npos) return CheckResult::more();
    if (!is_interim(text.substr(start))) return CheckResult::yes(kStatusLine);
    start += length;
  }
}

}  // namespace

std::span<const NamedCheck> http_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"http-header", check_http_header, "a status line, and the end of its header or 2,048 bytes of it"},
  };
  return kChecks;
}

}  // namespace ghostport
