// What StreamHead must do, written as plainly as possible: two arrays with one optional byte a place.
// Called by the property tests and the fuzzer of StreamHead.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "detection/stream_head.h"

namespace ghostport {

class ReferenceStreamHead {
 public:
  explicit ReferenceStreamHead(std::uint32_t limit) : first_(limit), last_(limit) {}

  void add(std::uint32_t offset, Bytes bytes, Trust trust) {
    for (std::size_t i = 0; i < bytes.size() && offset + i < first_.size(); ++i) {
      const std::size_t at = offset + i;
      const std::uint8_t value = bytes[i];
      const bool open = at >= acknowledged_;
      if (trust != Trust::good) {
        if (copy) continue;
        second_ = true;
        if (last_[at] && last_[at]->value != value) doubt_differs_ = true;
        if (trust == Trust::ambiguous) ambiguous_ = true;
        if (!last_[at]) {
          last_[at] = Byte{value, true};
        } else if (trust == Trust::ambiguous && open) {
          last_[at]->value = value;
        }
        if (trust == Trust::ambiguous || ambiguous_) doubt_extent_ = 0;
        continue;
      }
      if (first_[at] && first_[at]->value != value) {
        conflict_ = true;
        second_ = second_ || open;
      }
      // What the receiver has acknowledged stands, and so does the first good byte; in the second version the last one.
      if (last_[at] && last_[at]->doubtful && last_[at]->value != value) doubt_differs_ = true;
      const bool kept = last_[at] && last_[at]->doubtful && ambiguous_;
      if (!last_[at] || (last_[at]->doubtful && !kept) || (!kept && open)) last_[at] = Byte{value, false};
      if (kept) last_[at]->doubtful = false;
      if (!first_[at]) first_[at] = Byte{value, false};
      extent_ = std::max(extent_, at + 1);
    }
    full_ = full_ || (!bytes.empty() && version(0).size() == first_.size());
  }
  void distrust() {
    if (version_0_is_empty()) return;
    last_ = second_ ? last_ : first_;
    for (auto& byte : last_) {
      if (byte) byte->doubtful = true;
    }
    first_.assign(first_.size(), std::nullopt);
    second_ = true;
    extent_ = 0;
    full_ = false;
  }
  void acknowledge(std::uint32_t offset) { acknowledged_ = std::max<std::size_t>(acknowledged_, offset); }
  void shift(std::uint32_t distance) {
    for (Places* places : {&first_, &last_}) {
      places->insert(places->begin(), distance, std::nullopt);
      places->resize(places->size() - distance);
    }
    if (acknowledged_ != 0) acknowledged_ += distance;
    if (extent_ != 0) extent_ = std::min(extent_ + distance, first_.size());
  }

  [[nodiscard]] std::vector<std::uint8_t> version(unsigned which) const {
    std::vector<std::uint8_t> bytes;
    for (const auto& byte : which == 0 ? first_ : last_) {
      if (!byte) break;
      bytes.push_back(byte->value);
    }
    return bytes;
  }
  [[nodiscard]] bool has_second() const { return second_; }
  [[nodiscard]] bool conflict() const { return conflict_; }
  [[nodiscard]] bool ambiguous() const { return ambiguous_; }
  [[nodiscard]] bool doubt_differs() const { return doubt_differs_; }
  [[nodiscard]] bool full() const {
    return full_ || (second_ && version(1).size() == last_.size() && acknowledged_ >= last_.size());
  }
  [[nodiscard]] std::size_t contiguous() const { return std::max(version(0).size(), version(1).size()); }
  [[nodiscard]] bool has_gap() const { return extent_ > contiguous(); }

 private:
  struct Byte {
    std::uint8_t value;
    bool doubtful;
  };
  using Places = std::vector<std::optional<Byte>>;

  Places first_;
  Places last_;
  std::size_t acknowledged_ = 0;
  std::size_t extent_ = 0;  // end of the furthest good byte within the limit
  bool second_ = false;
  bool conflict_ = false;
  bool full_ = false;
};

/// Empty where the two show the same, else what differs.
inline std::string difference(const StreamHead& head, const ReferenceStreamHead& reference) {
  const auto same = [](Bytes bytes, const std::vector<std::uint8_t>& expected) {
    return std::equal(bytes.begin(), bytes.end(), expected.begin(), expected.end());
  };
  if (!same(head.version(0), reference.version(0))) return "the first-wins version";
  if (head.has_second() != reference.has_second()) return "whether there is a second version";
  if (head.has_second() && !same(head.version(1), reference.version(1))) return "the last-wins version";
  if (head.contiguous() != reference.contiguous()) return "contiguous";
  if (head.conflict() != reference.conflict()) return "conflict";
  if (head.has_gap() != reference.has_gap()) return "has_gap";
  if (head.full() != reference.full()) return "full";
  return {};
}

}  // namespace ghostport
