// Rules that every shipped signature keeps, whoever writes it: its examples are won by its own service, and its check
// never reads past what it was given.
#include <gtest/gtest.h>

#include <algorithm>

#include "signatures/identifier.h"
#include "tests/signatures/payloads.h"

namespace ghostport {
namespace {

constexpr Side kSides[] = {Side::client, Side::server};

const SignatureSet& shipped() {
  static const std::shared_ptr<const SignatureSet> set = SignatureSet::builtin();
  return *set;
}

Said said(const Signature& signature, const Example& example) {
  std::vector<ByteString> datagrams;
  for (const std::string& datagram : example.datagrams) datagrams.emplace_back(datagram.begin(), datagram.end());
  return signature.transport == Transport::udp ? Said::train(datagrams) : Said::stream(datagrams.back());
}

std::string names(const SideMatches& matches) {
  std::string text;
  for (std::size_t i = 0; i < matches.count; ++i) text += ' ' + shipped().at(matches.indices[i]).id;
  return text;
}

class Trial {
 public:
  /// The name that one side's words give together with the other side's.
  std::string_view winner(const Signature& signature, Side side, const Example& example,
                          const SideMatches& other_side) {
    const SideMatches own = scan(signature, side, example);
    const Identification shown =
        side == Side::client ? identify(shipped(), own, other_side) : identify(shipped(), other_side, own);
    const SignatureIndex index = side == Side::client ? shown.client : shown.server;
    text_ = names(own);
    return index == kNoSignature ? "" : service_name(shipped().at(index).service);
  }
  SideMatches scan(const Signature& signature, Side side, const Example& example) {
    return scanner_.scan(signature.transport, side, said(signature, example).payload(true));
  }
  [[nodiscard]] const std::string& matches() const { return text_; }

 private:
  Scanner scanner_{SignatureSet::builtin()};
  std::string text_;
};

TEST(ShippedSignatures, ItsOwnServiceWinsEachExample) {
  Trial trial;
  for (std::size_t i = 0; i < shipped().signatures().size(); ++i) {
    const Signature& signature = shipped().signatures()[i];
    for (const Example& example : signature.match) {
      for (const Side side : kSides) {
        if (!is_for(signature, side)) continue;
        std::vector<SideMatches> others(1);
        if (signature.both_directions) {
          others.clear();
          for (const SignatureIndex answer : shipped().answers_of(static_cast<SignatureIndex>(i))) {
            for (const Example& words : shipped().at(answer).match)
              others.push_back(trial.scan(shipped().at(answer), other(side), words));
          }
        }
        for (const SideMatches& other_side : others) {
          EXPECT_EQ(trial.winner(signature, side, example, other_side), service_name(signature.service))
              << signature.file << ':' << example.line << ": " << signature.id << ", matches:" << trial.matches()
              << ", the other side's:" << names(other_side);
        }
      }
    }
  }
}

TEST(ShippedSignatures, AnExampleOfWhatIsNotIsNotNamedByIt) {
  Trial trial;
  for (const Signature& signature : shipped().signatures()) {
    for (const Example& example : signature.no_match) {
      for (const Side side : kSides) {
        const SideMatches matches = trial.scan(signature, side, example);
        for (std::size_t i = 0; i < matches.count; ++i) EXPECT_NE(shipped().at(matches.indices[i]).id, signature.id);
      }
    }
  }
}

/// Under sanitizers a read past the end is an error: payloads stand in blocks of exactly their size.
TEST(ShippedSignatures, ChecksReadNothingPastTheEnd) {
  for (const Signature& signature : shipped().signatures()) {
    if (signature.check == nullptr) continue;
    for (const Example& example : signature.match) {
      const ByteString whole(example.datagrams.back().begin(), example.datagrams.back().end());
      for (std::size_t size = 0; size <= whole.size(); ++size) {
        const ByteString part = first_bytes(whole, size);
        const Said cut = signature.transport == Transport::udp ? Said::train({whole, part}) : Said::stream(part);
        for (const Side side : kSides) {
          for (const bool complete : {false, true}) {
            const CheckResult result = signature.check->function(cut.payload(complete), side);
            EXPECT_FALSE(complete && result.state == CheckState::more && !is_for(signature, side)) << signature.id;
            EXPECT_LE(result.proven, 2 * whole.size() + 64) << signature.id;
          }
        }
      }
    }
  }
}

TEST(ShippedSignatures, ChecksReadNothingPastTheEndOfWhatIsNotTheirs) {
  for (const Signature& signature : shipped().signatures()) {
    for (const Example& example : signature.match) {
      const Said whole = said(signature, example);
      for (const NamedCheck& check : all_checks()) {
        for (const Side side : kSides) (void)check.function(whole.payload(false), side);
      }
    }
  }
}

TEST(ShippedSignatures, EveryCheckIsSomebodys) {
  for (const NamedCheck& check : all_checks()) {
    EXPECT_TRUE(
        std::ranges::any_of(shipped().signatures(), [&](const Signature& one) { return one.check == &check; }) ||
        std::ranges::any_of(
            shipped().upgrades(),
            [&](const Upgrade& one) { return one.client_check == &check || one.server_check == &check; }))
        << check.name;
  }
}

}  // namespace
}  // namespace ghostport
