#include "sensor/case_match.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "registry/address.h"
#include "registry/service.h"
#include "registry/verdict.h"

namespace ghostport {
namespace {

using Json = nlohmann::json;

enum class Kind : std::uint8_t {
  word,     ///< equal text, one of `words`
  service,  ///< a service's name; where the record has a list: in it
  address,
  number,
  text,     ///< equal
  part,     ///< contained in the record's text
  flag,     ///< true: the record has it, and it is neither null nor false
  list,     ///< each word of it is in the record's list
  mapping,  ///< keys of kMappings whose parent this is
};

struct KeyRow {
  std::string_view name;
  const char* place;  ///< JSON pointer into the record (RFC 6901)
  Kind kind;
  std::vector<std::string_view> words = {};
};

std::vector<std::string_view> words_of(const auto& names) { return {names.begin(), names.end()}; }

const std::vector<KeyRow>& finding_keys() {
  static const std::vector<KeyRow> rows = {
      {"verdict", "/ghostport/verdict", Kind::word, words_of(kVerdictNames)},
      {"service", "/ghostport/service/name", Kind::service},
      {"severity", "/ghostport/severity", Kind::word, words_of(kSeverityNames)},
      {"src_ip", "/src_ip", Kind::address},
      {"src_port", "/src_port", Kind::number},
      {"dest_ip", "/dest_ip", Kind::address},
      {"dest_port", "/dest_port", Kind::number},
      {"proto", "/proto", Kind::word, {"TCP", "UDP"}},
      {"packet", "/ghostport/evidence/packet", Kind::number},
      {"side", "/ghostport/evidence/side", Kind::word, {"client", "server"}},
      {"role_basis",
       "/ghostport/port/role_basis",
       Kind::word,
       {"syn", "syn-ack", "first-packet", "payload", "port-rank", "unknown"}},
      {"asked", "/ghostport/asked", Kind::service},
      {"inner", "/ghostport/inner", Kind::service},
      {"joined", "/ghostport/joined", Kind::word, {"mid-stream"}},
      {"one-sided", "/ghostport/one-sided", Kind::flag},
      {"exception", "/ghostport/exception", Kind::text},
      {"anomalies",
       "/ghostport/evidence/anomalies",
       Kind::list,
       {"conflicting-data", "bad-checksum", "odd-fragments", "urgent-data", "doubtful-close", "doubtful-segments",
        "truncated", "gap"}},
      {"reason", "/ghostport/reason", Kind::part},
      {"count", "/ghostport/count", Kind::number},
      {"probe", "/ghostport/probe", Kind::mapping},
      {"tunnel", "/tunnel", Kind::mapping},
      {"revises", "/ghostport/revises", Kind::flag},
  };
  return rows;
}

const std::vector<KeyRow>& keys_below(std::string_view place) {
  static const std::vector<KeyRow> probe = {{"flows", "/flows", Kind::number},
                                            {"hosts", "/hosts", Kind::number},
                                            {"ports", "/ports", Kind::number},
                                            {"answers", "/answers", Kind::mapping}};
  static const std::vector<KeyRow> answers = {
      {"none", "/none", Kind::number}, {"rst", "/rst", Kind::number}, {"icmp", "/icmp", Kind::number}};
  static const std::vector<KeyRow> tunnel = {
      {"src_ip", "/src_ip", Kind::address},   {"src_port", "/src_port", Kind::number},
      {"dest_ip", "/dest_ip", Kind::address}, {"dest_port", "/dest_port", Kind::number},
      {"proto", "/proto", Kind::text},        {"depth", "/depth", Kind::number},
      {"pkt_src", "/pkt_src", Kind::part}};
  if (place == "/tunnel") return tunnel;
  return place == "/answers" ? answers : probe;
}

constexpr std::uint64_t kMostNumber = std::uint64_t{1} << 53U;  // exact in every reader of JSON

void check_keys(const YamlNode& node, const std::vector<KeyRow>& rows, std::string_view what, const std::string& file,
                Problems& problems) {
  YamlMapping mapping(node, file, problems, what);
  for (const KeyRow& row : rows) {
    const YamlNode* const value = mapping.find(row.name);
    if (value == nullptr) continue;
    switch (row.kind) {
      case Kind::word: (void)mapping.word(row.name, row.words); break;
      case Kind::service: (void)mapping.word(row.name, all_service_names()); break;
      case Kind::number: (void)mapping.integer(row.name, 0, kMostNumber); break;
      case Kind::text:
      case Kind::part: (void)mapping.string(row.name); break;
      case Kind::flag: (void)mapping.boolean(row.name); break;
      case Kind::address:
        if (const auto text = mapping.string(row.name); text && !Address::parse(*text)) {
          mapping.wrong(*value, row.name, "an IP address");
        }
        break;
      case Kind::list:
        for (const YamlNode& item : mapping.sequence(row.name)) (void)mapping.word_at(item, row.name, row.words);
        break;
      case Kind::mapping: check_keys(*value, keys_below(row.place), row.name, file, problems); break;
    }
  }
  mapping.finish();
}

const Json* find(const Json& record, const char* place) {
  const Json::json_pointer pointer(place);
  return record.contains(pointer) ? &record.at(pointer) : nullptr;
}

bool has_word(const Json& value, const std::string& word) {
  if (!value.is_array()) return value == word;
  return std::find(value.begin(), value.end(), word) != value.end();
}

bool agrees(const YamlNode& expectation, const std::vector<KeyRow>& rows, const Json& record);

/// Does the record have what this key of an expectation wants?
bool key_agrees(const YamlNode& wanted, const KeyRow& row, const Json& record) {
  const Json* const value = find(record, row.place);
  const bool present = value != nullptr && !value->is_null() && *value != false;
  if (row.kind == Kind::flag) return present == (wanted.text == "true");
  if (!present) return false;
  switch (row.kind) {
    case Kind::flag: break;
    case Kind::word:
    case Kind::text:
    case Kind::service: return has_word(*value, wanted.text);
    case Kind::number: return std::to_string(value->get<std::uint64_t>()) == wanted.text;
    case Kind::address: return *value == Address::parse(wanted.text)->text();
    case Kind::part: return value->get<std::string>().find(wanted.text) != std::string::npos;
    case Kind::list:
      return std::all_of(wanted.items.begin(), wanted.items.end(),
                         [&](const YamlNode& one) { return has_word(*value, one.text); });
    case Kind::mapping: return agrees(wanted, keys_below(row.place), *value);
  }
  return false;
}

const KeyRow& row_of(const std::vector<KeyRow>& rows, std::string_view name) {
  return *std::ranges::find(rows, name, &KeyRow::name);
}

bool agrees(const YamlNode& expectation, const std::vector<KeyRow>& rows, const Json& record) {
  for (std::size_t i = 0; i < expectation.keys.size(); ++i) {
    if (!key_agrees(expectation.items[i], row_of(rows, expectation.keys[i].text), record)) return false;
  }
  return true;
}

std::string joined(const std::vector<std::string>& parts, char open, char close) {
  std::string text(1, open);
  for (const std::string& part : parts) text += (text.size() > 1 ? ", " : "") + part;
  return text + close;
}

/// A string as YAML takes it for a string, whatever it holds.
std::string yaml_text(const std::string& text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '-' || letter == '.' || letter == '_';
  });
  if (plain) return text;
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? std::string("''") : std::string(1, letter);
  return quoted + '\'';
}

