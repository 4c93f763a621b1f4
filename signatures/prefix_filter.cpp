#include "signatures/prefix_filter.h"

namespace ghostport {

void PrefixFilter::add(SignatureIndex index, const Prefix& prefix, std::uint16_t least) {
  if (blocks_.empty() || blocks_.back().count == blocks_.back().indices.size()) blocks_.emplace_back();
  Block& block = blocks_.back();
  const std::size_t bit = block.count++;
  block.indices[bit] = index;
  for (std::size_t place = 0; place < Prefix::kBytes; ++place) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      if (prefix.bytes[place].test(byte)) block.rows[place][byte].set(bit);
    }
  }
  for (std::size_t length = least; length < kLengths; ++length) block.by_length[length].set(bit);
  // Longer than the table knows: it is tried where there are as many bytes as the table knows of.
  if (least >= kLengths) block.by_length[kLengths - 1].set(bit);
  if (prefix.exact) block.exact.set(bit);
}

}  // namespace ghostport
