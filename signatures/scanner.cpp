#include "signatures/scanner.h"

#include <hs.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace ghostport {
namespace {

unsigned length_of(Bytes bytes) noexcept {
  return static_cast<unsigned>(std::min<std::size_t>(bytes.size(), std::numeric_limits<unsigned>::max()));
}

const char* text_of(Bytes bytes) noexcept { return reinterpret_cast<const char*>(bytes.data()); }

int note(unsigned, unsigned long long, unsigned long long, unsigned, void* found) noexcept {
  *static_cast<bool*>(found) = true;
  return 1;
}

struct FirstEnd {
  bool found = false;
  unsigned long long end = std::numeric_limits<unsigned long long>::max();
};

int remember_end(unsigned, unsigned long long, unsigned long long to, unsigned, void* context) noexcept {
  FirstEnd& first = *static_cast<FirstEnd*>(context);
  first.found = true;
  first.end = std::min(first.end, to);
  return 0;
}

/// How an expression's match begins, by all its ways.
struct Beginning {
  Prefix::Fit fit = Prefix::Fit::never;
  bool exact = true;  ///< and no more than that is asked: where it fits, its first match ends at `end`
  std::size_t end = std::numeric_limits<std::size_t>::max();

  void add(const Prefix& prefix, Bytes bytes) noexcept {
    const Prefix::Fit one = prefix.fit(bytes);
    fit = std::max(fit, one);
    exact = exact && prefix.exact;
    if (one == Prefix::Fit::now) end = std::min(end, prefix.least);
  }
};

/// A match and how much it proves.
struct Candidate {
  SignatureIndex index;
  std::uint16_t proven;
};

/// Keeps the strongest matches in order.
class Ranking {
 public:
  explicit Ranking(const SignatureSet& set) noexcept : set_(set) {}

  void add(Candidate candidate) noexcept {
    std::size_t place = count_;
    while (place > 0 && stronger(candidate, best_[place - 1])) --place;
    if (place == SideMatches::kMost) return;
    if (count_ < SideMatches::kMost) ++count_;
    std::move_backward(best_ + place, best_ + count_ - 1, best_ + count_);
    best_[place] = candidate;
  }

  void write(SideMatches& matches) const noexcept {
    for (std::size_t i = 0; i < count_; ++i) matches.indices[i] = best_[i].index;
    matches.count = static_cast<std::uint8_t>(count_);
  }

 private:
  [[nodiscard]] bool stronger(Candidate a, Candidate b) const noexcept {
    if (a.proven != b.proven) return a.proven > b.proven;
    const ServiceId left = set_.at(a.index).service;
    const ServiceId right = set_.at(b.index).service;
    if (left != right) return service_name(left) < service_name(right);
    return set_.at(a.index).id < set_.at(b.index).id;
  }

  const SignatureSet& set_;
  Candidate best_[SideMatches::kMost]{};
  std::size_t count_ = 0;
};

/// What the check says of a signature whose expression matched; the expression alone where there is none.
CheckResult verify(const SignatureSet& set, SignatureIndex index, Side side, const Payload& payload) noexcept {
  const NamedCheck* const check = set.at(index).check;
  return check == nullptr ? CheckResult::yes(set.least_bytes(index)) : check->function(payload, side);
}

}  // namespace

void ScratchDeleter::operator()(hs_scratch* scratch) const noexcept { hs_free_scratch(scratch); }

Scanner::Scanner(std::shared_ptr<const SignatureSet> set) : set_(std::move(set)), found_(set_->signatures().size()) {
  std::call_once(set_->scratch_made_, [this] {
    hs_scratch* scratch = nullptr;
    const auto reserve = [&scratch](const Database& database) {
      if (database != nullptr && hs_alloc_scratch(database.get(), &scratch) != HS_SUCCESS) {
        hs_free_scratch(scratch);
        throw std::bad_alloc();
      }
    };
    for (const Database& database : set_->expressions_) reserve(database);
    for (const auto& upgrades : set_->upgrade_sides_) {
      for (const Database& database : upgrades) reserve(database);
    }
    set_->scratch_.reset(scratch);
  });
  if (set_->scratch_ != nullptr && hs_clone_scratch(set_->scratch_.get(), &scratch_) != HS_SUCCESS)
    throw std::bad_alloc();
}