/// What another recording of the same traffic, or another severity table, would change.
bool is_passing(std::string_view key) { return key == "src_port" || key == "severity" || key == "role_basis"; }

std::string yaml_of(const Json& value, const KeyRow& row);

std::string yaml_mapping(const Json& record, const std::vector<KeyRow>& rows) {
  std::vector<std::string> parts;
  for (const KeyRow& row : rows) {
    const Json* const value = find(record, row.place);
    const bool absent =
        value == nullptr || value->is_null() || *value == false || (value->is_array() && value->empty());
    if (absent || row.kind == Kind::part || is_passing(row.name)) continue;
    parts.push_back(std::string(row.name) + ": " + yaml_of(*value, row));
  }
  return joined(parts, '{', '}');
}

std::string yaml_of(const Json& value, const KeyRow& row) {
  if (row.kind == Kind::flag) return "true";
  if (row.kind == Kind::mapping) return yaml_mapping(value, keys_below(row.place));
  if (value.is_string()) return yaml_text(value.get<std::string>());
  if (!value.is_array()) return value.dump();
  if (row.kind != Kind::list) return yaml_text(value.front().get<std::string>());  // one of them is enough
  std::vector<std::string> words;
  for (const Json& word : value) words.push_back(yaml_text(word.get<std::string>()));
  return joined(words, '[', ']');
}

