#include "configuration/live_settings.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>

namespace ghostport {
namespace {

/// What each kind of output takes besides `path`, `types` and kafka's `properties`.
enum class Value : std::uint8_t { text, boolean, number, size, duration, word };
using Kind = OutputSettings::Kind;
struct OutputKey {
  Kind kind;
  std::string_view section;  ///< within the output; empty: its top level
  std::string_view key;
  Value value;
  std::string_view words;  ///< for Value::word, separated by blanks
};
constexpr OutputKey kOutputKeys[] = {
    {Kind::eve, "", "append", Value::boolean, ""},
    {Kind::eve, "", "buffer-size", Value::size, ""},
    {Kind::eve, "", "rotate-interval", Value::duration, ""},
    {Kind::fast, "", "append", Value::boolean, ""},
    {Kind::unix_socket, "", "type", Value::word, "stream dgram"},
    {Kind::syslog, "", "identity", Value::text, ""},
    {Kind::syslog, "", "prefix", Value::text, ""},
    {Kind::syslog, "", "facility", Value::word,
     "auth authpriv cron daemon ftp kern local0 local1 local2 local3 local4 local5 local6 local7 lpr mail news "
     "syslog user uucp"},
    {Kind::syslog, "", "level", Value::word, "Emergency Alert Critical Error Warning Notice Info Debug"},
    {Kind::redis, "", "server", Value::text, ""},
    {Kind::redis, "", "port", Value::number, ""},
    {Kind::redis, "", "username", Value::text, ""},
    {Kind::redis, "", "password", Value::text, ""},
    {Kind::redis, "", "async", Value::boolean, ""},
    {Kind::redis, "", "mode", Value::word, "list lpush rpush channel publish stream xadd"},
    {Kind::redis, "", "key", Value::text, ""},
    {Kind::redis, "", "stream-maxlen", Value::number, ""},
    {Kind::redis, "", "stream-trim-exact", Value::boolean, ""},
    {Kind::redis, "pipelining", "enabled", Value::boolean, ""},
    {Kind::redis, "pipelining", "batch-size", Value::number, ""},
    {Kind::kafka, "", "brokers", Value::text, ""},
    {Kind::kafka, "", "topic", Value::text, ""},
};
constexpr std::string_view kOutputKinds[] = {"eve", "fast", "unix-socket", "syslog", "redis", "kafka"};

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    words.push_back(text.substr(0, blank));
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  }
  return words;
}

/// `h` in the shape stands for a hexadecimal digit, `o` for an octal one.
bool has_shape(std::string_view text, std::string_view shape) {
  const auto fits = [](char letter, char expected) {
    if (expected == 'o') return letter >= '0' && letter <= '7';
    if (expected != 'h') return letter == expected;
    return std::string_view("0123456789abcdefABCDEF").find(letter) != std::string_view::npos;
  };
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(), fits);
}

bool is_user_name(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return text.size() <= 32 && text.front() != '-' && text.find_first_not_of(kLetters) == std::string_view::npos;
}

std::optional<HttpSettings> parse_listener(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  const auto address = Address::parse(host);
  const auto port = parse_decimal(text.substr(colon + 1));
  if (!address || (address->family == 6) != brackets || !port || *port == 0 || *port > 65535) return std::nullopt;
  return HttpSettings{*address, static_cast<std::uint16_t>(*port)};
}

template <class Word>
void read_word(YamlMapping& mapping, std::string_view key, std::string_view words, Word& value) {
  if (const auto index = mapping.word(key, split_words(words))) value = static_cast<Word>(*index);
}

