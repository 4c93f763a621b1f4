// The compiled, immutable set of signatures: a filter of prefixes per transport and side, behind it a Hyperscan
// database an expression. Built at start-up on the main thread; read by every worker's scanner.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "signatures/prefix_filter.h"
#include "signatures/signature.h"

struct hs_database;
struct hs_scratch;

namespace ghostport {

class DatabaseCache;

struct DatabaseDeleter {
  void operator()(hs_database* database) const noexcept;
};
/// Null where it would hold no expression.
using Database = std::unique_ptr<hs_database, DatabaseDeleter>;
struct ScratchDeleter {
  void operator()(hs_scratch* scratch) const noexcept;
};

inline constexpr SignatureIndex kNoSignature = 0xFFFF;

class SignatureSet {
 public:
  /// Compiles all expressions; each one that Hyperscan refuses, each duplicate id, each `answers` that names no
  /// signature of the other side and the same transport is a problem with its place. Then runs every example: one that
  /// does not hold is a problem with its place too. Several files are one set: append their lists first.
  [[nodiscard]] static Result<std::shared_ptr<const SignatureSet>> compile(SignatureFile file);

  /// What compile() has found out, in a form that a later start reads in no time.
  struct Compiled {
    std::vector<std::uint16_t> least_bytes;  ///< of each signature
    std::vector<std::string> databases;      ///< serialized; empty: none
    std::vector<std::string> filters;        ///< by transport and side
  };
  [[nodiscard]] Compiled compiled() const;
  /// The same where it lies in the program.
  struct Tables {
    std::span<const std::uint16_t> least_bytes;
    std::span<const std::string_view> databases;
    std::span<const std::string_view> filters;
  };
  /// The set that compile() would make of the same file, for machines with AVX2 and the same Hyperscan; null where the
  /// databases do not fit this machine or library. Tries no examples. `left_out` is found nowhere.
  [[nodiscard]] static std::shared_ptr<const SignatureSet> load(SignatureFile file, const Tables& tables,
                                                                SignatureIndex left_out = kNoSignature);
  /// The shipped set: loaded where its databases fit, else compiled.
  [[nodiscard]] static std::shared_ptr<const SignatureSet> builtin();
  /// The shipped set and further files: only what is new is compiled, and only its examples are tried. What is compiled
  /// is looked for in `cache` first, and left there.
  [[nodiscard]] static Result<std::shared_ptr<const SignatureSet>> builtin_with(SignatureFile more,
                                                                                DatabaseCache* cache = nullptr);
  /// The shipped set in which one signature is found nowhere, for measuring what it costs; null where it is not loaded.
  [[nodiscard]] static std::shared_ptr<const SignatureSet> without(SignatureIndex left_out);
  ~SignatureSet() = default;
  SignatureSet(const SignatureSet&) = delete;
  SignatureSet& operator=(const SignatureSet&) = delete;

  [[nodiscard]] const std::vector<Signature>& signatures() const noexcept { return signatures_; }
  [[nodiscard]] const std::vector<Upgrade>& upgrades() const noexcept { return upgrades_; }
  [[nodiscard]] const Signature& at(SignatureIndex index) const noexcept { return signatures_[index]; }
  /// The signatures of which a both-directions one needs one from the other side.
  [[nodiscard]] const std::vector<SignatureIndex>& answers_of(SignatureIndex index) const noexcept {
    return answers_[index];
  }
  /// Does any upgrade start from this service?
  [[nodiscard]] bool is_carrier(ServiceId service) const noexcept {
    return !upgrades_of_[static_cast<std::size_t>(service)].empty();
  }
  /// Is this service a header in front of what the client says, which no server answers?
  [[nodiscard]] bool is_header(ServiceId service) const noexcept { return header_[static_cast<std::size_t>(service)]; }
  /// Services that a flow of this transport is tried against, alphabetical: what an `unrecognized` finding lists.
  [[nodiscard]] const std::vector<ServiceId>& services_tried(Transport transport) const noexcept {
    return tried_[static_cast<std::size_t>(transport)];
  }
  /// Smallest number of bytes that can match the expression.
  [[nodiscard]] std::uint16_t least_bytes(SignatureIndex index) const noexcept { return least_bytes_[index]; }

 private:
  friend class Scanner;
  SignatureSet() = default;

  void resolve_answers(Problems& problems);
  void measure(Problems& problems);
  struct Job;  // one database to compile
  [[nodiscard]] std::vector<Job> jobs();
  void compile(const Job& job, Problems& problems);
  void compile_databases(DatabaseCache* cache, Problems& problems);
  [[nodiscard]] bool load_tables(const Tables& tables);
  [[nodiscard]] static Result<std::shared_ptr<const SignatureSet>> extend(SignatureFile shipped, const Tables& tables,
                                                                          SignatureFile more, DatabaseCache* cache);
  void list_services();
  void list_carriers();
  void make_filters();
  [[nodiscard]] std::vector<Database*> databases();

  std::vector<Signature> signatures_;
  std::vector<Upgrade> upgrades_;
  std::vector<std::vector<SignatureIndex>> answers_;
  std::vector<std::uint16_t> least_bytes_;
  std::vector<bool> header_ = std::vector<bool>(256);
  std::vector<ServiceId> tried_[kTransports];
  PrefixFilter filters_[kTransports][2];  // by transport and side
  std::vector<Database> expressions_;     // by signature; null where its prefix is all of it
  std::vector<bool> exact_;               // by signature: that
  std::size_t shipped_ = 0;               // signatures that were loaded; 0: all are compiled alike
  std::size_t shipped_upgrades_ = 0;
  std::vector<Database> upgrade_sides_[2];  // by side, then upgrade: its one expression
  struct UpgradeWays {
    ByteSet first;  // what some way of it begins with
    std::vector<Prefix> ways;
  };
  std::vector<UpgradeWays> upgrade_ways_[2];
  std::vector<std::vector<std::uint16_t>> upgrades_of_ = std::vector<std::vector<std::uint16_t>>(256);  // by carrier
  // Scratch that fits all databases: Hyperscan looks over each to make one, but only copies a second one. Made by the
  // first scanner.
  mutable std::once_flag scratch_made_;
  mutable std::unique_ptr<hs_scratch, ScratchDeleter> scratch_;
};

}  // namespace ghostport