std::string shown(const Json& record, const std::vector<KeyRow>& rows) {
  std::vector<std::string> parts;
  for (const KeyRow& row : rows) {
    const Json* const value = find(record, row.place);
    if (value == nullptr || value->is_null() || row.kind == Kind::part || (value->is_array() && value->empty()))
      continue;
    std::string text = row.kind == Kind::mapping ? shown(*value, keys_below(row.place))
                       : value->is_string()      ? value->get<std::string>()
                                                 : value->dump();
    if (row.kind == Kind::flag) text = "true";
    parts.push_back(std::string(row.name) + ": " + text);
  }
  return joined(parts, '{', '}');
}

}  // namespace

void check_expectation(const YamlNode& expectation, const std::string& file, Problems& problems) {
  check_keys(expectation, finding_keys(), "an expected finding", file, problems);
  if (expectation.kind != YamlNode::Kind::mapping) return;
  YamlMapping mapping(expectation, file, problems, "an expected finding");
  mapping.require("verdict");
}

CaseDifference compare_findings(const std::vector<YamlNode>& expect, const std::vector<std::string>& records) {
  std::vector<Json> parsed;
  parsed.reserve(records.size());
  for (const std::string& record : records) parsed.push_back(Json::parse(record));
  constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
  std::vector<std::size_t> taken_by(records.size(), kNobody);  // by record: the expected finding that it stands for
  // Finds a record for one expected finding, moving others to other records where that helps (augmenting paths).
  std::vector<bool> visited;
  const std::function<bool(std::size_t)> place = [&](std::size_t one) {
    for (std::size_t i = 0; i < parsed.size(); ++i) {
      if (visited[i] || !agrees(expect[one], finding_keys(), parsed[i])) continue;
      visited[i] = true;
      if (taken_by[i] == kNobody || place(taken_by[i])) {
        taken_by[i] = one;
        return true;
      }
    }
    return false;
  };
  CaseDifference difference;
  for (std::size_t one = 0; one < expect.size(); ++one) {
    visited.assign(records.size(), false);
    if (!place(one)) difference.missing.push_back(&expect[one]);
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (taken_by[i] == kNobody) difference.surplus.push_back(i);
  }
  return difference;
}

std::optional<std::size_t> nearest_record(const YamlNode& expectation, const std::vector<std::string>& records,
                                          const std::vector<std::size_t>& among) {
  std::optional<std::size_t> nearest;
  std::size_t most = 0;
  for (const std::size_t index : among) {
    const Json record = Json::parse(records[index]);
    std::size_t same = 0;
    for (std::size_t i = 0; i < expectation.keys.size(); ++i) {
      if (key_agrees(expectation.items[i], row_of(finding_keys(), expectation.keys[i].text), record)) ++same;
    }
    if (same <= most) continue;
    most = same;
    nearest = index;
  }
  return nearest;
}

std::string difference_text(const YamlNode& expectation, const std::string& record) {
  const Json parsed = Json::parse(record);
  std::string text;
  for (std::size_t i = 0; i < expectation.keys.size(); ++i) {
    const KeyRow& row = row_of(finding_keys(), expectation.keys[i].text);
    if (key_agrees(expectation.items[i], row, parsed)) continue;
    const Json* const value = find(parsed, row.place);
    text += (text.empty() ? "" : ", ") + std::string(row.name) + " is ";
    if (value == nullptr || value->is_null()) {
      text += "absent";
    } else if (row.kind == Kind::part) {
      text += in_quotes(value->get<std::string>());
    } else {
      text += yaml_of(*value, row);
    }
  }
  return text;
}

std::string expectation_for(const std::string& record) { return yaml_mapping(Json::parse(record), finding_keys()); }

std::string expectation_text(const YamlNode& expectation) {
  std::vector<std::string> parts;
  switch (expectation.kind) {
    case YamlNode::Kind::null: return "null";
    case YamlNode::Kind::scalar: return expectation.text;
    case YamlNode::Kind::sequence:
      for (const YamlNode& item : expectation.items) parts.push_back(expectation_text(item));
      return joined(parts, '[', ']');
    case YamlNode::Kind::mapping: break;
  }
  for (std::size_t i = 0; i < expectation.keys.size(); ++i) {
    parts.push_back(expectation.keys[i].text + ": " + expectation_text(expectation.items[i]));
  }
  return joined(parts, '{', '}');
}

std::string record_text(const std::string& record) {
  const Json parsed = Json::parse(record);
  return shown(parsed, finding_keys()) + ": " + parsed.at("ghostport").at("reason").get<std::string>();
}

}  // namespace ghostport
