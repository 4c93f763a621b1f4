// What can be wrong with something a user wrote, and how start-up code reports all of it at once.
// Called by every reader of files and options, on the main thread, before packets flow.
#pragma once

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ghostport {

/// One fault in a file or an option. `line` and `column` count from 1; 0 means that the fault has no place in the text.
struct Problem {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  std::string what;  ///< what is wrong, and what was expected

  /// `file:line:column: what`, without the parts that are unknown.
  [[nodiscard]] std::string text() const;
};

using Problems = std::vector<Problem>;

/// A value, or every problem that kept it from being made.
template <class T>
class Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Problems problems)
      : state_(std::in_place_index<1>, std::move(problems)) {}  // NOLINT(google-explicit-constructor)
  Result(Problem problem)
      : state_(std::in_place_index<1>, Problems{std::move(problem)}) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
  [[nodiscard]] const Problems& problems() const { return std::get<1>(state_); }

 private:
  std::variant<T, Problems> state_;
};

/// Orders the problems of one file by their place; those at one place keep their order.
void sort_by_place(Problems& problems);

/// Text from outside as a message shows it: in double quotes, control characters escaped, cut after 60 bytes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// The candidate with the smallest edit distance to `word`, or an empty view where none is near enough to help.
/// Upper and lower case count as equal, two letters in the wrong order as one edit.
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace ghostport
