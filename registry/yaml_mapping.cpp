#include <algorithm>
#include <utility>

#include "registry/yaml_reader.h"

namespace ghostport {
namespace {

std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "has no value";
    case YamlNode::Kind::sequence: return "is a list";
    case YamlNode::Kind::mapping: return "is a mapping";
    case YamlNode::Kind::scalar: break;
  }
  return (node.quoted ? "is the string " : "is ") + in_quotes(node.text);
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string result;
  for (const std::string_view word : words) result.append(result.empty() ? "" : ", ").append(word);
  return result;
}

/// ", did you mean "X"?" or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view near = nearest(word, candidates);
  return near.empty() ? std::string() : ", did you mean " + in_quotes(near) + "?";
}

}  // namespace

YamlMapping::YamlMapping(const YamlNode& node, const std::string& file, Problems& problems, std::string_view what)
    : node_(node), file_(file), problems_(problems), what_(what), used_(node.keys.size()) {
  if (node.kind != YamlNode::Kind::mapping) wrong(node, what, "a mapping of keys to values");
}

const YamlNode* YamlMapping::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  for (std::size_t i = 0; i < node_.keys.size(); ++i) {
    if (node_.keys[i].text != key) continue;
    used_[i] = true;
    return &node_.items[i];
  }
  return nullptr;
}

const YamlNode* YamlMapping::require(std::string_view key) {
  const YamlNode* const value = find(key);
  if (value == nullptr && node_.kind == YamlNode::Kind::mapping) {
    fault(node_, what_ + " needs the key " + in_quotes(key));
  }
  return value;
}

std::optional<std::string> YamlMapping::string(std::string_view key) {
  const YamlNode* const value = find(key);
  const std::string* const text = value == nullptr ? nullptr : scalar(*value, key, "text");
  if (text == nullptr) return std::nullopt;
  if (text->empty()) {
    fault(*value, std::string(key) + " is empty, expected text");
    return std::nullopt;
  }
  return *text;
}

std::optional<bool> YamlMapping::boolean(std::string_view key) {
  const YamlNode* const value = find(key);
  if (value == nullptr) return std::nullopt;
  const bool plain = value->kind == YamlNode::Kind::scalar && !value->quoted && !value->refused;
  if (plain && (value->text == "true" || value->text == "false")) return value->text == "true";
  wrong(*value, key, "true or false");
  return std::nullopt;
}

std::optional<std::uint64_t> YamlMapping::integer(std::string_view key, std::uint64_t least, std::uint64_t most) {
  const YamlNode* const value = find(key);
  return value == nullptr ? std::nullopt : integer_at(*value, key, least, most);
}

std::optional<std::uint64_t> YamlMapping::integer_at(const YamlNode& node, std::string_view name, std::uint64_t least,
                                                     std::uint64_t most) {
  const bool plain = node.kind == YamlNode::Kind::scalar && !node.quoted && !node.refused;
  const auto number = plain ? parse_decimal(node.text) : std::nullopt;
  if (number && *number >= least && *number <= most) return number;
  wrong(node, name, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<std::chrono::seconds> YamlMapping::duration(std::string_view key) {
  const YamlNode* const value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto seconds = value->kind == YamlNode::Kind::scalar ? parse_duration(value->text) : std::nullopt;
  if (seconds && *seconds >= std::chrono::seconds(1) && *seconds <= std::chrono::hours(24)) return seconds;
  wrong(*value, key, "a time from 1s to 24h, such as 30s, 10m or 1h");
  return std::nullopt;
}

std::optional<std::uint64_t> YamlMapping::size(std::string_view key, std::uint64_t least_mebibytes) {
  const YamlNode* const value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto bytes = value->kind == YamlNode::Kind::scalar ? parse_size(value->text) : std::nullopt;
  if (bytes && *bytes >= least_mebibytes << 20U) return bytes;
  const std::string least = least_mebibytes == 0 ? "" : ", at least " + std::to_string(least_mebibytes) + "MiB";
  wrong(*value, key, "a size such as 512KiB, 64MiB or 2GiB" + least);
  return std::nullopt;
}

std::optional<std::size_t> YamlMapping::word(std::string_view key, const std::vector<std::string_view>& words) {
  const YamlNode* const value = find(key);
  return value == nullptr ? std::nullopt : word_at(*value, key, words);
}

std::optional<std::size_t> YamlMapping::word_at(const YamlNode& node, std::string_view name,
                                                const std::vector<std::string_view>& words) {
  const std::string expected = "one of " + joined(words);
  const std::string* const text = scalar(node, name, expected);
  if (text == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (*text == words[i]) return i;
  }
  wrong(node, name, expected + suggestion(*text, words));
  return std::nullopt;
}

const std::vector<YamlNode>& YamlMapping::sequence(std::string_view key) {
  static const std::vector<YamlNode> none;
  const YamlNode* const value = find(key);
  if (value == nullptr) return none;
  if (value->kind == YamlNode::Kind::sequence) return value->items;
  wrong(*value, key, "a list");
  return none;
}

const std::string* YamlMapping::scalar(const YamlNode& node, std::string_view name, std::string_view expected) {
  if (node.kind == YamlNode::Kind::scalar) return node.refused ? nullptr : &node.text;
  wrong(node, name, expected);
  return nullptr;
}

void YamlMapping::finish() {
  for (std::size_t i = 0; i < node_.keys.size(); ++i) {
    if (used_[i]) continue;
    const std::string& key = node_.keys[i].text;
    std::string help = suggestion(key, known_);
    if (help.empty() && !known_.empty()) help = ", expected one of " + joined(known_);
    fault(node_.keys[i], "unknown key " + in_quotes(key) + " in " + what_ + help);
  }
}

void YamlMapping::fault(const YamlNode& node, std::string what) {
  if (!node.refused) problems_.push_back({file_, node.line, node.column, std::move(what)});
}

void YamlMapping::fault_at_key(std::string_view key, std::string what) {
  for (const YamlNode& name : node_.keys) {
    if (name.text == key) return fault(name, std::move(what));
  }
}

void YamlMapping::wrong(const YamlNode& node, std::string_view name, std::string_view expected) {
  fault(node, std::string(name) + ' ' + found(node) + ", expected " + std::string(expected));
}

}  // namespace ghostport
