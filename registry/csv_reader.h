// Reads comma-separated values as RFC 4180 writes them, each field with its place; every fault is collected.
// Called by the importer of IANA's file, on the main thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/problem.h"

namespace ghostport {

/// One field and where it begins (line and column from 1, the column in bytes).
struct CsvField {
  std::string text;
  unsigned line = 0;
  unsigned column = 0;
};

/// Records end with CR LF or LF; inside quotes both are text. Refused: a quote that is never closed, text behind a
/// closing quote, a quote inside a field that does not begin with one, more than 64 fields. `text`, `file` and
/// `problems` must outlive it.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& file, Problems& problems)
      : text_(text), file_(file), problems_(problems) {}

  /// The next record; false at the end, or where no more can be read. A record with a fault has been reported.
  [[nodiscard]] bool next(std::vector<CsvField>& fields);

  /// Reports a fault; after too many nothing more is read.
  void fault(unsigned line, unsigned column, std::string what);

 private:
  [[nodiscard]] bool at_line_end() const;
  void take_line_end();
  void quoted(CsvField& field);
  void plain(CsvField& field);
  void skip_field();
  [[nodiscard]] unsigned column() const { return static_cast<unsigned>(at_ - line_start_ + 1); }

  std::string_view text_;
  const std::string& file_;
  Problems& problems_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  unsigned line_ = 1;
  bool stopped_ = false;
};

}  // namespace ghostport
