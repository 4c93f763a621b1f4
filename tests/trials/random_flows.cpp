// Random bytes have no name: of flows in which both sides send random datagrams, or random streams, hardly one may be
// named, let alone proven. Usage: random_flows UDP_FLOWS TCP_FLOWS; prints what was named, and exits with 1 where that
// is one flow in 10,000 or more.
#include <cstdio>
#include <map>
#include <random>
#include <string>

#include "signatures/identifier.h"

namespace ghostport {
namespace {

constexpr std::size_t kDatagrams = 6;  // of each side
constexpr std::size_t kMostBytes = 1400;
constexpr std::size_t kHead = 4096;
constexpr Side kSides[] = {Side::client, Side::server};

class Trial {
 public:
  /// Six datagrams of each side, in turn; after each one both sides are looked at, as the detector does.
  void udp_flow() {
    std::vector<std::uint8_t> bytes[2][kDatagrams];
    std::vector<Bytes> datagrams[2];
    SideMatches matches[2];
    for (std::size_t i = 0; i < kDatagrams; ++i) {
      for (const Side side : kSides) {
        const auto which = static_cast<std::size_t>(side);
        fill(bytes[which][i], 1 + random_() % kMostBytes);
        datagrams[which].emplace_back(bytes[which][i]);
        const SideMatches found =
            scanner_.scan(Transport::udp, side, {datagrams[which].back(), datagrams[which], i + 1 == kDatagrams});
        if (found.count != 0) matches[which] = found;
      }
      if (is_named(Transport::udp, matches)) return;
    }
  }

  /// A stream of each side, which arrives in random segments.
  void tcp_flow() {
    std::vector<std::uint8_t> bytes[2];
    SideMatches matches[2];
    for (std::vector<std::uint8_t>& one : bytes) fill(one, 1 + random_() % kHead);
    for (std::size_t size = 0; size < kHead;) {
      size = std::min(kHead, size + 1 + random_() % kMostBytes);
      for (const Side side : kSides) {
        const auto which = static_cast<std::size_t>(side);
        const Bytes all(bytes[which]);
        matches[which] =
            scanner_.scan(Transport::tcp, side, {all.first(std::min(size, all.size())), {}, size == kHead});
      }
      if (is_named(Transport::tcp, matches)) return;
    }
  }

  [[nodiscard]] std::size_t named() const { return named_; }
  [[nodiscard]] const std::map<std::string, std::size_t>& by_signature() const { return by_signature_; }

 private:
  void fill(std::vector<std::uint8_t>& bytes, std::size_t size) {
    bytes.resize(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_() >> 16U);
  }

  /// Named by either side, or asked for in words that alone prove nothing.
  bool is_named(Transport transport, const SideMatches matches[2]) {
    const Identification shown = identify(scanner_.set(), matches[0], matches[1]);
    const SignatureIndex by = shown.server != kNoSignature ? shown.server : shown.client_words;
    if (by == kNoSignature) return false;
    ++named_;
    ++by_signature_[(transport == Transport::tcp ? "tcp " : "udp ") + scanner_.set().at(by).id];
    return true;
  }

  Scanner scanner_{SignatureSet::builtin()};
  std::mt19937 random_{20261120};
  std::size_t named_ = 0;
  std::map<std::string, std::size_t> by_signature_;
};

int run(std::size_t udp_flows, std::size_t tcp_flows) {
  Trial trial;
  for (std::size_t i = 0; i < udp_flows; ++i) trial.udp_flow();
  for (std::size_t i = 0; i < tcp_flows; ++i) trial.tcp_flow();
  for (const auto& [signature, flows] : trial.by_signature()) std::printf("%s: %zu\n", signature.c_str(), flows);
  std::printf("%zu of %zu UDP and %zu TCP flows of random bytes named\n", trial.named(), udp_flows, tcp_flows);
  return trial.named() * 10'000 < udp_flows + tcp_flows ? 0 : 1;
}

}  // namespace
}  // namespace ghostport

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "usage: random_flows UDP_FLOWS TCP_FLOWS\n");
    return 2;
  }
  return ghostport::run(std::stoul(arguments[1]), std::stoul(arguments[2]));
}
