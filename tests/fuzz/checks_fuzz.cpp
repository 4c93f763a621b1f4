// Any bytes for every structural check, each datagram in a heap block of exactly its size: no read past the end, the
// same answer twice, and no `yes` that proves nothing. Input: a byte for the check, a byte for side and completeness,
// then the stream; for a train of datagrams each is behind its length.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "signatures/check.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ghostport;
  if (size < 2) return 0;
  const NamedCheck& check = all_checks()[data[0] % all_checks().size()];
  const Side side = (data[1] & 1U) != 0 ? Side::server : Side::client;
  const bool is_train = (data[1] & 4U) != 0;
  std::vector<std::unique_ptr<std::uint8_t[]>> blocks;
  std::vector<Bytes> datagrams;
  for (std::size_t at = 2; at < size && datagrams.size() < 16;) {
    std::size_t length = size - at;
    if (is_train) {
      length = std::min<std::size_t>(data[at], length - 1);
      ++at;
    }
    blocks.push_back(std::make_unique<std::uint8_t[]>(length));
    std::copy_n(data + at, length, blocks.back().get());
    datagrams.emplace_back(blocks.back().get(), length);
    at += length;
  }
  Payload payload;
  payload.complete = (data[1] & 2U) != 0;
  if (!datagrams.empty()) payload.bytes = datagrams.back();
  if (is_train) payload.datagrams = datagrams;
  const CheckResult result = check.function(payload, side);
  const CheckResult again = check.function(payload, side);
  require(result.state == again.state && result.proven == again.proven);
  require((result.state == CheckState::yes) == (result.proven != 0));
  return 0;
}
