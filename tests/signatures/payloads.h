// Payloads in heap blocks of exactly their size, so that a read past the end is an error that sanitizers see.
// Called by the tests of checks, signatures and the scanner.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "signatures/check.h"
#include "tests/packet_builder.h"

namespace ghostport {

using packets::ByteString;
using packets::ByteWriter;
using packets::from_hex;
using packets::joined;
using packets::random_bytes;

/// What one side said: a stream, or a train of datagrams of which the last is the newest.
class Said {
 public:
  static Said stream(const ByteString& bytes) {
    Said said;
    said.keep(bytes);
    return said;
  }
  static Said train(const std::vector<ByteString>& datagrams) {
    Said said;
    said.is_train_ = true;
    for (const ByteString& datagram : datagrams) said.keep(datagram);
    return said;
  }
  [[nodiscard]] Payload payload(bool complete) const {
    return {views_.back(), is_train_ ? std::span<const Bytes>(views_) : std::span<const Bytes>(), complete};
  }

 private:
  void keep(const ByteString& bytes) {
    blocks_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(bytes.size()));
    std::copy(bytes.begin(), bytes.end(), blocks_.back().get());
    views_.emplace_back(blocks_.back().get(), bytes.size());
  }

  std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
  std::vector<Bytes> views_;
  bool is_train_ = false;
};

inline CheckFunction check_named(std::string_view name) { return find_check(name)->function; }

inline CheckState ask(CheckFunction check, Side side, const ByteString& bytes, bool complete = false) {
  return check(Said::stream(bytes).payload(complete), side).state;
}

inline CheckState ask(CheckFunction check, const std::vector<ByteString>& datagrams, bool complete = false) {
  return check(Said::train(datagrams).payload(complete), Side::client).state;
}

inline ByteString first_bytes(const ByteString& bytes, std::size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

/// Lengths at which a check changes its mind while the bytes arrive one by one, with what it says from there on.
struct Change {
  std::size_t bytes;
  CheckState state;
  friend bool operator==(const Change&, const Change&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Change& change) {
    return out << "from " << change.bytes
               << (change.state == CheckState::yes  ? " yes"
                   : change.state == CheckState::no ? " no"
                                                    : " more");
  }
};

inline std::vector<Change> changes(CheckFunction check, Side side, const ByteString& bytes, bool complete = false) {
  std::vector<Change> result;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const CheckState state = ask(check, side, first_bytes(bytes, size), complete);
    if (result.empty() || result.back().state != state) result.push_back({size, state});
  }
  return result;
}

}  // namespace ghostport
