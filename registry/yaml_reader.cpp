#include "registry/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <sstream>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace ghostport {
namespace {

constexpr std::size_t kMostDepth = 64;
constexpr std::size_t kMostFaults = 1000;  // a file with more is no YAML that anybody wrote

/// Ends the parser's walk after a fault that leaves no tree; it has been reported.
struct Stop {};

unsigned from_one(int from_zero) { return from_zero < 0 ? 0U : static_cast<unsigned>(from_zero) + 1U; }

/// yaml-cpp 0.7 reads 010 and 0o10 as 8, YAML 1.1 readers and people disagree: nobody can mean it safely.
bool looks_octal(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  if (text.size() < 2 || text.front() != '0') return false;
  if (text[1] == 'o' || text[1] == 'O') text.remove_prefix(1);
  return text.size() > 1 && text.find_first_not_of("0123456789_", 1) == std::string_view::npos;
}

/// Whether the quote that opens at text[start] is ever closed: yaml-cpp 0.7 lets the end of the file close it.
bool quote_closes(std::string_view text, std::size_t start) {
  const char quote = text[start];
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != quote) return true;
      ++i;
    }
  }
  return false;
}

/// Builds the tree from yaml-cpp's events. Marks count bytes from 0.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const std::string& file, Problems& problems)
      : text_(text), file_(file), problems_(problems) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    report(mark, "more text after the end of the document, expected one document without \"---\" inside");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    report(mark, "anchor " + in_quotes("&" + name) + " is not allowed, expected the value alone");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    report(mark, "an alias (*name) is not allowed, expected the value itself");
    attach(make(mark, YamlNode::Kind::null, true));
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    YamlNode node = make(mark, YamlNode::Kind::null, false);
    if (!frames_.empty() && frames_.back().node.kind == YamlNode::Kind::sequence) move_to_dash(mark, node);
    attach(std::move(node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) override {
    YamlNode node = make(mark, YamlNode::Kind::scalar, refuse_tag(mark, tag));
    node.text = value;
    node.quoted = tag == "!";
    if (node.quoted && (at(mark) == '"' || at(mark) == '\'') && !quote_closes(text_, place(mark))) {
      report(mark, "this quote is never closed");
      throw Stop{};
    }
    if (!node.quoted && looks_octal(value)) {
      report(mark, in_quotes(value) + " looks like an octal number, expected it without the leading zero or in quotes");
      node.refused = true;
    }
    attach(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, tag, YamlNode::Kind::mapping);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A collection that is still open.
  struct Frame {
    YamlNode node;
    std::optional<YamlNode> key;                         // mapping: set while its value is awaited
    bool drop = false;                                   // the awaited value belongs to a refused key
    std::unordered_map<std::string, unsigned> key_line;  // first line of each key
  };

  static std::size_t place(const YAML::Mark& mark) { return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos); }
  char at(const YAML::Mark& mark) const { return place(mark) < text_.size() ? text_[place(mark)] : '\0'; }

  void report(const YAML::Mark& mark, std::string what) {
    report(make(mark, YamlNode::Kind::null, false), std::move(what));
  }
  void report(const YamlNode& node, std::string what) {
    problems_.push_back({file_, node.line, node.column, std::move(what)});
    if (problems_.size() < kMostFaults) return;
    problems_.push_back({file_, node.line, node.column, "too many faults, what follows was not read"});
    throw Stop{};
  }

  static YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind, bool refused) {
    YamlNode node;
    node.kind = kind;
    node.line = from_one(mark.line);
    node.column = from_one(mark.column);
    node.refused = refused;
    return node;
  }

  /// yaml-cpp gives "?" to plain values and "!" to quoted ones; a written "!" alone looks like the latter.
  bool refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || (tag == "!" && at(mark) != '!')) return false;
    report(mark, "a tag (!name) is not allowed, expected the value alone");
    return true;
  }

  /// An empty item of a block sequence has the place of what follows it; say the place of its dash instead.
  void move_to_dash(const YAML::Mark& mark, YamlNode& node) const {
    if (place(mark) > text_.size()) return;
    const std::string_view before = text_.substr(0, place(mark));
    const std::size_t dash = before.find_last_not_of(" \t\r\n");
    if (dash == std::string_view::npos || before[dash] != '-') return;
    node.line -=
        static_cast<unsigned>(std::count(before.begin() + static_cast<std::ptrdiff_t>(dash), before.end(), '\n'));
    const std::size_t line_break = before.rfind('\n', dash);
    node.column = static_cast<unsigned>(line_break == std::string_view::npos ? dash + 1 : dash - line_break);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YamlNode::Kind kind) {
    if (frames_.size() == kMostDepth) {
      report(mark, "nested too deeply, expected at most " + std::to_string(kMostDepth) + " levels");
      throw Stop{};
    }
    Frame frame;
    frame.node = make(mark, kind, refuse_tag(mark, tag));
    frames_.push_back(std::move(frame));
  }
  void close() {
    YamlNode node = std::move(frames_.back().node);
    frames_.pop_back();
    attach(std::move(node));
  }

  void attach(YamlNode node) {
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == YamlNode::Kind::sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.key) {
      frame.drop = !key_allowed(frame, node);
      frame.key = std::move(node);
    } else {
      if (!frame.drop) {
        if (node.kind == YamlNode::Kind::null)
          std::tie(node.line, node.column) = std::pair(frame.key->line, frame.key->column);
        frame.node.keys.push_back(std::move(*frame.key));
        frame.node.items.push_back(std::move(node));
      }
      frame.key.reset();
    }
  }

  bool key_allowed(Frame& frame, const YamlNode& key) {
    if (key.refused) return false;
    if (key.kind != YamlNode::Kind::scalar) {
      report(key, "this key is not a word, expected a plain or quoted word before the colon");
      return false;
    }
    const auto [first, inserted] = frame.key_line.emplace(key.text, key.line);
    if (inserted) return true;
    report(key, "duplicate key " + in_quotes(key.text) + ", first given in line " + std::to_string(first->second));
    return false;
  }

  std::string_view text_;
  const std::string& file_;
  Problems& problems_;
  YamlNode root_;
  std::vector<Frame> frames_;
  int documents_ = 0;
};

