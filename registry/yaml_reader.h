// The one strict reader of YAML: a tree with the place of every node, every fault collected, nothing guessed.
// Called by the readers of the registry, signatures, configuration and cases, on the main thread at start-up.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/problem.h"
#include "registry/values.h"

namespace ghostport {

/// A YAML value and where it stands (line and column from 1, the column in bytes).
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping } kind = Kind::null;
  unsigned line = 0;
  unsigned column = 0;
  bool quoted = false;          ///< scalar written in quotes or as a block: a string, never a number
  bool refused = false;         ///< its fault has been reported; readers treat it as absent and say nothing more
  std::string text;             ///< scalar
  std::vector<YamlNode> items;  ///< sequence, or the values of a mapping
  std::vector<YamlNode> keys;   ///< mapping: keys[i], always a scalar, names items[i]
};

/// Reads exactly one document. Refused, each with its place: syntax errors, a second document, anchors, aliases, tags,
/// duplicate keys, keys that are not scalars, nesting deeper than 64, input above 16 MiB, control characters and text
/// that is not UTF-8, more than 1,000 faults, plain scalars that look like octal numbers (010, 0o10). An empty document
/// is a null node.
[[nodiscard]] Result<YamlNode> read_yaml(std::string_view text, const std::string& file);
/// The same for a file; a file that cannot be read is a problem without a place.
[[nodiscard]] Result<YamlNode> read_yaml_file(const std::string& path);

/// The same for readers that go on to report their own faults too: faults are added to `problems`, the tree comes
/// without the refused parts. Nothing where no tree could be made: broken syntax, depth, size.
[[nodiscard]] std::optional<YamlNode> read_yaml(std::string_view text, const std::string& file, Problems& problems);
/// A whole file of at most 16 MiB, for read_yaml.
[[nodiscard]] std::optional<std::string> read_text_file(const std::string& path, Problems& problems);

/// Length of the character that `text` begins with: printable UTF-8 (YAML 1.2 section 5.1), tab, LF or CR LF; 0 for
/// anything else.
[[nodiscard]] std::size_t printable_length(std::string_view text);

/// The most that a text file may have, in bytes.
inline constexpr std::size_t kMostTextBytes = std::size_t{16} << 20U;

/// Walks one mapping and reports what is missing, unknown (with the nearest known key) or of the wrong type.
/// Every reader function returns nothing where the key is absent or wrong; wrong ones have been reported.
/// Keys, `file` and `node` must outlive it.
class YamlMapping {
 public:
  /// `what` names the mapping in messages: "a registry entry". A node that is not a mapping is reported, and then every
  /// key is absent.
  YamlMapping(const YamlNode& node, const std::string& file, Problems& problems, std::string_view what);

  [[nodiscard]] const YamlNode* find(std::string_view key);
  /// A missing key is a fault.
  const YamlNode* require(std::string_view key);
  [[nodiscard]] std::optional<std::string> string(std::string_view key);  ///< not empty; plain or quoted
  [[nodiscard]] std::optional<bool> boolean(std::string_view key);        ///< true or false only
  [[nodiscard]] std::optional<std::uint64_t> integer(std::string_view key, std::uint64_t least, std::uint64_t most);
  /// "600s", "10m", "8h": from one second to one day.
  [[nodiscard]] std::optional<std::chrono::seconds> duration(std::string_view key);
  /// "512KiB", "64MiB", "2GiB": bytes, at least `least_mebibytes`.
  [[nodiscard]] std::optional<std::uint64_t> size(std::string_view key, std::uint64_t least_mebibytes);
  /// One of `words`: its index.
  [[nodiscard]] std::optional<std::size_t> word(std::string_view key, const std::vector<std::string_view>& words);
  /// The items of a sequence (an absent key has none).
  [[nodiscard]] const std::vector<YamlNode>& sequence(std::string_view key);

  /// The same as above for an item of a sequence, which messages call `name`.
  [[nodiscard]] std::optional<std::uint64_t> integer_at(const YamlNode& node, std::string_view name,
                                                        std::uint64_t least, std::uint64_t most);
  [[nodiscard]] std::optional<std::size_t> word_at(const YamlNode& node, std::string_view name,
                                                   const std::vector<std::string_view>& words);
  /// The text of any scalar; other nodes are reported as "NAME is a list, expected EXPECTED".
  [[nodiscard]] const std::string* scalar(const YamlNode& node, std::string_view name, std::string_view expected);

  /// Reports every key that was never asked for. Call once, after all others.
  void finish();

  /// Reports a fault at a node; silent where the node's fault has been reported.
  void fault(const YamlNode& node, std::string what);
  /// Reports a fault at a key that is there.
  void fault_at_key(std::string_view key, std::string what);
  /// Reports "NAME is ..., expected EXPECTED".
  void wrong(const YamlNode& node, std::string_view name, std::string_view expected);

  [[nodiscard]] const YamlNode& node() const { return node_; }
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] Problems& problems() { return problems_; }

 private:
  const YamlNode& node_;
  const std::string& file_;
  Problems& problems_;
  std::string what_;
  std::vector<std::string_view> known_;
  std::vector<bool> used_;  // by place in node_.keys
};

/// What the node says, on one line: the same for any two that say the same, wherever they stand.
[[nodiscard]] std::string yaml_text(const YamlNode& node);

/// The text of the scalar at a path such as "capture.driver" of a YAML file; nothing where there is none, or no file.
[[nodiscard]] std::optional<std::string> yaml_value(const std::string& file, std::string_view path);

}  // namespace ghostport
