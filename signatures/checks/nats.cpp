#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/bytes.h"
#include "signatures/checks/families.h"

// Source: NATS client protocol (docs.nats.io, "Protocol messages").
namespace ghostport {
namespace {

constexpr std::size_t kMostLine = 4096;

bool equals(Bytes bytes, std::string_view text) noexcept {
  return bytes.size() == text.size() && std::equal(text.begin(), text.end(), bytes.begin(), [](char a, std::uint8_t b) {
           return a == static_cast<char>(b >= 'a' && b <= 'z' ? b - 32 : b);
         });
}

/// The words of a line, at most six.
struct Words {
  std::array<Bytes, 6> at{};
  std::size_t count = 0;
  bool good = true;

  explicit Words(Bytes line) noexcept {
    std::size_t start = 0;
    for (std::size_t i = 0; i <= line.size(); ++i) {
      if (i < line.size() && line[i] != ' ' && line[i] != '\t') continue;
      if (i > start) {
        if (count == at.size()) {
          good = false;
          return;
        }
        at[count++] = line.subspan(start, i - start);
      }
      start = i + 1;
    }
  }
};

bool read_number(Bytes digits, std::size_t& value) noexcept {
  if (digits.empty() || digits.size() > 8) return false;
  value = 0;
  for (const std::uint8_t digit : digits) {
    if (digit < '0' || digit > '9') return false;
    value = value * 10 + digit - '0';
  }
  return true;
}

/// A line that announces a payload: PUB subject [reply] size, MSG subject id [reply] size, and with headers.
bool is_message(const Words& words, std::size_t& size) noexcept {
  if (words.count < 3) return false;
  const Bytes verb = words.at[0];
  const bool from_server = equals(verb, "MSG") || equals(verb, "HMSG");
  if (!from_server && !equals(verb, "PUB") && !equals(verb, "HPUB")) return false;
  const std::size_t least = 3U + (from_server ? 1U : 0U) + (verb.size() == 4 ? 1U : 0U);
  return words.count >= least && words.count <= least + 1 && read_number(words.at[words.count - 1], size);
}

/// Pings, pongs and acknowledgements, then a message whose payload ends with a line's end where its size says.
CheckResult check_nats_message(const Payload& payload, Side) noexcept {
  const Bytes bytes = payload.bytes;
  std::size_t at = 0;
  while (at < bytes.size()) {
    const Bytes rest = bytes.subspan(at);
    const auto end = std::find(rest.begin(), rest.end(), '\n');
    if (end == rest.end()) break;
    const auto length = static_cast<std::size_t>(end - rest.begin());
    if (length < 4 || length > kMostLine || rest[length - 1] != '\r') return CheckResult::no();
    const Bytes line = rest.first(length - 1);
    const Words words(line);
    if (!is_text(line) || !words.good || words.count == 0) return CheckResult::no();
    at += length + 1;
    std::size_t size = 0;
    if (is_message(words, size)) {
      if (bytes.size() < at + size + 2) break;
      return bytes[at + size] == '\r' && bytes[at + size + 1] == '\n' ? CheckResult::yes(line.size() + 4)
                                                                      : CheckResult::no();
    }
    const Bytes verb = words.at[0];
    const bool other = (words.count == 1 && (equals(verb, "PING") || equals(verb, "PONG") || equals(verb, "+OK"))) ||
                       ((words.count == 3 || words.count == 4) && equals(verb, "SUB")) ||
                       ((words.count == 2 || words.count == 3) && equals(verb, "UNSUB"));
    if (!other) return CheckResult::no();
  }
  return wait_or_no(payload);
}

}  // namespace

std::span<const NamedCheck> nats_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"nats-message", check_nats_message, "a NATS message whose payload ends where its size says"},
  };
  return kChecks;
}

}  // namespace ghostport