bool is_text(std::string_view text, const std::string& file, Problems& problems) {
  unsigned line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = printable_length(text.substr(i));
    if (length == 0) {
      problems.push_back({file, line, static_cast<unsigned>(i - line_start + 1),
                          "a control character or a byte that is not UTF-8, expected printable text"});
      return false;
    }
    i += length;
    if (text[i - 1] == '\n') {
      ++line;
      line_start = i;
    }
  }
  return true;
}

std::string too_large() { return "larger than " + std::to_string(kMostTextBytes >> 20U) + " MiB"; }

std::string plain_words(const std::string& message) {
  if (message == YAML::ErrorMsg::UNKNOWN_ANCHOR) return "an alias (*name) is not allowed, expected the value itself";
  return "YAML syntax: " + message;
}

}  // namespace

std::size_t printable_length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
  };
  const std::uint32_t lead = byte(0);
  if (lead == '\r') return byte(1) == '\n' ? 2 : 0;
  if (lead == '\t' || lead == '\n' || (lead >= 0x20 && lead < 0x7f)) return 1;
  const std::size_t length = lead >= 0xf0 && lead < 0xf8   ? 4
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xc0 && lead < 0xe0 ? 2
                                                           : 0;
  if (length == 0) return 0;
  std::uint32_t point = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
    point = point << 6U | (byte(i) & 0x3fU);
  }
  constexpr std::uint32_t kShortest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kShortest[length] || point > 0x10ffff) return 0;
  const bool printable = point >= 0xa0 && (point < 0xd800 || point > 0xdfff) && (point & 0xfffeU) != 0xfffe;
  return printable || point == 0x85 ? length : 0;
}

std::optional<YamlNode> read_yaml(std::string_view text, const std::string& file, Problems& problems) {
  if (text.size() > kMostTextBytes) {
    problems.push_back({file, 0, 0, too_large()});
    return std::nullopt;
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!is_text(text, file, problems)) return std::nullopt;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(text, file, problems);
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
    return builder.take_root();
  } catch (const Stop&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    problems.push_back({file, from_one(error.mark.line), from_one(error.mark.column), plain_words(error.msg)});
    return std::nullopt;
  } catch (const std::exception& error) {
    problems.push_back({file, 0, 0, std::string("cannot be read: ") + error.what()});
    return std::nullopt;
  }
}

Result<YamlNode> read_yaml(std::string_view text, const std::string& file) {
  Problems problems;
  auto node = read_yaml(text, file, problems);
  if (!problems.empty()) return problems;
  return std::move(*node);
}

std::optional<std::string> read_text_file(const std::string& path, Problems& problems) {
  const auto unreadable = [&] {
    problems.push_back({path, 0, 0, "cannot be read: " + std::generic_category().message(errno)});
    return std::nullopt;
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!stream) return unreadable();
  std::string text;
  std::vector<char> block(std::size_t{64} << 10U);
  while (text.size() <= kMostTextBytes) {
    const std::size_t length = std::fread(block.data(), 1, block.size(), stream.get());
    if (length == 0) break;
    text.append(block.data(), length);
  }
  if (std::ferror(stream.get()) != 0) return unreadable();
  if (text.size() > kMostTextBytes) {
    problems.push_back({path, 0, 0, too_large()});
    return std::nullopt;
  }
  return text;
}

Result<YamlNode> read_yaml_file(const std::string& path) {
  Problems problems;
  const auto text = read_text_file(path, problems);
  if (!text) return problems;
  return read_yaml(*text, path);
}

std::string yaml_text(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::null) return "null";
  if (node.kind == YamlNode::Kind::scalar) return in_quotes(node.text);
  std::string text(1, node.kind == YamlNode::Kind::mapping ? '{' : '[');
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (node.kind == YamlNode::Kind::mapping) text += in_quotes(node.keys[i].text) + ": ";
    text += yaml_text(node.items[i]) + ", ";
  }
  return text + (node.kind == YamlNode::Kind::mapping ? '}' : ']');
}

std::optional<std::string> yaml_value(const std::string& file, std::string_view path) {
  const Result<YamlNode> document = read_yaml_file(file);
  if (!document) return std::nullopt;
  const YamlNode* node = &document.value();
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    const auto key =
        std::find_if(node->keys.begin(), node->keys.end(), [&](const YamlNode& one) { return one.text == name; });
    if (key == node->keys.end()) return std::nullopt;
    node = &node->items[static_cast<std::size_t>(key - node->keys.begin())];
  }
  if (node->kind != YamlNode::Kind::scalar) return std::nullopt;
  return node->text;
}

}  // namespace ghostport