void read_capture_port(const YamlNode& node, YamlMapping& parent, CaptureSettings& capture) {
  using Port = CaptureSettings::Port;
  const std::pair<std::string_view, Port::Kind> kinds[] = {
      {"pci", Port::Kind::pci}, {"vdev", Port::Kind::vdev}, {"interface", Port::Kind::interface}};
  YamlMapping mapping(node, parent.file(), parent.problems(), "a capture port");
  std::size_t given = 0;
  for (const auto& [key, kind] : kinds) {
    if (mapping.find(key) == nullptr) continue;
    ++given;
    const std::string name = mapping.string(key).value_or("");
    if (kind == Port::Kind::pci && !name.empty() && !has_shape(name, "hhhh:hh:hh.o") && !has_shape(name, "hh:hh.o")) {
      mapping.wrong(*mapping.find(key), key, "a PCI address such as 0000:3b:00.0");
    }
    const bool of_pcap = kind == Port::Kind::interface;
    if (of_pcap != (capture.driver == CaptureSettings::Driver::pcap)) {
      mapping.fault_at_key(key, std::string(key) + " is for the driver " + (of_pcap ? "pcap" : "dpdk") + " alone");
    }
    capture.ports.push_back({kind, name, {node.line, node.column}});
  }
  mapping.finish();
  if (given > 1) mapping.fault(node, "a capture port of several kinds, expected one of pci, vdev and interface");
  if (node.kind == YamlNode::Kind::mapping && node.keys.empty()) {
    mapping.fault(node, "an empty capture port, expected one of pci, vdev and interface");
  }
}

/// What a virtual device is told by `KEY=`; empty: nothing.
std::string_view device_argument(std::string_view device, std::string_view key) {
  while (!device.empty()) {
    const std::size_t comma = device.find(',');
    const std::string_view argument = device.substr(0, comma);
    device.remove_prefix(comma == std::string_view::npos ? device.size() : comma + 1);
    if (argument.starts_with(key) && argument.substr(key.size()).starts_with('='))
      return argument.substr(key.size() + 1);
  }
  return {};
}

/// One device is one port: of two that read the same interface each sees everything twice.
void refuse_twins(const std::vector<YamlNode>& items, YamlMapping& mapping, const CaptureSettings& capture) {
  using Port = CaptureSettings::Port;
  if (items.size() != capture.ports.size()) return;  // one of them has a fault that is told
  const auto device = [](const Port& port) -> std::string {
    if (port.kind == Port::Kind::vdev) return port.name.substr(0, port.name.find(','));
    return (port.kind == Port::Kind::pci && has_shape(port.name, "hh:hh.o") ? "0000:" : "") + port.name;
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Port& port = capture.ports[i];
    for (std::size_t other = 0; other < i; ++other) {
      const bool own_queues = device_argument(port.name, "start_queue") !=  // of net_af_xdp
                              device_argument(capture.ports[other].name, "start_queue");
      if (!interface_of(port).empty() && interface_of(port) == interface_of(capture.ports[other]) && !own_queues) {
        mapping.fault(items[i], "the interface " + in_quotes(interface_of(port)) + " is capture port " +
                                    std::to_string(other) + " already, expected another");
        break;
      }
      if (device(port) != device(capture.ports[other])) continue;
      mapping.fault(items[i],
                    "the device " + in_quotes(device(port)) + " is capture port " + std::to_string(other) +
                        " already, expected another" +
                        (port.kind == Port::Kind::vdev ? ", such as the same driver with another number" : ""));
      break;
    }
  }
}

bool setting_is_right(YamlMapping& mapping, const OutputKey& row) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  switch (row.value) {
    case Value::text: return mapping.string(row.key).has_value();
    case Value::boolean: return mapping.boolean(row.key).has_value();
    case Value::number: return mapping.integer(row.key, 1, row.key == "port" ? 65535 : kMost).has_value();
    case Value::size: return mapping.size(row.key, 0).has_value();
    case Value::duration: return mapping.duration(row.key).has_value();
    case Value::word: return mapping.word(row.key, split_words(row.words)).has_value();
  }
  return false;
}

