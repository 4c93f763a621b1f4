#include <algorithm>
#include <array>

#include "signatures/checks/cursor.h"
#include "signatures/checks/families.h"

// Sources: MongoDB's manual, "Wire Protocol" and "Legacy Opcodes"; bsonspec.org, version 1.1; the compression
// specification of MongoDB's drivers (OP_COMPRESSED).
namespace ghostport {
namespace {

constexpr std::size_t kHeader = 16;
constexpr std::uint32_t kMostMessage = 48000000;
constexpr unsigned kMostElements = 64;  // enough to have proven a document

enum Opcode : std::uint32_t {
  kReply = 1,
  kUpdate = 2001,
  kInsert = 2002,
  kQuery = 2004,
  kGetMore = 2005,
  kDelete = 2006,
  kKillCursors = 2007,
  kCompressed = 2012,
  kMessage = 2013,
};

/// A name or text without control characters up to its zero.
Step skip_name(Cursor& cursor, Bytes bytes) noexcept {
  const Bytes rest = bytes.subspan(std::min(cursor.position(), bytes.size()));
  const auto nul = std::find(rest.begin(), rest.end(), std::uint8_t{0});
  const auto size = static_cast<std::size_t>(nul - rest.begin());
  if (!is_text(rest.first(size)) || size > 1024) return Step::wrong;
  if (nul == rest.end()) return Step::ended;
  cursor.skip(size + 1);
  return Step::done;
}

/// The size of a value where its type alone says it; 0 where it begins with a length.
constexpr int fixed_size(std::uint32_t type) noexcept {
  switch (type) {
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12: return 8;
    case 0x06:
    case 0x0A:
    case 0x7F:
    case 0xFF: return 0;
    case 0x07: return 12;
    case 0x08: return 1;
    case 0x10: return 4;
    case 0x13: return 16;
    default: return -1;
  }
}

/// A document: its length, elements of known types, a zero. `room` is what its message leaves for it.
Step skip_document(Cursor& cursor, Bytes bytes, std::size_t room, std::size_t& proven) noexcept {
  const std::size_t start = cursor.position();
  const std::uint32_t length = cursor.little32();
  if (cursor.ended()) return Step::ended;
  if (length < 5 || length > room) return Step::wrong;
  proven += 4;
  const std::size_t end = start + length;
  if (end <= bytes.size() && bytes[end - 1] != 0) return Step::wrong;
  for (unsigned i = 0; i < kMostElements; ++i) {
    const std::uint32_t type = cursor.u8();
    if (cursor.ended()) return Step::ended;
    ++proven;
    if (type == 0) return cursor.position() == end ? Step::done : Step::wrong;
    if (const Step step = skip_name(cursor, bytes); step != Step::done) return step;
    std::size_t size = 0;
    if (const int fixed = fixed_size(type); fixed >= 0) {
      size = static_cast<std::size_t>(fixed);
    } else {
      size = cursor.little32();
      if (cursor.ended()) return Step::ended;
      switch (type) {
        case 0x02:
        case 0x0D:
        case 0x0E: break;  // a text
        case 0x03:
        case 0x04:
        case 0x0F:  // a document, an array, code with its scope
          if (size < 5) return Step::wrong;
          size -= 4;
          break;
        case 0x05: size += 1; break;  // a subtype before the bytes
        default: return Step::wrong;  // and regular expressions, which no command has
      }
    }
    if (cursor.position() > end || size > end - cursor.position()) return Step::wrong;
    cursor.skip(size);
    if (cursor.ended()) return Step::ended;
  }
  return Step::done;
}

/// OP_MSG: a body, or sequences of documents before it; a checksum behind them where a flag says so.
Step read_message(Cursor& cursor, Bytes bytes, std::size_t end, std::size_t& proven) noexcept {
  const std::uint32_t flags = cursor.little32();
  const std::uint32_t kind = cursor.u8();
  if (cursor.ended()) return Step::ended;
  if ((flags & ~0x10003U) != 0 || kind > 1) return Step::wrong;
  proven += 5;
  const std::size_t sum = (flags & 1) != 0 ? 4 : 0;
  if (end < cursor.position() + sum) return Step::wrong;
  const std::size_t room = end - cursor.position() - sum;
  if (kind == 0) return skip_document(cursor, bytes, room, proven);
  const std::uint32_t size = cursor.little32();
  if (cursor.ended()) return Step::ended;
  if (size > room) return Step::wrong;
  if (const Step step = skip_name(cursor, bytes); step != Step::done) return step;
  return skip_document(cursor, bytes, room, proven);
}

Step read_query(Cursor& cursor, Bytes bytes, std::size_t end, std::size_t& proven) noexcept {
  const std::uint32_t flags = cursor.little32();
  if (cursor.ended()) return Step::ended;
  if ((flags & ~0xFEU) != 0) return Step::wrong;
  const std::size_t name = cursor.position();
  if (const Step step = skip_name(cursor, bytes); step != Step::done) return step;
  const Bytes collection = bytes.subspan(name, cursor.position() - name);
  if (std::ranges::find(collection, std::uint8_t{'.'}) == collection.end()) return Step::wrong;
  cursor.skip(8);  // how many to skip, how many to return
  if (cursor.ended()) return Step::ended;
  if (cursor.position() > end) return Step::wrong;
  proven += 5;
  return skip_document(cursor, bytes, end - cursor.position(), proven);
}

Step read_reply(Cursor& cursor, Bytes bytes, std::size_t end, std::size_t& proven) noexcept {
  const std::uint32_t flags = cursor.little32();
  cursor.skip(12);  // cursor, place in it
  const std::uint32_t documents = cursor.little32();
  if (cursor.ended()) return Step::ended;
  if ((flags & ~0xFU) != 0) return Step::wrong;
  proven += 4;
  if (documents == 0) return cursor.position() == end ? Step::done : Step::wrong;
  if (documents > (1U << 24) || cursor.position() > end) return Step::wrong;
  return skip_document(cursor, bytes, end - cursor.position(), proven);
}

/// Writes of before version 5.1: a collection's name, flags, documents.
Step read_write(Cursor& cursor, Bytes bytes, std::uint32_t opcode, std::size_t end, std::size_t& proven) noexcept {
  const std::uint32_t first = cursor.little32();  // flags of an insert, else reserved
  if (cursor.ended()) return Step::ended;
  if (first > (opcode == kInsert ? 1U : 0U)) return Step::wrong;
  if (const Step step = skip_name(cursor, bytes); step != Step::done) return step;
  proven += 5;
  if (opcode == kGetMore) {
    cursor.skip(12);
    if (cursor.ended()) return Step::ended;
    return cursor.position() == end ? Step::done : Step::wrong;
  }
  if (opcode != kInsert) cursor.skip(4);
  if (cursor.ended()) return Step::ended;
  if (cursor.position() > end) return Step::wrong;
  return skip_document(cursor, bytes, end - cursor.position(), proven);
}

/// The original operation, its size, a compressor, and the first bytes that this one writes.
Step read_compressed(Cursor& cursor, Bytes bytes, std::size_t& proven) noexcept {
  const std::uint32_t opcode = cursor.little32();
  const std::uint32_t size = cursor.little32();
  const std::uint32_t compressor = cursor.u8();
  const std::size_t at = cursor.position();
  const Bytes start = cursor.take(4);
  if (cursor.ended()) return Step::ended;
  if ((opcode != kReply && (opcode < kUpdate || opcode > kMessage)) || size > kMostMessage) return Step::wrong;
  proven += 6;
  switch (compressor) {
    case 0: return Step::done;
    case 1: {  // snappy begins with the size, seven bits a byte
      std::uint32_t rest = size;
      for (std::size_t i = at; i < at + 4; ++i, rest >>= 7) {
        if (bytes[i] != ((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))) return Step::wrong;
        if (rest <= 0x7F) break;
      }
      return Step::done;
    }
    case 2: return (start[0] & 0x0F) == 8 && big16(start, 0) % 31 == 0 ? Step::done : Step::wrong;
    case 3: return little32(start, 0) == 0xFD2FB528 ? Step::done : Step::wrong;
    default: return Step::wrong;
  }
}

/// A request answers nothing; a response says which request it answers.
bool fits_side(std::uint32_t opcode, std::uint32_t answers, Side side) noexcept {
  if (side == Side::client) return opcode != kReply && answers == 0;
  return opcode == kReply || ((opcode == kMessage || opcode == kCompressed) && answers != 0);
}

CheckResult check_mongodb(const Payload& payload, Side side) noexcept {
  Cursor cursor(payload.bytes);
  const std::uint32_t length = cursor.little32();
  cursor.skip(4);
  const std::uint32_t answers = cursor.little32();
  const std::uint32_t opcode = cursor.little32();
  if (cursor.ended()) return wait_or_no(payload);
  if (length < kHeader + 4 || length > kMostMessage || !fits_side(opcode, answers, side)) return CheckResult::no();
  const Bytes bytes = payload.bytes.first(std::min<std::size_t>(payload.bytes.size(), length));
  std::size_t proven = 4;
  Step step = Step::wrong;
  switch (opcode) {
    case kMessage: step = read_message(cursor, bytes, length, proven); break;
    case kQuery: step = read_query(cursor, bytes, length, proven); break;
    case kReply: step = read_reply(cursor, bytes, length, proven); break;
    case kCompressed: step = read_compressed(cursor, bytes, proven); break;
    case kUpdate:
    case kInsert:
    case kGetMore:
    case kDelete: step = read_write(cursor, bytes, opcode, length, proven); break;
    case kKillCursors: {
      const std::uint32_t zero = cursor.little32();
      const std::uint32_t cursors = cursor.little32();
      if (cursor.ended()) return wait_or_no(payload);
      proven += 8;
      step = zero == 0 && length == kHeader + 8 + 8 * std::uint64_t{cursors} ? Step::done : Step::wrong;
      break;
    }
    default: break;
  }
  if (step == Step::wrong || (step == Step::ended && bytes.size() == length)) return CheckResult::no();
  // A long document need not arrive whole: its length and two elements have been read.
  if (step == Step::ended && proven < 15) return wait_or_no(payload);
  return CheckResult::yes(proven);
}

}  // namespace

std::span<const NamedCheck> mongodb_checks() noexcept {
  static constexpr std::array kChecks{
      NamedCheck{"mongodb", check_mongodb, "a message of MongoDB: lengths, flags and the elements of its document"},
  };
  return kChecks;
}

}  // namespace ghostport
