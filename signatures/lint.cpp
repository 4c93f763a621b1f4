#include "signatures/lint.h"

#include <algorithm>
#include <set>

#include "signatures/identifier.h"

namespace ghostport {
namespace {

constexpr Side kSides[] = {Side::client, Side::server};
constexpr std::uint16_t kLeastBytes = 4;      // a match of fewer is chance in one of some million payloads
constexpr std::size_t kLeastForeign = 200;    // examples of other services, to speak of a share of them
constexpr std::size_t kMostForeignShare = 5;  // per cent

/// A payload with what it views.
struct Said {
  std::vector<Bytes> datagrams;
  Payload payload;

  Said(const Signature& signature, const Example& example) {
    for (const std::string& datagram : example.datagrams)
      datagrams.emplace_back(reinterpret_cast<const std::uint8_t*>(datagram.data()), datagram.size());
    payload.bytes = datagrams.back();
    if (signature.transport == Transport::udp) payload.datagrams = datagrams;
    payload.complete = true;
  }
};

class Linter {
 public:
  explicit Linter(const std::shared_ptr<const SignatureSet>& set)
      : set_(*set), scanner_(set), foreign_matches_(set_.signatures().size()) {}

  Problems run() {
    for (std::size_t i = 0; i < set_.signatures().size(); ++i) {
      const Signature& signature = set_.signatures()[i];
      strength(signature, static_cast<SignatureIndex>(i));
      whole_head(signature);
      winners(signature, static_cast<SignatureIndex>(i));
      check_is_tested(signature, static_cast<SignatureIndex>(i));
    }
    for (std::size_t i = 0; i < set_.signatures().size(); ++i) selectivity(static_cast<SignatureIndex>(i));
    sort_by_place(problems_);
    return std::move(problems_);
  }

 private:
  void doubt(const Signature& signature, unsigned line, unsigned column, const std::string& what) {
    problems_.push_back({signature.file, line, column, signature.id + ": " + what});
  }
  void doubt(const Signature& signature, const std::string& what) {
    doubt(signature, signature.line, signature.column, what);
  }

  void strength(const Signature& signature, SignatureIndex index) {
    if (signature.check != nullptr || signature.both_directions || signature.confirmations > 1) return;
    if (set_.least_bytes(index) >= kLeastBytes) return;
    doubt(signature, "proves as few as " + std::to_string(set_.least_bytes(index)) +
                         " bytes, expected at least 4, a check, both-directions or confirmations");
  }

  void whole_head(const Signature& signature) {
    const std::string& text = signature.expression;
    for (const std::string_view part : {".*", ".+", ".{0,}", ".{1,}"}) {
      const std::size_t at = text.find(part);
      if (at == std::string::npos || (at > 0 && text[at - 1] == '\\')) continue;
      doubt(signature,
            "the expression has " + in_quotes(part) + ", which looks through all that a side said; expected a bound");
      return;
    }
  }

  /// Who wins its examples, and whether it is ever needed.
  void winners(const Signature& signature, SignatureIndex index) {
    bool needed = signature.both_directions;
    for (const Example& example : signature.match) {
      const Said said(signature, example);
      for (const Side side : kSides) {
        if (!is_for(signature, side)) continue;
        const SideMatches own = scanner_.scan(signature.transport, side, said.payload);
        const Identification shown = side == Side::client ? identify(set_, own, {}) : identify(set_, {}, own);
        const SignatureIndex first = side == Side::client ? shown.client : shown.server;
        count_foreign(signature, side, said.payload);
        if (first == index) needed = true;
        if (signature.both_directions || first == kNoSignature) continue;
        if (set_.at(first).service == signature.service) continue;
        needed = true;
        doubt(signature, example.line, example.column,
              "this example is won by " + set_.at(first).id + ", which proves more bytes");
      }
    }
    if (!needed) doubt(signature, "others of its service win each of its examples: is it needed?");
  }

  void count_foreign(const Signature& signature, Side side, const Payload& payload) {
    ++examples_[static_cast<std::size_t>(signature.transport)][static_cast<std::size_t>(side)];
    std::vector<SignatureTrial> tried;
    scanner_.try_all(signature.transport, side, payload, tried);
    for (const SignatureTrial& one : tried) {
      if (set_.at(one.index).service != signature.service) ++foreign_matches_[one.index];
    }
  }

  void check_is_tested(const Signature& signature, SignatureIndex index) {
    if (signature.check == nullptr) return;
    for (const Example& example : signature.no_match) {
      const Said said(signature, example);
      for (const Side side : kSides) {
        if (!is_for(signature, side)) continue;
        std::vector<SignatureTrial> tried;
        scanner_.try_all(signature.transport, side, said.payload, tried);
        if (std::ranges::any_of(tried, [&](const SignatureTrial& one) { return one.index == index; })) return;
      }
    }
    doubt(signature, "no example of no-match reaches the check " + std::string(signature.check->name) +
                         ": expected one that the expression lets through");
  }

  void selectivity(SignatureIndex index) {
    const Signature& signature = set_.at(index);
    std::size_t examples = 0;
    for (const Side side : kSides) {
      if (is_for(signature, side))
        examples += examples_[static_cast<std::size_t>(signature.transport)][static_cast<std::size_t>(side)];
    }
    if (examples < kLeastForeign || foreign_matches_[index] * 100 <= examples * kMostForeignShare) return;
    doubt(signature, "the expression lets through " + std::to_string(foreign_matches_[index]) + " of " +
                         std::to_string(examples) + " examples of other services: expected a narrower filter");
  }

  const SignatureSet& set_;
  Scanner scanner_;
  std::size_t examples_[kTransports][2]{};
  std::vector<std::size_t> foreign_matches_;
  Problems problems_;
};

}  // namespace

Problems lint(const std::shared_ptr<const SignatureSet>& set) { return Linter(set).run(); }

std::vector<std::string_view> services_without_signature(const SignatureSet& set) {
  std::set<std::string_view> named;
  for (const Signature& signature : set.signatures()) named.insert(service_name(signature.service));
  for (const Upgrade& upgrade : set.upgrades()) named.insert(service_name(upgrade.inner));
  std::vector<std::string_view> missing;
  for (const std::string_view service : all_service_names()) {
    if (!named.contains(service)) missing.push_back(service);
  }
  return missing;
}

}  // namespace ghostport
