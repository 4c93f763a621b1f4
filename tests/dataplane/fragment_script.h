// Turns any bytes into a sequence of fragments of four identifications, feeds it to the defragmenter and to its
// reference, and tells where they differ. Called by the property test and the fuzzer.
// Input: a byte of modes, then steps of four bytes (identification and kind, place, size, letter and time).
#pragma once

#include <bitset>
#include <string>

#include "tests/dataplane/reference_defragmenter.h"

namespace ghostport {

class FragmentScript {
 public:
  /// The first difference, or an empty text.
  std::string run(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return {};
    const bool cutting = (data[0] & 1U) != 0;
    for (std::size_t at = 1; at + 4 <= size; at += 4) {
      const std::string wrong = step(data + at, cutting);
      if (!wrong.empty()) return wrong + " differs after step " + std::to_string((at - 1) / 4);
    }
    feeder_.defragmenter.end(feeder_.counters);
    reference_.end();
    if (feeder_.counted(Counter::impossible_fragments) != reference_.impossible_fragments)
      return "impossible fragments";
    if (!cutting && feeder_.counted(Counter::unfinished_fragments) != reference_.unfinished)
      return "unfinished fragments";
    if (feeder_.defragmenter.bytes() != 0 || feeder_.defragmenter.datagrams() != 0) return "what is left";
    return {};
  }

 private:
  static FragmentSpec spec_of(const std::uint8_t* data) {
    const unsigned which = data[0] & 3U;
    FragmentSpec spec = which < 2 ? FragmentSpec{} : ipv6_like();
    spec.identification = which % 2;
    const unsigned source = data[0] >> 2U & 3U;
    spec.protocol = source == 0 && which % 2 == 0 ? 253 : 17;
    spec.more = (data[0] & 0x10U) != 0;
    spec.dont_fragment = (data[0] & 0x20U) != 0 && (data[3] & 1U) != 0;
    if ((data[0] & 0x40U) != 0) spec.life = data[3] % 2 == 0 ? 64 : 1;
    const std::uint32_t units = data[1] < 0xE0 ? data[1] % 24U : (data[1] - 0xE0U) * 264U;
    spec.offset = std::min(units, 8191U) * 8;
    const std::uint32_t size =
        data[2] < 0xF0 ? data[2] % 8U * 8U + (data[2] >= 0xC0 ? data[2] % 7U : 0) : (data[2] - 0xF0U) * 512U + 8;
    if (source == 0) {
      spec.bytes.assign(size, static_cast<std::uint8_t>('A' + data[3] % 4));
    } else {  // some part of one of three datagrams with right checksums
      packets::ByteString whole =
          udp_bytes(packets::ByteString(source * 24 - 5, static_cast<std::uint8_t>('a' + source)), spec);
      spec.offset = std::min<std::uint32_t>(spec.offset, static_cast<std::uint32_t>(whole.size()) / 8 * 8);
      const std::size_t to = std::min<std::size_t>(whole.size(), spec.offset + (size / 8 + 1) * 8);
      spec = part_of(whole, spec.offset, to, spec);
    }
    if (spec.offset == 0) spec.more = true;  // else it would be no fragment
    return spec;
  }

  std::string step(const std::uint8_t* data, bool cutting) {
    const FragmentSpec spec = spec_of(data);
    if ((data[0] & 0x80U) != 0) feeder_.now += std::int64_t{data[3]} * 250'000'000;
    const auto length = static_cast<std::uint32_t>(frame_of(spec).bytes.size());
    if (!cutting) return difference(feeder_.add(spec), reference_.add(spec, length, feeder_.now));
    (void)reference_.add(spec, length, feeder_.now);
    const std::uint32_t headers = spec.family == 4 ? 34 : 62;
    const std::uint32_t snap = data[3] % 3 == 0 ? headers + data[3] / 3U : length;
    remember(spec, std::min(snap, length) - headers);
    for (const WholeDatagram& one : feeder_.add(spec, snap)) {
      for (std::uint32_t at = 0; at < one.bytes.size(); ++at) {
        const auto& sent = sent_[spec.family == 4 ? 0 : 1];
        if (at >= sent.size() || !sent[at][one.bytes[at]]) return "a byte that nobody sent";
      }
      if (one.declared() < one.bytes.size()) return "declared length";
    }
    return {};
  }
  void remember(const FragmentSpec& spec, std::uint32_t captured) {
    auto& sent = sent_[spec.family == 4 ? 0 : 1];
    const auto size = std::min<std::uint32_t>(captured, static_cast<std::uint32_t>(spec.bytes.size()));
    if (sent.size() < spec.offset + size) sent.resize(spec.offset + size);
    for (std::uint32_t i = 0; i < size; ++i) sent[spec.offset + i][spec.bytes[i]] = true;
  }

  FragmentFeeder feeder_{DefragmenterLimits{64, std::size_t{4} << 20U, std::size_t{1} << 20U}};
  ReferenceDefragmenter reference_;
  std::vector<std::bitset<256>> sent_[2];  ///< by family and place
};

}  // namespace ghostport