Scanner::~Scanner() { hs_free_scratch(scratch_); }

bool Scanner::has_match(SignatureIndex index, Bytes bytes) noexcept {
  bool found = false;
  hs_scan(set_->expressions_[index].get(), text_of(bytes), length_of(bytes), 0, scratch_, note, &found);
  return found;
}

/// A datagram, the expression of one signature.
bool Scanner::fits(SignatureIndex index, Side side, Bytes bytes) noexcept {
  bool fits = false;
  set_->filters_[static_cast<std::size_t>(Transport::udp)][static_cast<std::size_t>(side)].candidates(
      bytes,
      [&](SignatureIndex one, bool exact) { fits = fits || (one == index && (exact || has_match(one, bytes))); });
  return fits;
}

std::span<const SignatureIndex> Scanner::expressions_in(Transport transport, Side side, Bytes bytes) noexcept {
  if (bytes.empty()) return {};
  std::size_t count = 0;
  std::size_t failed = 0;  // from the end: of several ways to begin, the expression itself is tried once
  set_->filters_[static_cast<std::size_t>(transport)][static_cast<std::size_t>(side)].candidates(
      bytes, [&](SignatureIndex index, bool exact) {
        const std::span<SignatureIndex> known(found_);
        if (std::ranges::count(known.first(count), index) != 0 ||
            (!exact && std::ranges::count(known.last(failed), index) != 0))
          return;
        if (exact || has_match(index, bytes)) {
          found_[count++] = index;
        } else {
          found_[found_.size() - ++failed] = index;
        }
      });
  return {found_.data(), count};
}

/// What `newest`, which holds for the newest datagram, is worth with those before it that match too.
CheckResult Scanner::confirm(SignatureIndex index, Side side, const Payload& payload, CheckResult newest) noexcept {
  const unsigned wanted = set_->at(index).confirmations;
  if (wanted < 2 || newest.state != CheckState::yes || payload.datagrams.empty()) return newest;
  unsigned seen = 1;
  std::size_t proven = newest.proven;
  for (std::size_t i = payload.datagrams.size() - 1; i > 0 && seen < wanted; --i) {
    const Payload earlier{payload.datagrams[i - 1], payload.datagrams.first(i), payload.complete};
    if (!fits(index, side, earlier.bytes)) continue;
    const CheckResult result = verify(*set_, index, side, earlier);
    if (result.state != CheckState::yes) continue;
    ++seen;
    proven += result.proven;
  }
  if (seen == wanted) return CheckResult::yes(proven);
  return payload.complete ? CheckResult::no() : CheckResult::more();
}

SideMatches Scanner::scan(Transport transport, Side side, const Payload& payload) noexcept {
  ++scans_;
  SideMatches matches;
  Ranking ranking(*set_);
  for (const SignatureIndex index : expressions_in(transport, side, payload.bytes)) {
    const CheckResult result = confirm(index, side, payload, verify(*set_, index, side, payload));
    if (result.state == CheckState::yes) ranking.add({index, result.proven});
    if (result.state == CheckState::more && !payload.complete) matches.more = true;
  }
  ranking.write(matches);
  return matches;
}

void Scanner::try_all(Transport transport, Side side, const Payload& payload, std::vector<SignatureTrial>& tried) {
  const auto found = expressions_in(transport, side, payload.bytes);
  for (const SignatureIndex index : std::vector<SignatureIndex>(found.begin(), found.end())) {
    const CheckResult result = confirm(index, side, payload, verify(*set_, index, side, payload));
    const auto known =
        std::ranges::find_if(tried, [&](const SignatureTrial& one) { return one.index == index && one.side == side; });
    if (known == tried.end()) {
      tried.push_back({index, side, result});
    } else if (result.state == CheckState::yes || known->result.state == CheckState::no) {
      known->result = result;
    }
  }
}

