#include "configuration/make_rules.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "registry/registry_yaml.h"
#include "signatures/database_cache.h"

namespace ghostport {
namespace {

void append(Problems& problems, const Problems& more) { problems.insert(problems.end(), more.begin(), more.end()); }

std::int64_t nanoseconds(std::chrono::seconds seconds) { return std::chrono::nanoseconds(seconds).count(); }

Exception exception_of(const PortException& one) {
  Exception result;
  result.port = one.port;
  std::copy(std::begin(one.on), std::end(one.on), std::begin(result.on));
  result.service = one.service;
  result.hosts = one.hosts;
  if (one.until) result.until = nanoseconds(one.until->time_since_epoch());
  result.why = one.why;
  return result;
}

template <class T>
void move_to_end(std::vector<T>& list, std::vector<T>&& more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::shared_ptr<const SignatureSet> RulesMaker::signatures(const Configuration& configuration, Problems& problems) {
  note_.clear();
  if (configuration.signature_files.empty() && !configuration.signature_cache) {
    if (!builtin_) builtin_ = SignatureSet::builtin();
    return builtin_;
  }
  const std::size_t faults_before = problems.size();
  SignatureFile all;
  for (const std::string& path : configuration.signature_files) {
    Result<SignatureFile> file = read_signatures_file(path);
    if (!file) {
      append(problems, file.problems());
      continue;
    }
    SignatureFile more = std::move(file).value();
    move_to_end(all.signatures, std::move(more.signatures));
    move_to_end(all.upgrades, std::move(more.upgrades));
  }
  if (problems.size() != faults_before) return nullptr;
  std::optional<DatabaseCache> cache;
  if (configuration.signature_cache) cache.emplace(*configuration.signature_cache);
  auto set = SignatureSet::builtin_with(std::move(all), cache ? &*cache : nullptr);
  if (cache) note_ = cache->note();
  if (!set) {
    append(problems, set.problems());
    return nullptr;
  }
  return set.value();
}

Result<std::shared_ptr<const Rules>> RulesMaker::make(const Configuration& configuration, const RulesOptions& options) {
  Problems problems;
  auto rules = std::make_shared<Rules>();
  rules->registry = Registry::builtin();
  for (const std::string& path : configuration.registry_files) {
    auto entries = read_registry_file(path);
    if (entries) {
      rules->registry.merge(std::move(entries).value());
    } else {
      append(problems, entries.problems());
    }
  }
  rules->signatures = signatures(configuration, problems);
  if (!problems.empty()) return problems;

  rules->watch = make_watch_table(rules->registry, options.watch.value_or(configuration.watch));
  rules->assets = configuration.assets;
  rules->home_net = configuration.home_net;
  for (const PortException& one : configuration.exceptions) rules->exceptions.push_back(exception_of(one));
  rules->severity = configuration.severity;
  rules->log_expected = configuration.log_expected;
  rules->flow_records = options.flow_records;
  rules->community_id_seed = configuration.community_id_seed;
  rules->sensor_id = configuration.sensor_id;
  rules->flow_limit = configuration.limits.flows;
  rules->head_bytes = configuration.limits.head_bytes;
  rules->tcp_timeout = nanoseconds(configuration.timeouts.tcp);
  rules->udp_timeout = nanoseconds(configuration.timeouts.udp);
  rules->unanswered_timeout = nanoseconds(configuration.timeouts.unanswered);
  return std::shared_ptr<const Rules>(std::move(rules));
}

}  // namespace ghostport
