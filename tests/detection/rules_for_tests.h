// Rules as the configuration makes them, from the shipped registry and signatures; a caller changes what it is about.
// Called by tests, fuzzers and benchmarks of detection and dataplane.
#pragma once

#include <memory>
#include <string_view>

#include "detection/rules.h"
#include "signatures/signature.h"

namespace ghostport {

/// The shipped signatures, loaded once.
inline std::shared_ptr<const SignatureSet> shipped_signatures() {
  static const std::shared_ptr<const SignatureSet> set = SignatureSet::builtin();
  return set;
}

/// `watch` as the option --watch writes it.
inline std::shared_ptr<Rules> rules_watching(std::string_view watch) {
  auto rules = std::make_shared<Rules>();
  rules->registry = Registry::builtin();
  rules->watch = make_watch_table(rules->registry, WatchList::parse(watch).value());
  rules->signatures = shipped_signatures();
  return rules;
}

}  // namespace ghostport
