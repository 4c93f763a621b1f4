#include "signatures/prefix_filter.h"

#include <cstring>
#include <span>
#include <tuple>
#include <type_traits>
#include <unordered_map>

namespace ghostport {
namespace {

/// Sorts together what the same bytes rule out, so that a block is done with after a few of them: by the first place at
/// which little fits.
std::tuple<std::size_t, std::size_t> order_of(const PrefixFilter::Way& way) {
  constexpr std::size_t kLittle = 32;
  const std::vector<ByteSet>& bytes = way.prefix.bytes;
  const auto place = std::ranges::find_if(bytes, [](const ByteSet& set) { return set.count() <= kLittle; });
  if (place == bytes.end()) return {Prefix::kBytes, 0};
  return {static_cast<std::size_t>(place - bytes.begin()), place->_Find_first()};
}

/// A bit for each upper and each lower half that a byte of a set has.
struct Halves {
  unsigned high = 0;
  unsigned low = 0;
  bool exact = false;  ///< no other byte has halves of both
};

Halves halves_of(const ByteSet& bytes) {
  Halves halves;
  for (std::size_t byte = bytes._Find_first(); byte < bytes.size(); byte = bytes._Find_next(byte)) {
    halves.high |= 1U << (byte >> 4U);
    halves.low |= 1U << (byte & 0x0FU);
  }
  halves.exact =
      static_cast<std::size_t>(std::popcount(halves.high)) * static_cast<std::size_t>(std::popcount(halves.low)) ==
      bytes.count();
  return halves;
}

}  // namespace

/// Writes ways into the tables; many have the same sets.
class PrefixFilter::Writer {
 public:
  explicit Writer(PrefixFilter& filter) : filter_(filter) {}

  void write(Block& block, std::size_t bit, const Way& way) {
    const Prefix& prefix = way.prefix;
    filter_.first_.back() |= prefix.bytes.empty() ? ByteSet().set() : prefix.bytes[0];
    for (std::size_t length = length_class(prefix.least); length < Block::kLengths; ++length)
      block.by_length[length].set(bit);
    Entry& entry = block.entries[bit];
    entry.index = way.index;
    entry.exact = prefix.exact ? 1 : 0;
    entry.least = static_cast<std::uint8_t>(prefix.least);
    entry.first = static_cast<std::uint32_t>(filter_.tests_.size());
    for (std::size_t place = 0; place < std::max(prefix.bytes.size(), kPlaces); ++place) {
      Halves halves{0xFFFF, 0xFFFF, true};
      if (place < prefix.bytes.size() && !prefix.bytes[place].all()) {
        const auto& [set, known_halves] = known(prefix.bytes[place]);
        halves = known_halves;
        if (place >= kPlaces || !halves.exact) filter_.tests_.push_back({static_cast<std::uint32_t>(place), set});
      }
      for (std::size_t half = 0; place < kPlaces && half < 16; ++half) {
        if ((halves.high >> half & 1U) != 0) block.high[place][half].set(bit);
        if ((halves.low >> half & 1U) != 0) block.low[place][half].set(bit);
      }
    }
    const auto tests = std::span(filter_.tests_).subspan(entry.first);
    std::ranges::sort(tests, {}, [this](const Test& one) { return filter_.sets_[one.set].count(); });
    if (tests.empty()) return;
    const ByteSet& fewest = filter_.sets_[tests[0].set];
    entry.place = static_cast<std::uint8_t>(tests[0].place);
    entry.low = static_cast<std::uint8_t>(fewest._Find_first());
    while (!fewest.test(entry.high)) --entry.high;
    const bool is_range = fewest.count() == entry.high - entry.low + 1U;
    entry.first += is_range ? 1 : 0;
    entry.tests = static_cast<std::uint8_t>(tests.size() - (is_range ? 1 : 0));
  }

 private:
  struct Known {
    std::uint32_t set;  ///< of sets_
    Halves halves;
  };

  const Known& known(const ByteSet& set) {
    const auto [place, is_new] = known_.try_emplace(set);
    if (is_new) {
      place->second = {static_cast<std::uint32_t>(filter_.sets_.size()), halves_of(set)};
      filter_.sets_.push_back(set);
    }
    return place->second;
  }

  PrefixFilter& filter_;
  std::unordered_map<ByteSet, Known> known_;
};

void PrefixFilter::add(std::vector<Way> ways) {
  std::ranges::stable_sort(ways, {}, order_of);
  Writer writer(*this);
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (i % Block::kMost == 0) {
      blocks_.emplace_back();
      first_.emplace_back();
    }
    writer.write(blocks_.back(), i % Block::kMost, ways[i]);
  }
}

void PrefixFilter::leave_out(SignatureIndex index) {
  for (Block& block : blocks_) {
    for (std::size_t bit = 0; bit < Block::kMost; ++bit) {
      if (block.entries[bit].index != index) continue;
      for (Mask& mask : block.by_length) mask.clear(bit);
    }
  }
}

std::string PrefixFilter::serialized() const {
  std::string text;
  const auto write = [&text](const auto& entries) {
    static_assert(std::has_unique_object_representations_v<std::remove_cvref_t<decltype(entries[0])>> ||
                  std::is_same_v<std::remove_cvref_t<decltype(entries[0])>, ByteSet>);
    const std::uint64_t count = entries.size();
    text.append(reinterpret_cast<const char*>(&count), sizeof count);
    text.append(reinterpret_cast<const char*>(entries.data()), entries.size() * sizeof entries[0]);
  };
  write(blocks_);
  write(first_);
  write(tests_);
  write(sets_);
  return text;
}

bool PrefixFilter::load(std::string_view tables) {
  const auto read = [&tables](auto& entries) {
    std::uint64_t count = 0;
    if (tables.size() < sizeof count) return false;
    std::memcpy(&count, tables.data(), sizeof count);
    tables.remove_prefix(sizeof count);
    if (count > tables.size() / sizeof entries[0]) return false;
    entries.resize(count);
    const std::size_t size = count * sizeof entries[0];
    if (size != 0) std::memcpy(entries.data(), tables.data(), size);
    tables.remove_prefix(size);
    return true;
  };
  return read(blocks_) && read(first_) && read(tests_) && read(sets_) && tables.empty();
}

}  // namespace ghostport
