// What each signature costs: the shipped set without it, one after the other, over the same payloads.
//   leave_one_out prepare FILE [FIRST LAST]   compiles the sets without each signature, or without each from FIRST to
//                                             before LAST
//   leave_one_out measure FILE   under callgrind: scans the payloads with each of them; one dump a set, its number the
//                                dump's name
// Called by leave_one_out.py.
#include <valgrind/callgrind.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>

#include "signatures/scanner.h"

namespace ghostport {
namespace {

constexpr std::size_t kRandomPayloads = 300;
constexpr std::size_t kRandomBytes = 600;

void write_text(std::ostream& out, std::string_view text) { out << text.size() << '\n' << text << '\n'; }

std::string read_text(std::istream& in) {
  std::size_t size = 0;
  in >> size;
  in.get();
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  return text;
}

/// The whole set first, then what differs in each of the others.
int prepare(const char* path, std::size_t first, std::size_t last) {
  std::ofstream out(path, std::ios::binary);
  const SignatureSet::Compiled whole = SignatureSet::builtin()->compiled();
  for (std::size_t i = first; i < std::min(last, whole.least_bytes.size()); ++i) {
    const auto set = SignatureSet::without(builtin_signatures(), whole, static_cast<SignatureIndex>(i));
    if (set == nullptr) throw std::runtime_error("a set could not be compiled");
    const SignatureSet::Compiled less = set->compiled();
    std::vector<std::size_t> changed;
    for (std::size_t place = 0; place < less.databases.size(); ++place) {
      if (less.databases[place] != whole.databases[place]) changed.push_back(place);
    }
    out << i << ' ' << changed.size() << '\n';
    for (const std::size_t place : changed) {
      out << place << ' ';
      write_text(out, less.databases[place]);
    }
  }
  out.close();
  return out ? 0 : 2;
}

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

void measure(const SignatureSet::Compiled& compiled, const std::vector<Sample>& samples, std::size_t left_out) {
  const auto set =
      SignatureSet::load(builtin_signatures(), compiled.least_bytes,
                         std::vector<std::string_view>(compiled.databases.begin(), compiled.databases.end()));
  if (set == nullptr) throw std::runtime_error("a set could not be loaded");
  Scanner scanner(set);
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

int measure(const char* path) {
  const std::vector<Sample> all = samples();
  const SignatureSet::Compiled whole = SignatureSet::builtin()->compiled();
  measure(whole, all, whole.least_bytes.size());
  std::ifstream in(path, std::ios::binary);
  std::size_t left_out = 0;
  std::size_t count = 0;
  while (in >> left_out >> count) {
    SignatureSet::Compiled less = whole;
    for (; count > 0; --count) {
      std::size_t place = 0;
      in >> place;
      less.databases.at(place) = read_text(in);
    }
    measure(less, all, left_out);
  }
  return 0;
}

}  // namespace
}  // namespace ghostport

int main(int count, char** arguments) {
  const std::string_view what = count >= 3 ? arguments[1] : "";
  try {
    if (what == "prepare" && count == 3) return ghostport::prepare(arguments[2], 0, ~std::size_t{0});
    if (what == "prepare" && count == 5)
      return ghostport::prepare(arguments[2], std::stoul(arguments[3]), std::stoul(arguments[4]));
    if (what == "measure" && count == 3) return ghostport::measure(arguments[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "leave_one_out: %s\n", error.what());
    return 2;
  }
  std::fprintf(stderr, "usage: leave_one_out prepare FILE [FIRST LAST] | measure FILE\n");
  return 2;
}