bool Scanner::matches(SignatureIndex index, Side side, const Payload& payload) noexcept {
  for (const SignatureIndex found : expressions_in(set_->at(index).transport, side, payload.bytes)) {
    if (found == index)
      return confirm(index, side, payload, verify(*set_, index, side, payload)).state == CheckState::yes;
  }
  return false;
}

std::optional<UpgradePoint> Scanner::find_upgrade(ServiceId carrier, Bytes client, Bytes server,
                                                  UpgradeMemory& memory) noexcept {
  if (!set_->is_carrier(carrier) || client.empty()) return std::nullopt;
  if (memory.client_size != client.size()) memory.client_fails = 0;
  memory.client_size = length_of(client);
  std::uint32_t bit = 1;  // 0 past the last that the memory has room for
  std::uint32_t left = 0;
  for (const std::uint16_t i : set_->upgrades_of_[static_cast<std::size_t>(carrier)]) {
    const Upgrade& upgrade = set_->upgrades()[i];
    const std::uint32_t own = std::exchange(bit, bit << 1U);
    left |= own;
    if (((memory.never | memory.client_fails) & own) != 0) continue;
    // How both begin is looked at first: it costs little, and mostly settles it.
    const auto begins = [&](Side side, Bytes bytes) {
      Beginning beginning;
      const auto& [first, ways] = set_->upgrade_ways_[static_cast<std::size_t>(side)][i];
      if (!bytes.empty() && !first.test(bytes[0])) return beginning;
      for (const Prefix& way : ways) beginning.add(way, bytes);
      return beginning;
    };
    const Beginning client_begins = begins(Side::client, client);
    const Beginning server_begins =
        client_begins.fit == Prefix::Fit::never ? Beginning() : begins(Side::server, server);
    const Prefix::Fit fit = std::min(client_begins.fit, server_begins.fit);
    if (fit == Prefix::Fit::never) memory.never |= own;
    if (fit != Prefix::Fit::now) continue;
    const auto first_end = [&](Side side, const std::string& expression, Bytes bytes, const Beginning& beginning) {
      FirstEnd end;
      if (expression.empty()) return FirstEnd{true, 0};
      if (beginning.exact) return FirstEnd{true, beginning.end};
      hs_scan(set_->upgrade_sides_[static_cast<std::size_t>(side)][i].get(), text_of(bytes), length_of(bytes), 0,
              scratch_, remember_end, &end);
      return end;
    };
    FirstEnd client_end = first_end(Side::client, upgrade.client, client, client_begins);
    if (!client_end.found) {
      memory.client_fails |= own;
      continue;
    }
    const FirstEnd server_end = first_end(Side::server, upgrade.server, server, server_begins);
    if (!server_end.found) continue;
    CheckState state = CheckState::yes;
    for (const Side side : {Side::client, Side::server}) {
      const NamedCheck* const check = side == Side::client ? upgrade.client_check : upgrade.server_check;
      if (check == nullptr || state == CheckState::no) continue;
      const CheckState said = check->function({side == Side::client ? client : server, {}, false}, side).state;
      if (said != CheckState::yes) state = said;
    }
    if (state == CheckState::no) memory.never |= own;
    if (state != CheckState::yes) continue;
    if (upgrade.client_length_at != 0 && upgrade.client_length_at + 2U <= client.size())
      client_end.end +=
          static_cast<unsigned>(client[upgrade.client_length_at] << 8U | client[upgrade.client_length_at + 1U]);
    return UpgradePoint{i, static_cast<std::uint32_t>(client_end.end), static_cast<std::uint32_t>(server_end.end)};
  }
  memory.none_left = bit != 0 && (left & ~memory.never) == 0;
  return std::nullopt;
}

}  // namespace ghostport
