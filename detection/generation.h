// Rules in use by one worker. A reload adds a set; a flow under inspection keeps the one that it began with, so that
// for a while a worker has several. Made on the main thread, then owned by the worker.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>

#include "detection/rules.h"
#include "signatures/scanner.h"

namespace ghostport {

/// Of sets of rules, over the life of a sensor; counts from 0.
using GenerationNumber = std::uint32_t;

struct Generation {
  Generation(std::shared_ptr<const Rules> its_rules, GenerationNumber its_number)
      : rules(std::move(its_rules)),
        scanner(rules->signatures),
        number(its_number),
        tells(rules->watch.count(WatchTable::kCompanion) != 0) {}

  std::shared_ptr<const Rules> rules;
  Scanner scanner;
  GenerationNumber number;
  bool tells;                     ///< some verdict may rest on what flows say of others
  std::uint32_t inspections = 0;  ///< that go on by it
};

class Generations {
 public:
  static constexpr std::size_t kMost = 64;

  explicit Generations(std::unique_ptr<Generation> first) : now_(first.get()) { all_[0] = std::move(first); }

  /// What begins from now on goes by this one. False where so many are in use that there is no place.
  [[nodiscard]] bool adopt(std::unique_ptr<Generation>& next) noexcept {
    free_unused();
    for (std::size_t slot = 0; slot < kMost; ++slot) {
      if (all_[slot]) continue;
      all_[slot] = std::move(next);
      newest_ = static_cast<std::uint8_t>(slot);
      now_ = all_[slot].get();
      several_ = true;
      return true;
    }
    return false;
  }
  /// Between batches: sets that no inspection goes by any more.
  void free_unused() noexcept {
    if (!several_) return;
    several_ = false;
    now_ = all_[newest_].get();
    for (std::size_t slot = 0; slot < kMost; ++slot) {
      if (!all_[slot] || slot == newest_) continue;
      if (all_[slot]->inspections == 0) {
        scans_before_ += all_[slot]->scanner.scans();
        all_[slot].reset();
      } else {
        several_ = true;
      }
    }
  }

  /// The one by which what follows is done.
  void use(std::uint8_t slot) noexcept { now_ = all_[slot].get(); }
  void use_newest() noexcept { now_ = all_[newest_].get(); }
  [[nodiscard]] bool several() const noexcept { return several_; }
  [[nodiscard]] Generation& now() const noexcept { return *now_; }
  [[nodiscard]] Generation& at(std::uint8_t slot) const noexcept { return *all_[slot]; }
  [[nodiscard]] std::uint8_t newest() const noexcept { return newest_; }
  [[nodiscard]] std::uint64_t scans() const noexcept {
    std::uint64_t scans = scans_before_;
    for (const auto& one : all_) scans += one ? one->scanner.scans() : 0;
    return scans;
  }
  /// The number of the oldest that is in use.
  [[nodiscard]] GenerationNumber oldest() const noexcept {
    GenerationNumber oldest = all_[newest_]->number;
    if (!several_) return oldest;
    for (const auto& one : all_) {
      if (one && one->number < oldest) oldest = one->number;
    }
    return oldest;
  }

 private:
  std::array<std::unique_ptr<Generation>, kMost> all_;
  Generation* now_;
  std::uint8_t newest_ = 0;
  bool several_ = false;
  std::uint64_t scans_before_ = 0;  // of sets that are gone
};

}  // namespace ghostport