void read_settings(YamlMapping& mapping, std::string_view section, OutputSettings& output) {
  const std::string prefix = section.empty() ? "" : std::string(section) + '.';
  for (const OutputKey& row : kOutputKeys) {
    if (row.kind != output.kind || row.section != section) continue;
    const YamlNode* const node = mapping.find(row.key);
    if (node != nullptr && setting_is_right(mapping, row)) output.settings[prefix + std::string(row.key)] = node->text;
  }
}

OutputSettings read_output(YamlMapping& mapping, Kind kind) {
  OutputSettings result;
  result.kind = kind;
  if (kind == Kind::eve || kind == Kind::fast || kind == Kind::unix_socket) {
    mapping.require("path");
    result.path = mapping.string("path").value_or("");
  }
  if (kind == Kind::kafka) mapping.require("brokers");
  if (kind != Kind::fast) {
    const std::vector<std::string_view> types = {"ghostport", "alert", "flow", "stats"};
    for (const YamlNode& item : mapping.sequence("types")) {
      if (const auto type = mapping.word_at(item, "a type", types)) result.types.emplace_back(types[*type]);
    }
    if (mapping.find("types") == nullptr) result.types = {"ghostport", "alert"};
  }
  read_settings(mapping, "", result);
  if (const YamlNode* const node = kind == Kind::redis ? mapping.find("pipelining") : nullptr) {
    YamlMapping pipelining(*node, mapping.file(), mapping.problems(), "pipelining");
    read_settings(pipelining, "pipelining", result);
    pipelining.finish();
  }
  if (const YamlNode* const node = kind == Kind::kafka ? mapping.find("properties") : nullptr) {
    YamlMapping properties(*node, mapping.file(), mapping.problems(), "properties");
    for (const YamlNode& name : node->keys) {
      result.settings["properties." + name.text] = properties.string(name.text).value_or("");
    }
  }
  mapping.finish();
  return result;
}

}  // namespace

std::string_view interface_of(const CaptureSettings::Port& port) {
  if (port.kind == CaptureSettings::Port::Kind::interface) return port.name;
  if (port.kind != CaptureSettings::Port::Kind::vdev) return {};
  const std::string_view interface = device_argument(port.name, "iface");
  return interface.empty() ? device_argument(port.name, "rx_iface") : interface;
}

CaptureSettings read_capture(YamlMapping& mapping) {
  CaptureSettings result;
  read_word(mapping, "driver", "dpdk pcap", result.driver);
  const std::vector<YamlNode>& ports = mapping.sequence("ports");
  for (const YamlNode& item : ports) read_capture_port(item, mapping, result);
  refuse_twins(ports, mapping, result);
  if (result.driver == CaptureSettings::Driver::pcap && ports.empty())
    mapping.fault_at_key("driver", "the driver pcap needs ports, such as {interface: eth0}");
  const YamlNode* const workers = mapping.find("workers");
  if (workers != nullptr && (workers->kind != YamlNode::Kind::scalar || workers->text != "auto")) {
    const auto count = mapping.integer_at(*workers, "workers", 1, 128);
    if (count) result.workers = static_cast<unsigned>(*count);
  }
  result.hardware_gate = mapping.boolean("hardware-gate").value_or(false);
  if (result.hardware_gate && result.driver == CaptureSettings::Driver::pcap)
    mapping.fault(*mapping.find("hardware-gate"), "hardware-gate needs the driver dpdk; pcap has the kernel's filter");
  for (const YamlNode& item : mapping.sequence("eal")) {
    const std::string* const text = mapping.scalar(item, "an argument of eal", "text");
    if (text != nullptr) result.eal.push_back(*text);
  }
  return result;
}

