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
    if (offset >= first_.size()) return;
    bytes = bytes.first(std::min<std::size_t>(bytes.size(), first_.size() - offset));
    if (trust != Trust::good && is_copy(offset, bytes)) return;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (trust == Trust::good) {
        add_good(offset + i, bytes[i]);
      } else {
        add_doubt(offset + i, bytes[i], trust);
      }
    }
    full_ = full_ || (!bytes.empty() && version(0).size() == first_.size());
    second_full_ = second_full_ || (!bytes.empty() && second_ && version(1).size() == last_.size());
  }
  void distrust() {
    if (extent_ == 0) return;
    first_.assign(first_.size(), std::nullopt);
    second_full_ = second_full_ || full_;
    second_ = true;
    full_ = false;
    extent_ = 0;
  }
  void acknowledge(std::uint32_t offset) { acknowledged_ = std::max<std::size_t>(acknowledged_, offset); }
  void shift(std::uint32_t distance) {
    for (Places* places : {&first_, &last_}) {
      places->insert(places->begin(), distance, std::nullopt);
      places->resize(places->size() - distance);
    }
    if (acknowledged_ != 0) acknowledged_ += distance;
    if (extent_ != 0) extent_ = std::min(extent_ + distance, first_.size());
    if (last_extent_ != 0) last_extent_ = std::min(last_extent_ + distance, first_.size());
  }

  [[nodiscard]] std::vector<std::uint8_t> version(unsigned which) const {
    std::vector<std::uint8_t> bytes;
    for (const auto& byte : which == 0 ? first_ : last_) {
      if (!byte) break;
      bytes.push_back(*byte);
    }
    return bytes;
  }
  [[nodiscard]] bool has_second() const { return second_; }
  [[nodiscard]] bool conflict() const { return conflict_; }
  [[nodiscard]] bool ambiguous() const { return ambiguous_; }
  [[nodiscard]] bool doubt_differs() const { return doubt_differs_; }
  [[nodiscard]] bool full() const { return full_ || (second_full_ && acknowledged_ >= first_.size()); }
  [[nodiscard]] std::size_t contiguous() const { return std::max(version(0).size(), version(1).size()); }
  [[nodiscard]] bool has_gap() const { return std::max(extent_, ambiguous_ ? last_extent_ : 0) > contiguous(); }

 private:
  using Places = std::vector<std::optional<std::uint8_t>>;

  [[nodiscard]] bool is_copy(std::size_t offset, Bytes bytes) const {
    const std::vector<std::uint8_t> first = version(0);
    return !bytes.empty() && offset + bytes.size() <= first.size() &&
           std::equal(bytes.begin(), bytes.end(), first.begin() + static_cast<std::ptrdiff_t>(offset));
  }
  void add_good(std::size_t at, std::uint8_t value) {
    const bool open = at >= acknowledged_;
    if (first_[at] && first_[at] != value) {
      conflict_ = true;
      second_ = second_ || open;
    }
    // What the receiver has acknowledged stands, and so does the first good byte; in the second version the last one,
    // but for what some receivers took.
    const bool doubtful = last_[at] && !first_[at];
    if (doubtful && last_[at] != value) doubt_differs_ = true;
    if (!last_[at] || (doubtful ? !ambiguous_ : open)) last_[at] = value;
    if (!first_[at]) first_[at] = value;
    extent_ = std::max(extent_, at + 1);
    last_extent_ = std::max(last_extent_, at + 1);
  }
  void add_doubt(std::size_t at, std::uint8_t value, Trust trust) {
    second_ = true;
    last_extent_ = std::max(last_extent_, at + 1);
    ambiguous_ = ambiguous_ || trust == Trust::ambiguous;
    if (last_[at] && last_[at] != value) doubt_differs_ = true;
    if (!last_[at] || (trust == Trust::ambiguous && at >= acknowledged_)) last_[at] = value;
  }

  Places first_;
  Places last_;
  std::size_t acknowledged_ = 0;
  std::size_t extent_ = 0;  // end of the furthest good byte within the limit
  std::size_t last_extent_ = 0;
  bool second_ = false;
  bool conflict_ = false;
  bool ambiguous_ = false;
  bool doubt_differs_ = false;
  bool full_ = false;
  bool second_full_ = false;
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
  if (head.ambiguous() != reference.ambiguous()) return "ambiguous";
  if (head.doubt_differs() != reference.doubt_differs()) return "doubt_differs";
  if (head.full() != reference.full()) return "full";
  return {};
}

}  // namespace ghostport
