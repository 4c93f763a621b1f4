#include "sensor/case_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "sensor/case_match.h"

namespace ghostport {
namespace {

/// The same text for the same content, however it is written.
std::string content_of(const YamlNode& node) {
  std::string text = std::to_string(static_cast<int>(node.kind)) + std::to_string(node.text.size()) + ':' + node.text;
  for (std::size_t i = 0; i < node.items.size(); ++i)
    text += (i < node.keys.size() ? node.keys[i].text + '=' : std::string()) + content_of(node.items[i]) + ',';
  return text + ';';
}

class Reader {
 public:
  Reader(const std::string& path, Problems& problems) : path_(path), problems_(problems) {
    result_.folder = std::filesystem::path(path).parent_path().string();
  }

  Case read(const YamlNode& document) {
    YamlMapping root(document, path_, problems_, "a case");
    root.require("why");
    result_.why = root.string("why").value_or("");
    root.require("made-by");
    (void)root.string("made-by");
    (void)root.find("provenance");  // for people: text or a mapping
    if (const YamlNode* const captures = root.require("pcap")) read_captures(root, *captures);
    result_.same_rules = "default";
    if (const YamlNode* const node = root.find("config")) read_config(*node);
    root.require("expect");
    for (const YamlNode& one : root.sequence("expect")) {
      check_expectation(one, path_, problems_);
      result_.expect.push_back(one);
    }
    result_.awaits = root.string("awaits").value_or("");
    root.finish();
    return std::move(result_);
  }

 private:
  void read_captures(YamlMapping& root, const YamlNode& node) {
    if (node.kind == YamlNode::Kind::sequence) {
      if (node.items.empty()) root.fault(node, "pcap is empty, expected the names of captures");
      for (const YamlNode& item : node.items) read_capture(root, item);
    } else {
      read_capture(root, node);
    }
  }

  void read_capture(YamlMapping& root, const YamlNode& node) {
    const std::string* const name =
        root.scalar(node, "pcap", "the name of a capture in this folder, or a list of names");
    if (name == nullptr) return;
    const std::string path = (std::filesystem::path(result_.folder) / *name).string();
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) root.fault(node, "no file " + in_quotes(path));
    result_.captures.push_back(path);
  }

  void read_config(const YamlNode& node) {
    auto configuration = read_configuration(node, path_);
    result_.configured = true;
    result_.same_rules = content_of(node);
    if (configuration) {
      result_.configuration = std::move(configuration).value();
      if (!result_.configuration.registry_files.empty() || !result_.configuration.signature_files.empty())
        result_.same_rules.clear();
    } else {
      problems_.insert(problems_.end(), configuration.problems().begin(), configuration.problems().end());
    }
  }

  const std::string& path_;
  Problems& problems_;
  Case result_;
};

}  // namespace

Result<Case> read_case(const std::string& path) {
  Problems problems;
  Case result;
  if (const auto text = read_text_file(path, problems)) {
    if (const auto document = read_yaml(*text, path, problems)) result = Reader(path, problems).read(*document);
  }
  if (problems.empty()) return result;
  sort_by_place(problems);
  return problems;
}

}  // namespace ghostport
