// What each signature costs: the shipped set without it, one after the other, over the same payloads.
//   leave_one_out [FIRST LAST]   under callgrind: scans the payloads with the whole set, then without each signature,
//                                or without each from FIRST to before LAST; one dump a set, its number the dump's name
// Called by leave_one_out.py.
#include <valgrind/callgrind.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <stdexcept>
#include <string>

#include "signatures/scanner.h"

namespace ghostport {
namespace {

constexpr std::size_t kRandomPayloads = 300;
constexpr std::size_t kRandomBytes = 600;

struct Sample {
  Transport transport;
  Side side;
  std::vector<std::uint8_t> bytes;
};

std::vector<Sample> samples() {
  std::vector<Sample> result;
  for (const Signature& signature : builtin_signatures().signatures) {
    for (const Example& example : signature.match) {
      const std::string& text = example.datagrams.back();
      result.push_back({signature.transport,
                        signature.side == SignatureSide::server ? Side::server : Side::client,
                        {text.begin(), text.end()}});
    }
  }
  std::mt19937 random(1);
  for (std::size_t i = 0; i < kRandomPayloads; ++i) {
    Sample sample{i % 2 == 0 ? Transport::tcp : Transport::udp, i % 4 < 2 ? Side::client : Side::server, {}};
    for (std::size_t size = 1 + random() % kRandomBytes; size > 0; --size)
      sample.bytes.push_back(static_cast<std::uint8_t>(random() >> 16U));
    result.push_back(std::move(sample));
  }
  return result;
}

void measure(std::shared_ptr<const SignatureSet> set, const std::vector<Sample>& samples, std::size_t left_out) {
  if (set == nullptr) throw std::runtime_error("a set could not be loaded");
  Scanner scanner(std::move(set));
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  for (const Sample& sample : samples) {
    const Bytes bytes(sample.bytes);
    (void)scanner.scan(sample.transport, sample.side,
                       {bytes, {&bytes, sample.transport == Transport::udp ? 1U : 0U}, true});
  }
  CALLGRIND_TOGGLE_COLLECT;
  CALLGRIND_DUMP_STATS_AT(std::to_string(left_out).c_str());
}

void measure_all(std::size_t first, std::size_t last) {
  const std::vector<Sample> all = samples();
  const auto whole = SignatureSet::builtin();
  const std::size_t count = whole->signatures().size();
  measure(whole, all, count);
  for (std::size_t i = first; i < std::min(last, count); ++i)
    measure(SignatureSet::without(static_cast<SignatureIndex>(i)), all, i);
}

}  // namespace
}  // namespace ghostport

int main(int count, char** arguments) {
  try {
    if (count == 1 || count == 3) {
      ghostport::measure_all(count == 3 ? std::stoul(arguments[1]) : 0,
                             count == 3 ? std::stoul(arguments[2]) : ~std::size_t{0});
      return 0;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "leave_one_out: %s\n", error.what());
    return 2;
  }
  std::fprintf(stderr, "usage: leave_one_out [FIRST LAST]\n");
  return 2;
}
