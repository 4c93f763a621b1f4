#include <algorithm>
#include <array>
#include <string_view>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Source: PostgreSQL's documentation, "Frontend/Backend Protocol": "Message Formats" and "Message Flow".
namespace ghostport {
namespace {

constexpr std::size_t kMostStartup = 10000;  // servers refuse more
constexpr std::uint32_t kMostMessage = 1U << 30;
constexpr std::size_t kTag = 1;
constexpr std::size_t kEnough = 6;  // a tag, its length, and a byte of the body at least

/// Passes a text and its zero.
bool skip_text(Cursor& cursor, Bytes bytes) noexcept {
  const Bytes rest = bytes.subspan(std::min(cursor.position(), bytes.size()));
  const auto nul = std::find(rest.begin(), rest.end(), std::uint8_t{0});
  cursor.skip(static_cast<std::size_t>(nul - rest.begin()) + 1);
  return !cursor.ended();
}

bool is_texts(Bytes body, unsigned count) noexcept {
  Cursor cursor(body);
  for (unsigned i = 0; i < count; ++i) {
    if (!skip_text(cursor, body)) return false;
  }
  return cursor.left() == 0;
}

/// ErrorResponse and NoticeResponse: a letter and a text each, then a zero.
bool is_fields(Bytes body) noexcept {
  Cursor cursor(body);
  for (;;) {
    const std::uint32_t letter = cursor.u8();
    if (cursor.ended()) return false;
    if (letter == 0) return cursor.left() == 0 && body.size() > 1;
    if (letter < 'A' || letter > 'z' || !skip_text(cursor, body)) return false;
  }
}

bool is_authentication(Bytes body) noexcept {
  Cursor cursor(body);
  const std::uint32_t method = cursor.big32();
  switch (method) {
    case 0:
    case 2:
    case 3:
    case 6:
    case 7:
    case 9: return body.size() == 4;
    case 5: return body.size() == 8;
    case 8:
    case 10:
    case 11:
    case 12: return body.size() > 4;
    default: return false;
  }
}

bool is_row_description(Bytes body) noexcept {
  constexpr std::size_t kColumn = 18;
  Cursor cursor(body);
  const std::uint32_t columns = cursor.big16();
  for (std::uint32_t i = 0; i < columns; ++i) {
    if (!skip_text(cursor, body)) return false;
    cursor.skip(kColumn);
  }
  return !cursor.ended() && cursor.left() == 0;
}

bool is_values(Cursor& cursor) noexcept {
  const std::uint32_t columns = cursor.big16();
  for (std::uint32_t i = 0; i < columns && !cursor.ended(); ++i) {
    const std::uint32_t size = cursor.big32();
    if (size != 0xFFFFFFFF) cursor.skip(size);
  }
  return !cursor.ended();
}

bool is_data_row(Bytes body) noexcept {
  Cursor cursor(body);
  return is_values(cursor) && cursor.left() == 0;
}

/// CopyInResponse and its kin: text or binary, then a format for each column.
bool is_copy_response(Bytes body) noexcept {
  Cursor cursor(body);
  const std::uint32_t format = cursor.u8();
  cursor.skip(2 * std::size_t{cursor.big16()});
  return format <= 1 && !cursor.ended() && cursor.left() == 0;
}

bool is_parse(Bytes body) noexcept {
  Cursor cursor(body);
  if (!skip_text(cursor, body) || !skip_text(cursor, body)) return false;
  cursor.skip(4 * std::size_t{cursor.big16()});
  return !cursor.ended() && cursor.left() == 0;
}

bool is_bind(Bytes body) noexcept {
  Cursor cursor(body);
  if (!skip_text(cursor, body) || !skip_text(cursor, body)) return false;
  cursor.skip(2 * std::size_t{cursor.big16()});
  if (!is_values(cursor)) return false;
  cursor.skip(2 * std::size_t{cursor.big16()});
  return !cursor.ended() && cursor.left() == 0;
}

bool is_execute(Bytes body) noexcept {
  Cursor cursor(body);
  if (!skip_text(cursor, body)) return false;
  cursor.skip(4);
  return !cursor.ended() && cursor.left() == 0;
}

bool is_named_object(Bytes body) noexcept {
  return body.size() >= 2 && (body[0] == 'S' || body[0] == 'P') && is_texts(body.subspan(1), 1);
}

bool is_query(Bytes body) noexcept {
  const auto is_letter = [](std::uint8_t byte) { return byte >= 0x20 || byte == '\n' || byte == '\r' || byte == '\t'; };
  return !body.empty() && body.back() == 0 && std::all_of(body.begin(), body.end() - 1, is_letter);
}

/// What a backend may send; the whole body is at hand.
bool is_backend_body(std::uint8_t tag, Bytes body) noexcept {
  switch (tag) {
    case 'R': return is_authentication(body);
    case 'S': return is_texts(body, 2);
    case 'K': return body.size() >= 8 && body.size() <= 260;
    case 'Z': return body.size() == 1 && (body[0] == 'I' || body[0] == 'T' || body[0] == 'E');
    case 'E':
    case 'N': return is_fields(body);
    case 'T': return is_row_description(body);
    case 'D': return is_data_row(body);
    case 'C': return is_texts(body, 1) && body.size() > 4 && body[0] >= 'A' && body[0] <= 'Z';
    case '1':
    case '2':
    case '3':
    case 'n':
    case 's':
    case 'I':
    case 'c': return body.empty();
    case 't': return body.size() >= 2 && body.size() == 2 + 4 * std::size_t{big16(body, 0)};
    case 'G':
    case 'H':
    case 'W': return is_copy_response(body);
    case 'A': return body.size() > 4 && is_texts(body.subspan(4), 2);
    default: return tag == 'd';
  }
}

/// What a frontend may send after its start-up.
bool is_frontend_body(std::uint8_t tag, Bytes body) noexcept {
  switch (tag) {
    case 'Q': return is_query(body);
    case 'P': return is_parse(body);
    case 'B': return is_bind(body);
    case 'C':
    case 'D': return is_named_object(body);
    case 'E': return is_execute(body);
    case 'S':
    case 'H':
    case 'X':
    case 'c': return body.empty();
    case 'f': return is_texts(body, 1);
    case 'p': return !body.empty();
    default: return tag == 'd';
  }
}

bool is_tag(std::uint8_t tag, Side side) noexcept {
  constexpr std::string_view kBackend = "RSKZENTDC123nsIctGHWAd";
  constexpr std::string_view kFrontend = "QPBCDESHXcfpd";
  return (side == Side::server ? kBackend : kFrontend).find(static_cast<char>(tag)) != std::string_view::npos;
}

struct Chain {
  Step step = Step::done;
  std::size_t proven = 0;
};

/// Messages one behind the other, until the bytes end. Copied data and passwords prove their lengths only.
Chain walk(Bytes bytes, Side side) noexcept {
  Chain chain;
  Cursor cursor(bytes);
  while (cursor.left() > 0) {
    const auto tag = static_cast<std::uint8_t>(cursor.u8());
    if (!is_tag(tag, side)) return {Step::wrong, 0};
    const std::uint32_t length = cursor.big32();
    if (cursor.ended()) return {Step::ended, chain.proven};
    if (length < 4 || length > kMostMessage) return {Step::wrong, 0};
    if (!cursor.has(length - 4)) return {Step::ended, chain.proven};
    const Bytes body = cursor.take(length - 4);
    if (side == Side::server ? !is_backend_body(tag, body) : !is_frontend_body(tag, body)) return {Step::wrong, 0};
    const bool opaque = tag == 'd' || tag == 'p' || tag == 'K';
    chain.proven += opaque ? 3 : kTag + 4 + std::min<std::size_t>(body.size(), 4);
  }
  return chain;
}

CheckResult check_postgresql_messages(const Payload& payload, Side side) noexcept {
  Bytes bytes = payload.bytes;
  // A server's answer to a request for encryption stands before its first message: no TLS, and no GSS before that.
  for (unsigned refused = 0; refused <= 2; ++refused) {
    const Chain chain = walk(bytes, side);
    if (chain.step != Step::wrong)
      return chain.proven >= kEnough ? CheckResult::yes(chain.proven) : wait_or_no(payload);
    if (side == Side::client || bytes.empty() || bytes[0] != 'N') break;
    bytes = bytes.subspan(1);
  }
  return CheckResult::no();
}

/// StartupMessage: pairs of texts behind version 3.0 to 3.2, or 3.9999, which asks for the newest.
CheckResult check_postgresql_startup(const Payload& payload, Side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t length = cursor.big32();
  const std::uint32_t version = cursor.big32();
  if (cursor.ended()) return wait_or_no(payload);
  const std::uint32_t minor = version & 0xFFFF;
  if (version >> 16 != 3 || (minor > 2 && minor != 9999)) return CheckResult::no();
  if (length < 16 || length > kMostStartup) return CheckResult::no();
  const Bytes body = payload.bytes.subspan(8, std::min<std::size_t>(length, payload.bytes.size()) - 8);
  unsigned texts = 0;
  for (std::size_t at = 0; at < body.size(); ++texts) {
    const auto end = std::find(body.begin() + static_cast<std::ptrdiff_t>(at), body.end(), std::uint8_t{0});
    const auto size = static_cast<std::size_t>(end - body.begin()) - at;
    if (!is_text(body.subspan(at, size))) return CheckResult::no();
    if (end == body.end()) break;
    if (size == 0 && texts % 2 == 0) {
      return texts > 0 && at + 1 == length - 8 ? CheckResult::yes(8 + texts + 1) : CheckResult::no();
    }
    at += size + 1;
  }
  return body.size() < length - 8 ? wait_or_no(payload) : CheckResult::no();
}

}  // namespace

std::span<const NamedCheck> postgresql_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"postgresql-messages", check_postgresql_messages,
                 "PostgreSQL's typed messages of one side, their lengths and contents"},
      NamedCheck{"postgresql-startup", check_postgresql_startup, "PostgreSQL's start-up message of version 3"},
  };
  return kChecks;
}

}  // namespace ghostport
