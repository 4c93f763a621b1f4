// Any sequence of segments, acknowledgments and shifts: StreamHead shows what the plain reference shows.
// Input: a byte for the limit, then steps of four bytes (kind and letter, offset low, offset high, length).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/detection/reference_stream_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ghostport;
  if (size == 0) return 0;
  const std::uint32_t limit = data[0] < 128 ? data[0] + 1U : (data[0] - 127U) * 32U;
  HeadPool pool(limit, std::size_t{1} << 18U);
  StreamHead head;
  ReferenceStreamHead reference(limit);
  for (std::size_t at = 1; at + 4 <= size; at += 4) {
    const std::uint8_t kind = data[at] >> 5U;
    const std::uint32_t offset = (data[at + 1] | static_cast<std::uint32_t>(data[at + 2]) << 8U) % (limit + 8U);
    if (kind == 0) {
      head.acknowledge(offset);
      reference.acknowledge(offset);
    } else if (kind == 4 && (data[at] & 31U) == 31) {
      head.distrust(pool);
      reference.distrust();
    } else if (kind == 1) {
      head.shift(pool, offset + 1);
      reference.shift(std::min(offset + 1, limit));
    } else {
      const Trust trust = kind == 2 ? Trust::doubtful : kind == 3 ? Trust::ambiguous : Trust::good;
      std::vector<std::uint8_t> bytes(data[at + 3]);
      for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>((data[at] & 3U) + (i % 3 == 2 ? offset + i : 0));
      head.add(pool, offset, bytes, trust);
      reference.add(offset, bytes, trust);
    }
    const std::string differs = difference(head, reference);
    if (!differs.empty()) {
      std::fprintf(stderr, "%s differs after step %zu\n", differs.c_str(), (at - 1) / 4);
      std::abort();
    }
  }
  head.clear(pool);
  return 0;
}
