#include "signatures/signature_set.h"

#include <hs.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <new>
#include <utility>

#include "signatures/database_cache.h"
#include "signatures/prefix.h"
#include "signatures/scanner.h"

namespace ghostport {
namespace {

constexpr unsigned kIdentify = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
constexpr unsigned kUpgrade = HS_FLAG_DOTALL;  // single match does not promise the first one
constexpr std::size_t kMostSignatures = 0xFFFE;

struct ErrorDeleter {
  void operator()(hs_compile_error_t* error) const noexcept { hs_free_compile_error(error); }
};

struct InfoDeleter {
  void operator()(hs_expr_info_t* info) const noexcept { std::free(info); }  // Hyperscan's default allocator is malloc
};

template <class Entry>
Problem problem_at(const Entry& entry, std::string what) {
  return {entry.file, entry.line, entry.column, entry.id + ": " + std::move(what)};
}

std::string refusal(const hs_compile_error_t* error) {
  return std::string("Hyperscan refuses the expression: ") + (error != nullptr ? error->message : "no reason given");
}

/// What this machine offers, of AVX-512 nothing: one kind of database for all of x86-64-v3.
const hs_platform_info_t& platform() {
  static const hs_platform_info_t info = [] {
    hs_platform_info_t host{};
    hs_populate_platform(&host);
    host.tune = HS_TUNE_FAMILY_GENERIC;
    host.cpu_features &= HS_CPU_FEATURES_AVX2;
    return host;
  }();
  return info;
}

/// The database of one expression. `entry`: whose it is, where it is refused.
template <class Entry>
Database make_database(const std::string& expression, unsigned flag, const Entry& entry, Problems& problems) {
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  hs_compile(expression.c_str(), flag, HS_MODE_BLOCK, &platform(), &database, &error);
  const std::unique_ptr<hs_compile_error_t, ErrorDeleter> owner(error);
  if (error != nullptr) problems.push_back(problem_at(entry, refusal(error)));
  return Database(database);
}

Payload payload_of(const Signature& signature, const Example& example, std::vector<Bytes>& datagrams) {
  datagrams.clear();
  for (const std::string& datagram : example.datagrams) {
    datagrams.emplace_back(reinterpret_cast<const std::uint8_t*>(datagram.data()), datagram.size());
  }
  Payload payload;
  payload.bytes = datagrams.back();
  if (signature.transport == Transport::udp) payload.datagrams = datagrams;
  payload.complete = true;
  return payload;
}

/// In a form that load_database() takes; empty: none.
std::string serialized(const Database& database) {
  if (database == nullptr) return {};
  char* bytes = nullptr;
  std::size_t size = 0;
  if (hs_serialize_database(database.get(), &bytes, &size) != HS_SUCCESS) throw std::bad_alloc();
  std::string text(bytes, size);
  std::free(bytes);
  return text;
}

bool load_database(std::string_view bytes, Database& place) {
  hs_database_t* database = nullptr;
  if (hs_deserialize_database(bytes.data(), bytes.size(), &database) != HS_SUCCESS) return false;
  place.reset(database);
  return true;
}

/// One name, one entry.
template <class Entry>
void check_ids(const std::vector<Entry>& entries, Problems& problems) {
  std::map<std::string_view, const Entry*> first_of;
  for (const Entry& entry : entries) {
    const auto [first, added] = first_of.emplace(entry.id, &entry);
    if (added) continue;
    const Entry& other = *first->second;
    problems.push_back(problem_at(entry, Problem{other.file, other.line, other.column, "has this id too"}.text()));
  }
}

/// Every example of the signatures from this one on, on every side that its signature is for.
void run_examples(const std::shared_ptr<const SignatureSet>& set, std::size_t from, Problems& problems) {
  Scanner scanner(set);
  std::vector<Bytes> datagrams;
  const auto run = [&](SignatureIndex index, const Example& example, bool wanted) {
    const Signature& signature = set->at(index);
    const Payload payload = payload_of(signature, example, datagrams);
    for (const Side side : {Side::client, Side::server}) {
      if (!is_for(signature, side) || scanner.matches(index, side, payload) == wanted) continue;
      problems.push_back(
          {signature.file, example.line, example.column,
           signature.id +
               (wanted ? ": does not match this example" : ": matches this example of what it must not match") +
               (side == Side::client ? " from the client" : " from the server")});
    }
  };
  for (std::size_t i = from; i < set->signatures().size(); ++i) {
    const auto index = static_cast<SignatureIndex>(i);
    for (const Example& example : set->at(index).match) run(index, example, true);
    for (const Example& example : set->at(index).no_match) run(index, example, false);
  }
}

}  // namespace

void DatabaseDeleter::operator()(hs_database* database) const noexcept { hs_free_database(database); }

void SignatureSet::resolve_answers(Problems& problems) {
  std::map<std::string_view, SignatureIndex> index_of;
  std::vector<std::string_view> ids;
  for (std::size_t i = 0; i < signatures_.size(); ++i) {
    index_of.emplace(signatures_[i].id, static_cast<SignatureIndex>(i));
    ids.push_back(signatures_[i].id);
  }
  answers_.assign(signatures_.size(), {});
  for (std::size_t i = 0; i < signatures_.size(); ++i) {
    const Signature& signature = signatures_[i];
    if (!signature.both_directions) continue;
    for (const std::string& id : signature.answers) {
      const auto found = index_of.find(id);
      if (found == index_of.end()) {
        const std::string_view near = nearest(id, ids);
        problems.push_back(problem_at(signature, "answers the unknown signature " + in_quotes(id) +
                                                     (near.empty() ? "" : ", did you mean " + in_quotes(near) + "?")));
        continue;
      }
      const Signature& answer = signatures_[found->second];
      const bool opposite = (!is_for(signature, Side::client) || is_for(answer, Side::server)) &&
                            (!is_for(signature, Side::server) || is_for(answer, Side::client));
      if (!opposite || answer.transport != signature.transport) {
        problems.push_back(problem_at(
            signature, "answers " + in_quotes(id) + ", which is not for the other side of the same transport"));
      }
      answers_[i].push_back(found->second);
    }
  }
}

void SignatureSet::measure(Problems& problems) {
  const auto info_of = [&](const auto& entry, const std::string& expression, unsigned flags) {
    hs_expr_info_t* info = nullptr;
    hs_compile_error_t* error = nullptr;
    const hs_error_t result = hs_expression_info(expression.c_str(), flags, &info, &error);
    const std::unique_ptr<hs_compile_error_t, ErrorDeleter> error_owner(error);
    const std::unique_ptr<hs_expr_info_t, InfoDeleter> info_owner(info);
    if (result != HS_SUCCESS) {
      problems.push_back(problem_at(entry, refusal(error)));
    } else if (info->min_width == 0) {
      problems.push_back(
          problem_at(entry, "the expression " + in_quotes(expression) + " matches without a single byte"));
    }
    return result == HS_SUCCESS ? info->min_width : 0;
  };
  for (const Signature& signature : std::span(signatures_).subspan(shipped_)) {
    const unsigned width = info_of(signature, signature.expression, kIdentify);
    least_bytes_.push_back(static_cast<std::uint16_t>(std::min(width, 0xFFFFU)));
  }
  for (const Upgrade& upgrade : std::span(upgrades_).subspan(shipped_upgrades_)) {
    if (!upgrade.client.empty()) info_of(upgrade, upgrade.client, kUpgrade);
    if (!upgrade.server.empty()) info_of(upgrade, upgrade.server, kUpgrade);
  }
}

struct SignatureSet::Job {
  Database* place = nullptr;
  bool of_upgrade = false;
  std::size_t index = 0;  // of its signature or upgrade
  const std::string* expression = nullptr;
};

/// Whatever has not been loaded.
std::vector<SignatureSet::Job> SignatureSet::jobs() {
  std::vector<Job> jobs;
  expressions_.resize(signatures_.size());
  for (std::size_t i = shipped_; i < signatures_.size(); ++i) {
    if (!exact_[i]) jobs.push_back({&expressions_[i], false, i, &signatures_[i].expression});
  }
  for (const Side side : {Side::client, Side::server}) {
    std::vector<Database>& places = upgrade_sides_[static_cast<std::size_t>(side)];
    places.resize(upgrades_.size());
    for (std::size_t i = shipped_upgrades_; i < upgrades_.size(); ++i) {
      const std::string& expression = side == Side::client ? upgrades_[i].client : upgrades_[i].server;
      if (!expression.empty()) jobs.push_back({&places[i], true, i, &expression});
    }
  }
  return jobs;
}

void SignatureSet::compile(const Job& job, Problems& problems) {
  *job.place = job.of_upgrade ? make_database(*job.expression, kUpgrade, upgrades_[job.index], problems)
                              : make_database(*job.expression, kIdentify, signatures_[job.index], problems);
}

void SignatureSet::compile_databases(DatabaseCache* cache, Problems& problems) {
  const std::vector<Job> all = jobs();
  if (cache == nullptr || all.empty()) {
    for (const Job& job : all) compile(job, problems);
    return;
  }
  // Everything that a database depends on.
  const std::string_view version = hs_version();
  const std::string release(version.substr(0, version.find(' ')));
  const std::string features = std::to_string(platform().cpu_features) + '-' + std::to_string(platform().tune);
  std::string content = std::string(version) + ' ' + features;
  for (const Job& job : all)
    content.append(1, '\0').append(job.of_upgrade ? "upgrade " : "signature ").append(*job.expression);
  const std::string name = "hyperscan-" + release + '-' + features + ".databases";
  if (const auto stored = cache->load(name, content)) {
    bool fits = stored->size() == all.size();
    for (std::size_t i = 0; fits && i < all.size(); ++i) fits = load_database((*stored)[i], *all[i].place);
    if (fits) return;
    cache->refuse(name);
  }
  std::vector<std::string> made;
  for (const Job& job : all) {
    compile(job, problems);
    made.push_back(serialized(*job.place));
  }
  if (problems.empty()) cache->store(name, content, made);
}

/// Of whatever has not been loaded.
void SignatureSet::make_filters() {
  std::vector<PrefixFilter::Way> ways[kTransports][2];
  exact_.resize(signatures_.size());
  // A filter's tables stay small, however many signatures there are.
  constexpr std::size_t kMostWays = 65'536;
  const std::size_t most = std::clamp<std::size_t>(kMostWays / std::max<std::size_t>(signatures_.size(), 1), 1, 64);
  for (std::size_t i = shipped_; i < signatures_.size(); ++i) {
    const std::vector<Prefix> prefixes = prefixes_of(signatures_[i].expression, most);
    exact_[i] = std::ranges::all_of(prefixes, &Prefix::exact);
    for (const Side side : {Side::client, Side::server}) {
      if (!is_for(signatures_[i], side)) continue;
      for (const Prefix& prefix : prefixes) {
        ways[static_cast<std::size_t>(signatures_[i].transport)][static_cast<std::size_t>(side)].push_back(
            {static_cast<SignatureIndex>(i), prefix});
      }
    }
  }
  for (std::size_t transport = 0; transport < kTransports; ++transport) {
    for (std::size_t side = 0; side < 2; ++side) filters_[transport][side].add(std::move(ways[transport][side]));
  }
}

void SignatureSet::list_carriers() {
  for (std::size_t i = 0; i < upgrades_.size(); ++i) {
    const Upgrade& upgrade = upgrades_[i];
    constexpr std::size_t kMostWays = 4;  // they are tried one by one
    for (const std::size_t side : {0U, 1U}) {
      UpgradeWays one{{}, prefixes_of(side == 0 ? upgrade.client : upgrade.server, kMostWays)};
      for (const Prefix& way : one.ways) one.first |= way.bytes.empty() ? ByteSet().set() : way.bytes[0];
      upgrade_ways_[side].push_back(std::move(one));
    }
    upgrades_of_[static_cast<std::size_t>(upgrade.carrier)].push_back(static_cast<std::uint16_t>(i));
    if (upgrade.server.empty()) header_[static_cast<std::size_t>(upgrade.carrier)] = true;
  }
}

/// Every database, in the order of Compiled.
std::vector<Database*> SignatureSet::databases() {
  std::vector<Database*> all;
  for (Database& database : expressions_) all.push_back(&database);
  for (auto& upgrades : upgrade_sides_) {
    for (Database& database : upgrades) all.push_back(&database);
  }
  return all;
}

void SignatureSet::list_services() {
  for (const Signature& signature : signatures_) {
    tried_[static_cast<std::size_t>(signature.transport)].push_back(signature.service);
  }
  for (std::vector<ServiceId>& services : tried_) {
    std::ranges::sort(services, {}, service_name);
    services.erase(std::unique(services.begin(), services.end()), services.end());
  }
}

Result<std::shared_ptr<const SignatureSet>> SignatureSet::compile(SignatureFile file) {
  return extend({}, {}, std::move(file), nullptr);
}

/// Where `shipped` cannot be loaded, all are compiled alike.
Result<std::shared_ptr<const SignatureSet>> SignatureSet::extend(SignatureFile shipped, const Tables& tables,
                                                                 SignatureFile more, DatabaseCache* cache) {
  if (hs_valid_platform() != HS_SUCCESS) return Problem{"", 0, 0, "this CPU lacks what Hyperscan needs (SSSE3)"};
  if (shipped.signatures.size() + more.signatures.size() > kMostSignatures ||
      shipped.upgrades.size() + more.upgrades.size() > kMostSignatures) {
    return Problem{"", 0, 0, "too many signatures, at most " + std::to_string(kMostSignatures)};
  }
  const std::shared_ptr<SignatureSet> set(new SignatureSet);
  set->signatures_ = std::move(shipped.signatures);
  set->upgrades_ = std::move(shipped.upgrades);
  if (!tables.databases.empty() && set->load_tables(tables)) {
    set->shipped_ = set->signatures_.size();
    set->shipped_upgrades_ = set->upgrades_.size();
  } else {
    for (std::vector<Database>& upgrades : set->upgrade_sides_) upgrades.clear();
    for (auto& filters : set->filters_) std::ranges::fill(filters, PrefixFilter());
    set->least_bytes_.clear();
  }
  set->signatures_.insert(set->signatures_.end(), std::make_move_iterator(more.signatures.begin()),
                          std::make_move_iterator(more.signatures.end()));
  set->upgrades_.insert(set->upgrades_.end(), std::make_move_iterator(more.upgrades.begin()),
                        std::make_move_iterator(more.upgrades.end()));
  Problems problems;
  check_ids(set->signatures_, problems);
  check_ids(set->upgrades_, problems);
  set->resolve_answers(problems);
  set->measure(problems);
  set->make_filters();
  if (problems.empty()) set->compile_databases(cache, problems);
  set->list_services();
  set->list_carriers();
  if (problems.empty()) run_examples(set, set->shipped_, problems);
  if (!problems.empty()) return problems;
  return std::shared_ptr<const SignatureSet>(set);
}

SignatureSet::Compiled SignatureSet::compiled() const {
  Compiled result;
  result.least_bytes = least_bytes_;
  for (Database* const database : const_cast<SignatureSet*>(this)->databases())
    result.databases.push_back(serialized(*database));
  for (const auto& filters : filters_) {
    for (const PrefixFilter& filter : filters) result.filters.push_back(filter.serialized());
  }
  return result;
}

bool SignatureSet::load_tables(const Tables& tables) {
  expressions_.resize(signatures_.size());
  for (std::vector<Database>& upgrades : upgrade_sides_) upgrades.resize(upgrades_.size());
  const std::vector<Database*> places = this->databases();
  if (tables.least_bytes.size() != signatures_.size() || tables.databases.size() != places.size() ||
      tables.filters.size() != kTransports * 2)
    return false;
  least_bytes_.assign(tables.least_bytes.begin(), tables.least_bytes.end());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!tables.databases[i].empty() && !load_database(tables.databases[i], *places[i])) return false;
  }
  for (std::size_t i = 0; i < tables.filters.size(); ++i) {
    if (!filters_[i / 2][i % 2].load(tables.filters[i])) return false;
  }
  return true;
}

std::shared_ptr<const SignatureSet> SignatureSet::load(SignatureFile file, const Tables& tables,
                                                       SignatureIndex left_out) {
  if (hs_valid_platform() != HS_SUCCESS) return nullptr;
  const std::shared_ptr<SignatureSet> set(new SignatureSet);
  set->signatures_ = std::move(file.signatures);
  set->upgrades_ = std::move(file.upgrades);
  if (!set->load_tables(tables)) return nullptr;
  Problems problems;
  set->resolve_answers(problems);
  for (auto& filters : set->filters_) {
    for (PrefixFilter& filter : filters) filter.leave_out(left_out);
  }
  set->list_services();
  set->list_carriers();
  return problems.empty() ? set : nullptr;
}

}  // namespace ghostport