InlineSettings read_inline(YamlMapping& mapping, std::size_t ports) {
  InlineSettings result;
  std::set<std::uint64_t> used;
  for (const YamlNode& item : mapping.sequence("pairs")) {
    if (item.kind != YamlNode::Kind::sequence || item.items.size() != 2) {
      mapping.wrong(item, "a pair", "two capture ports such as [0, 1]");
      continue;
    }
    const auto first = mapping.integer_at(item.items[0], "a capture port", 0, 63);
    const auto second = mapping.integer_at(item.items[1], "a capture port", 0, 63);
    if (!first || !second) continue;
    if (*first == *second) mapping.fault(item, "a pair of one port, expected two different ones");
    for (const std::size_t end : {0U, 1U}) {
      const std::uint64_t port = end == 0 ? *first : *second;
      if (ports != 0 && port >= ports) {
        mapping.fault(item.items[end], "there is no capture port " + std::to_string(port) + ", expected one of the " +
                                           std::to_string(ports) + " of capture.ports, counted from 0");
      } else if (!used.insert(port).second && *first != *second) {
        mapping.fault(item.items[end],
                      "capture port " + std::to_string(port) + " is in two pairs, expected each in one alone");
      }
    }
    result.pairs.emplace_back(static_cast<unsigned>(*first), static_cast<unsigned>(*second));
  }
  read_word(mapping, "on-unexpected", "drop reject alert", result.on_unexpected);
  read_word(mapping, "on-overload", "forward drop", result.on_overload);
  if (mapping.word("while-waiting", {"forward", "hold"}) == 1)
    mapping.fault(*mapping.find("while-waiting"), "while-waiting: hold is not built into this version; forward is");
  return result;
}

std::optional<HttpSettings> read_http(YamlMapping& mapping) {
  const YamlNode* const node = mapping.require("listen");
  const auto text = mapping.string("listen");
  if (!text) return std::nullopt;
  const auto result = parse_listener(*text);
  if (!result) mapping.wrong(*node, "listen", "an address and port such as 127.0.0.1:9918 or [::1]:9918");
  return result;
}

ControlSettings read_control(YamlMapping& mapping) {
  constexpr std::size_t kMostPath = 107;  // of a unix socket (unix(7))
  ControlSettings result;
  result.enabled = mapping.boolean("enabled").value_or(true);
  result.path = mapping.string("filename").value_or("");
  if (result.path.size() > kMostPath) mapping.wrong(*mapping.find("filename"), "filename", "at most 107 bytes");
  return result;
}

RunAsSettings read_run_as(YamlMapping& mapping) {
  RunAsSettings result;
  result.user = mapping.string("user");
  if (const YamlNode* const user = mapping.find("user")) result.place = {user->line, user->column};
  if (result.user && !is_user_name(*result.user))
    mapping.wrong(*mapping.find("user"), "user", "the name of a user of this machine");
  result.confine = mapping.boolean("confine").value_or(true);
  return result;
}

std::vector<OutputSettings> read_outputs(const std::vector<YamlNode>& items, const std::string& file,
                                         Problems& problems) {
  std::vector<OutputSettings> result;
  for (const YamlNode& item : items) {
    YamlMapping mapping(item, file, problems, "an output");
    std::size_t given = 0;
    const Place place{item.line, item.column};
    for (std::size_t i = 0; i < std::size(kOutputKinds); ++i) {
      const YamlNode* const node = mapping.find(kOutputKinds[i]);
      if (node == nullptr) continue;
      ++given;
      YamlMapping keys(*node, file, problems, kOutputKinds[i]);
      result.push_back(read_output(keys, static_cast<Kind>(i)));
      result.back().place = place;
      if (static_cast<Kind>(i) == Kind::redis || static_cast<Kind>(i) == Kind::kafka)
        mapping.fault_at_key(kOutputKinds[i],
                             std::string(kOutputKinds[i]) + ": this output is not built into this version; remove it");
    }
    mapping.finish();
    if (given > 1) mapping.fault(item, "an output of several kinds, expected one kind an item");
    if (item.kind == YamlNode::Kind::mapping && item.keys.empty()) {
      mapping.fault(item, "an empty output, expected one of eve, fast, unix-socket, syslog, redis and kafka");
    }
  }
  return result;
}

}  // namespace ghostport
