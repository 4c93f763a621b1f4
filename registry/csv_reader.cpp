#include "registry/csv_reader.h"

#include <utility>

namespace ghostport {
namespace {

constexpr std::size_t kMostFields = 64;
constexpr std::size_t kMostFaults = 1000;

}  // namespace

bool CsvReader::next(std::vector<CsvField>& fields) {
  fields.clear();
  if (stopped_ || at_ >= text_.size()) return false;
  for (;;) {
    CsvField& field = fields.emplace_back();
    field.line = line_;
    field.column = column();
    if (at_ < text_.size() && text_[at_] == '"') {
      quoted(field);
    } else {
      plain(field);
    }
    if (stopped_ || at_ >= text_.size()) return !stopped_;
    if (text_[at_] != ',') break;
    ++at_;
    if (fields.size() == kMostFields) {
      fault(line_, column(), "more than " + std::to_string(kMostFields) + " fields, what follows was not read");
      stopped_ = true;
      return false;
    }
  }
  take_line_end();
  return true;
}

void CsvReader::fault(unsigned line, unsigned column, std::string what) {
  if (stopped_) return;
  problems_.push_back({file_, line, column, std::move(what)});
  if (problems_.size() < kMostFaults) return;
  problems_.push_back({file_, line, column, "too many faults, what follows was not read"});
  stopped_ = true;
}

bool CsvReader::at_line_end() const {
  return text_[at_] == '\n' || (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
}

void CsvReader::take_line_end() {
  at_ += text_[at_] == '\r' ? 2 : 1;
  ++line_;
  line_start_ = at_;
}

void CsvReader::quoted(CsvField& field) {
  ++at_;
  for (; at_ < text_.size(); ++at_) {
    const char letter = text_[at_];
    if (letter == '"') {
      ++at_;
      if (at_ >= text_.size() || text_[at_] != '"') {
        if (at_ < text_.size() && text_[at_] != ',' && !at_line_end()) {
          fault(line_, column(), "text behind a closing quote, expected a comma or the end of the line");
          skip_field();
        }
        return;
      }
    }
    field.text += text_[at_];
    if (letter == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
  }
  fault(field.line, field.column, "this quote is never closed");
  stopped_ = true;
}

void CsvReader::plain(CsvField& field) {
  const std::size_t start = at_;
  bool told = false;
  for (; at_ < text_.size() && text_[at_] != ',' && !at_line_end(); ++at_) {
    if (text_[at_] != '"' || std::exchange(told, true)) continue;
    fault(line_, column(), "a quote inside a field, expected it doubled, and the whole field in quotes");
  }
  field.text = text_.substr(start, at_ - start);
}

void CsvReader::skip_field() {
  while (at_ < text_.size() && text_[at_] != ',' && !at_line_end()) ++at_;
}

}  // namespace ghostport
