#include <algorithm>
#include <utility>

#include "signatures/signature.h"

namespace ghostport {
namespace {

constexpr std::string_view kNoCheck = "none";

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) { return letter >= 0x20 && letter <= 0x7E; });
}

/// Where the '|' stands that splits the whole expression, npos where none does.
std::size_t top_level_alternative(std::string_view expression) {
  unsigned depth = 0;
  bool in_class = false;
  std::size_t class_start = 0;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const char letter = expression[i];
    if (letter == '\\') {
      ++i;
    } else if (in_class) {
      // A bracket that comes first, also behind ^, is a member.
      const bool first = i == class_start + 1 || (i == class_start + 2 && expression[i - 1] == '^');
      if (letter == ']' && !first) in_class = false;
    } else if (letter == '[') {
      in_class = true;
      class_start = i;
    } else if (letter == '(') {
      ++depth;
    } else if (letter == ')' && depth > 0) {
      --depth;
    } else if (letter == '|' && depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// What is wrong with an expression before Hyperscan sees it; empty where nothing is.
std::string expression_fault(std::string_view expression) {
  if (!is_printable_ascii(expression)) return "holds more than printable ASCII, expected \\xHH for other bytes";
  if (!expression.starts_with('^') && !expression.starts_with("(?i)^")) {
    return "does not begin with ^ or (?i)^: a signature is about the first bytes";
  }
  if (top_level_alternative(expression) != std::string_view::npos) {
    return "has alternatives outside of a group, of which ^ anchors only the first: write ^(?:a|b)";
  }
  return {};
}

/// "service.word", the word of lower-case letters, digits and single hyphens.
bool is_id_of(std::string_view id, std::string_view service) {
  if (!id.starts_with(service) || id.size() < service.size() + 2 || id[service.size()] != '.') return false;
  char before = '-';
  for (const char letter : id.substr(service.size() + 1)) {
    const bool word = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
    if (!word && (letter != '-' || before == '-')) return false;
    before = letter;
  }
  return before != '-';
}

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

/// Undoes the escapes of an example; returns what is wrong, empty where nothing is.
std::string unescape(std::string_view text, std::vector<std::string>& datagrams) {
  if (!is_printable_ascii(text)) {
    return "the example holds more than printable ASCII, expected \\xHH for other bytes (in YAML's double quotes: "
           "\\\\xHH)";
  }
  datagrams.assign(1, {});
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      datagrams.back() += text[i];
      continue;
    }
    const char escape = ++i < text.size() ? text[i] : '\0';
    switch (escape) {
      case 'r': datagrams.back() += '\r'; break;
      case 'n': datagrams.back() += '\n'; break;
      case 't': datagrams.back() += '\t'; break;
      case '\\': datagrams.back() += '\\'; break;
      case '|': datagrams.emplace_back(); break;
      case 'x': {
        const std::string_view digits = text.substr(i + 1, 2);
        if (digits.size() < 2 || hex_digit(digits[0]) < 0 || hex_digit(digits[1]) < 0) {
          return "\\x in the example lacks its two hexadecimal digits";
        }
        datagrams.back() += static_cast<char>(hex_digit(digits[0]) * 16 + hex_digit(digits[1]));
        i += 2;
        break;
      }
      default:
        return "unknown escape " + in_quotes(text.substr(i - 1, 2)) +
               " in the example, expected \\r \\n \\t \\\\ \\xHH or \\|";
    }
  }
  return {};
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  SignatureFile document(const YamlNode& node) {
    SignatureFile result;
    YamlMapping document(node, file_, problems_, "a signature file");
    for (const YamlNode& item : document.sequence("signatures")) result.signatures.push_back(signature(item));
    for (const YamlNode& item : document.sequence("upgrades")) result.upgrades.push_back(upgrade(item));
    document.finish();
    return result;
  }

  Problems take_problems() { return std::move(problems_); }

 private:
  Signature signature(const YamlNode& node) {
    Signature result;
    YamlMapping mapping(node, file_, problems_, "a signature");
    for (const std::string_view key : {"id", "service", "transport", "side", "expression", "examples"})
      mapping.require(key);
    result.file = file_;
    result.service = service(mapping, "service");
    result.id = id(mapping, result.service);
    result.transport = static_cast<Transport>(mapping.word("transport", {"tcp", "udp"}).value_or(0));
    result.side = static_cast<SignatureSide>(mapping.word("side", {"client", "server", "either"}).value_or(0));
    usually(mapping, result);
    result.expression = expression(mapping, "expression");
    if (const YamlNode* const place = mapping.find("expression")) {
      result.line = place->line;
      result.column = place->column;
    }
    result.check = check(mapping, "check");
    answers(mapping, result);
    result.confirmations = static_cast<std::uint8_t>(mapping.integer("confirmations", 2, 8).value_or(1));
    if (result.confirmations > 1 && result.transport == Transport::tcp)
      mapping.fault_at_key("confirmations", "confirmations counts datagrams, and this signature is for tcp");
    examples(mapping, result);
    mapping.finish();
    return result;
  }

  static void usually(YamlMapping& mapping, Signature& signature) {
    const auto word = mapping.word("usually", {"client", "server"});
    signature.usually = word ? static_cast<SignatureSide>(*word) : signature.side;
    if (word && (signature.transport == Transport::tcp || signature.side != SignatureSide::either))
      mapping.fault_at_key("usually", "usually has a meaning only for udp and side: either");
  }

  Upgrade upgrade(const YamlNode& node) {
    Upgrade result;
    YamlMapping mapping(node, file_, problems_, "an upgrade");
    for (const std::string_view key : {"id", "carrier"}) mapping.require(key);
    const bool header = mapping.boolean("header").value_or(false);
    mapping.require(header ? "client" : "server");
    if (header && mapping.find("server") != nullptr)
      mapping.fault_at_key("server", "server has no meaning where header is true");
    result.file = file_;
    result.line = node.line;
    result.column = node.column;
    result.carrier = service(mapping, "carrier");
    result.id = id(mapping, result.carrier);
    result.inner = service(mapping, "inner");
    result.client = expression(mapping, "client");
    result.server = expression(mapping, "server");
    result.client_check = check(mapping, "client-check");
    result.server_check = check(mapping, "server-check");
    result.client_length_at = static_cast<std::uint16_t>(mapping.integer("client-length-at", 1, 255).value_or(0));
    mapping.finish();
    return result;
  }

  static ServiceId service(YamlMapping& mapping, std::string_view key) {
    const auto name = mapping.string(key);
    if (!name) return ServiceId::none;
    if (const auto found = find_service(*name)) return *found;
    const std::string_view near = nearest(*name, all_service_names());
    mapping.fault(*mapping.find(key), "unknown service " + in_quotes(*name) +
                                          (near.empty() ? ", expected a name of docs/services.md"
                                                        : ", did you mean " + in_quotes(near) + "?"));
    return ServiceId::none;
  }

  static std::string id(YamlMapping& mapping, ServiceId service) {
    std::string text = mapping.string("id").value_or("");
    if (text.empty() || service == ServiceId::none) return text;
    const std::string_view name = service_name(service);
    if (!is_id_of(text, name)) {
      mapping.wrong(*mapping.find("id"), "id",
                    in_quotes(std::string(name) + ".word") + " with a word of lower-case letters, digits and hyphens");
    }
    return text;
  }

  /// One id, or a list of them.
  static std::vector<std::string> ids(YamlMapping& mapping, std::string_view key) {
    const YamlNode* const node = mapping.find(key);
    if (node == nullptr) return {};
    std::vector<std::string> result;
    if (node->kind != YamlNode::Kind::sequence) {
      if (auto one = mapping.string(key)) result.push_back(std::move(*one));
      return result;
    }
    for (const YamlNode& item : mapping.sequence(key)) {
      if (const std::string* const text = mapping.scalar(item, key, "an id")) result.push_back(*text);
    }
    if (node->items.empty()) mapping.fault(*node, std::string(key) + " is empty, expected at least one id");
    return result;
  }

  static std::string expression(YamlMapping& mapping, std::string_view key) {
    std::string text = mapping.string(key).value_or("");
    if (text.empty()) return text;
    if (const std::string fault = expression_fault(text); !fault.empty()) {
      mapping.fault(*mapping.find(key), std::string(key) + ' ' + fault);
    }
    return text;
  }

  static const NamedCheck* check(YamlMapping& mapping, std::string_view key) {
    std::vector<std::string_view> words{kNoCheck};
    for (const NamedCheck& named : all_checks()) words.push_back(named.name);
    const auto word = mapping.word(key, words);
    return word && *word > 0 ? &all_checks()[*word - 1] : nullptr;
  }

  static void answers(YamlMapping& mapping, Signature& signature) {
    signature.verified = mapping.boolean("verified").value_or(true);
    signature.both_directions = mapping.boolean("both-directions").value_or(false);
    signature.answers = ids(mapping, "answers");
    if (signature.both_directions) mapping.require("answers");
    if (!signature.both_directions && mapping.find("answers") != nullptr) {
      mapping.fault_at_key("answers", "answers has a meaning only where both-directions is true");
    }
  }

  void examples(YamlMapping& mapping, Signature& signature) {
    const YamlNode* const node = mapping.find("examples");
    if (node == nullptr) return;
    YamlMapping lists(*node, file_, problems_, "examples");
    signature.match = example_list(lists, "match", signature.transport);
    signature.no_match = example_list(lists, "no-match", signature.transport);
    lists.finish();
  }

  static std::vector<Example> example_list(YamlMapping& lists, std::string_view key, Transport transport) {
    std::vector<Example> result;
    const YamlNode* const node = lists.require(key);
    for (const YamlNode& item : lists.sequence(key)) {
      const std::string* const text = lists.scalar(item, "an example", "text");
      if (text == nullptr) continue;
      Example& example = result.emplace_back();
      example.line = item.line;
      example.column = item.column;
      if (const std::string fault = unescape(*text, example.datagrams); !fault.empty()) {
        lists.fault(item, fault);
      } else if (transport == Transport::tcp && example.datagrams.size() > 1) {
        lists.fault(item, "\\| parts datagrams, and this signature is for tcp");
      }
    }
    if (node != nullptr && node->kind == YamlNode::Kind::sequence && node->items.empty()) {
      lists.fault(*node, std::string(key) + " is empty, expected at least one example");
    }
    return result;
  }

  const std::string& file_;
  Problems problems_;
};

}  // namespace

Result<SignatureFile> read_signatures(const YamlNode& document, const std::string& file) {
  if (document.kind == YamlNode::Kind::null && !document.refused) return SignatureFile();
  Reader reader(file);
  SignatureFile signatures = reader.document(document);
  Problems problems = reader.take_problems();
  if (problems.empty()) return signatures;
  sort_by_place(problems);
  return problems;
}

Result<SignatureFile> read_signatures_file(const std::string& path) {
  Problems problems;
  const auto text = read_text_file(path, problems);
  if (!text) return problems;
  const auto document = read_yaml(*text, path, problems);
  if (!document) return problems;
  auto signatures = read_signatures(*document, path);
  if (!signatures.ok()) problems.insert(problems.end(), signatures.problems().begin(), signatures.problems().end());
  if (problems.empty()) return signatures;
  sort_by_place(problems);
  return problems;
}

}  // namespace ghostport
