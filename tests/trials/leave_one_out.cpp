// What each signature costs: the shipped set without it, one after the other, over the same payloads.
//   leave_one_out prepare FILE   compiles the sets, the whole one first
//   leave_one_out measure FILE   under callgrind: scans the payloads with each of them; one dump a set, its number the
//                                dump's name
// Called by leave_one_out.py.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <stdexcept>

#include "signatures/scanner.h"

namespace ghostport {
namespace {

constexpr std::size_t kRandomPayloads = 300;
constexpr std::size_t kRandomBytes = 600;

/// The shipped signatures without one; what it answered is asked of nobody.
SignatureFile without(std::size_t left_out) {
  SignatureFile file = builtin_signatures();
  if (left_out == file.signatures.size()) return file;
  const std::string id = file.signatures[left_out].id;
  file.signatures.erase(file.signatures.begin() + static_cast<std::ptrdiff_t>(left_out));
  for (Signature& signature : file.signatures) {
    std::erase(signature.answers, id);
    if (signature.answers.empty()) signature.both_directions = false;
  }
  return file;
}

void write_text(std::ostream& out, std::string_view text) { out << text.size() << '\n' << text << '\n'; }

std::string read_text(std::istream& in) {
  std::size_t size = 0;
  in >> size;
  in.get();
  std::string text(size, '\0');
  in.read(text.data(), static_cast<std::streamsize>(size));
  return text;
}

int prepare(const char* path) {
  std::ofstream out(path, std::ios::binary);
  const std::size_t signatures = builtin_signatures().signatures.size();
  for (std::size_t i = 0; i <= signatures; ++i) {
    const std::size_t left_out = signatures - i;  // the whole set first
    SignatureFile file = without(left_out);
    for (Signature& signature : file.signatures) signature.no_match.clear();  // no example is tried here
    for (Signature& signature : file.signatures) signature.match.clear();
    const auto compiled = SignatureSet::compile(std::move(file)).value()->compiled();
    out << left_out << ' ' << compiled.least_bytes.size() << '\n';
    for (const std::uint16_t least : compiled.least_bytes) out << least << ' ';
    out << compiled.databases.size() << '\n';
    for (const std::string& database : compiled.databases) write_text(out, database);
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

int measure(const char* path) {
  const std::vector<Sample> all = samples();
  std::ifstream in(path, std::ios::binary);
  std::size_t left_out = 0;
  std::size_t count = 0;
  while (in >> left_out >> count) {
    std::vector<std::uint16_t> least(count);
    for (std::uint16_t& one : least) in >> one;
    in >> count;
    std::vector<std::string> databases(count);
    for (std::string& database : databases) database = read_text(in);
    const auto set = SignatureSet::load(without(left_out), least,
                                        {std::vector<std::string_view>(databases.begin(), databases.end())});
    if (set == nullptr) throw std::runtime_error("a set could not be loaded");
    Scanner scanner(set);
    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
    for (const Sample& sample : all) {
      const Bytes bytes(sample.bytes);
      (void)scanner.scan(sample.transport, sample.side,
                         {bytes, {&bytes, sample.transport == Transport::udp ? 1U : 0U}, true});
    }
    CALLGRIND_TOGGLE_COLLECT;
    CALLGRIND_DUMP_STATS_AT(std::to_string(left_out).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace ghostport

int main(int count, char** arguments) {
  const std::string_view what = count == 3 ? arguments[1] : "";
  try {
    if (what == "prepare") return ghostport::prepare(arguments[2]);
    if (what == "measure") return ghostport::measure(arguments[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "leave_one_out: %s\n", error.what());
    return 2;
  }
  std::fprintf(stderr, "usage: leave_one_out prepare|measure FILE\n");
  return 2;
}
