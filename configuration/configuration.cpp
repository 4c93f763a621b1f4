#include "configuration/configuration.h"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <system_error>

#include "registry/registry_yaml.h"
#include "registry/yaml_reader.h"

namespace ghostport {

void add_file_once(std::vector<std::string>& files, std::string path) {
  const auto is_same = [&](const std::string& other) {
    std::error_code ignored;
    return other == path || std::filesystem::equivalent(other, path, ignored);
  };
  if (std::none_of(files.begin(), files.end(), is_same)) files.push_back(std::move(path));
}

namespace {

constexpr std::uint64_t kMostFlows = std::uint64_t{1} << 27U;

class Reader {
 public:
  Reader(const std::string& file, Problems& problems) : file_(file), problems_(problems) {}

  Configuration read(const YamlNode& document) {
    YamlMapping root(document, file_, problems_, "the configuration");
    result_.file = file_;
    watch(root);
    section(root, "registry", [&](YamlMapping& registry) { include(registry, result_.registry_files); });
    section(root, "signatures", [&](YamlMapping& signatures) {
      include(signatures, result_.signature_files);
      if (const auto folder = signatures.string("cache"))
        result_.signature_cache = std::filesystem::path(file_).parent_path() / *folder;
    });
    section(root, "assets", [&](YamlMapping& groups) { assets(groups); });
    if (const YamlNode* const node = root.find("home-net")) result_.home_net = addresses(root, *node, "home-net");
    for (const YamlNode& item : root.sequence("exceptions")) exception(item);
    result_.log_expected = root.boolean("log-expected").value_or(false);
    section(root, "severity", [&](YamlMapping& verdicts) { severity(verdicts); });
    section(root, "capture", [&](YamlMapping& keys) { result_.capture = read_capture(keys); });
    if (const auto mode = root.word("mode", {"tap", "inline"})) result_.mode = static_cast<Mode>(*mode);
    const bool inlines = result_.mode == Mode::inline_bridge;  // a tap leaves the pairs alone
    const std::size_t ports = inlines && result_.capture ? result_.capture->ports.size() : 0;
    section(root, "inline", [&](YamlMapping& keys) { result_.inline_bridge = read_inline(keys, ports); });
    if (inlines) bridge(root);
    result_.outputs = read_outputs(root.sequence("outputs"), file_, problems_);
    section(root, "http", [&](YamlMapping& keys) { result_.http = read_http(keys); });
    section(root, "unix-command", [&](YamlMapping& keys) { result_.control = read_control(keys); });
    section(root, "limits", [&](YamlMapping& keys) { limits(keys); });
    section(root, "timeouts", [&](YamlMapping& keys) { timeouts(keys); });
    section(root, "run-as", [&](YamlMapping& keys) { result_.run_as = read_run_as(keys); });
    sensor_id(root);
    result_.community_id_seed = static_cast<std::uint16_t>(root.integer("community-id-seed", 0, 65535).value_or(0));
    root.finish();
    return std::move(result_);
  }

 private:
  template <class ReadKeys>
  void section(YamlMapping& parent, std::string_view name, ReadKeys read_keys) {
    const YamlNode* const node = parent.find(name);
    if (node == nullptr) return;
    YamlMapping mapping(*node, file_, problems_, name);
    read_keys(mapping);
    mapping.finish();
  }

  void watch(YamlMapping& root) {
    const YamlNode* const node = root.find("watch");
    if (node == nullptr) return;
    if (node->kind != YamlNode::Kind::sequence) {
      const std::string* const text = root.scalar(*node, "watch", "ghost, range, all or a list of ports");
      if (text == nullptr) return;
      auto list = WatchList::parse(*text);
      if (list.ok()) {
        result_.watch = std::move(list).value();
      } else {
        for (const Problem& problem : list.problems()) root.fault(*node, problem.what);
      }
      return;
    }
    result_.watch.kind = WatchList::Kind::list;
    if (node->items.empty()) root.fault(*node, "watch is empty, expected ports");
    for (const YamlNode& item : node->items) {
      if (const auto ports = port_spec(root, item, "a watched port")) result_.watch.items.push_back(*ports);
    }
  }

  static std::optional<WatchList::Item> port_spec(YamlMapping& mapping, const YamlNode& node, std::string_view name) {
    constexpr std::string_view kExpected = "1 to 65535, first-last, or either with /tcp or /udp";
    const std::string* const text = mapping.scalar(node, name, kExpected);
    if (text == nullptr) return std::nullopt;
    const auto item = parse_port_spec(*text);
    if (!item) mapping.wrong(node, name, kExpected);
    return item;
  }

  static AddressSet addresses(YamlMapping& mapping, const YamlNode& node, std::string_view name) {
    if (node.kind != YamlNode::Kind::sequence) {
      mapping.wrong(node, name, "a list of addresses");
      return {};
    }
    constexpr std::string_view kExpected = "an address, a network such as 10.0.0.0/8 without host bits, or first-last";
    std::vector<AddressRange> ranges;
    for (const YamlNode& item : node.items) {
      const std::string* const text = mapping.scalar(item, "an item of " + std::string(name), kExpected);
      if (text == nullptr) continue;
      if (const auto range = AddressRange::parse(*text)) {
        ranges.push_back(*range);
      } else {
        mapping.wrong(item, "an item of " + std::string(name), kExpected);
      }
    }
    return AddressSet(std::move(ranges));
  }

  void include(YamlMapping& mapping, std::vector<std::string>& files) const {
    for (const YamlNode& item : mapping.sequence("include")) {
      const std::string* const pattern = mapping.scalar(item, "an item of include", "a path or pattern");
      if (pattern == nullptr) continue;
      for (std::string& path : matching_files(mapping, item, *pattern)) {
        add_file_once(files, std::move(path));
      }
    }
  }

  /// A pattern may match nothing (an empty folder of includes), a plain path must exist.
  std::vector<std::string> matching_files(YamlMapping& mapping, const YamlNode& node,
                                          const std::string& pattern) const {
    const auto folder = std::filesystem::path(file_).parent_path();
    std::error_code ignored;
    if (pattern.find_first_of("*?[") == std::string::npos) {
      const std::string path = folder / pattern;
      if (!pattern.empty() && std::filesystem::exists(path, ignored)) return {path};
      mapping.fault(node, "no file " + in_quotes(path) + ", expected one that exists, or a pattern with *");
      return {};
    }
    std::string escaped;
    for (const char letter : folder.string()) {
      if (std::string_view("*?[\\").find(letter) != std::string_view::npos) escaped += '\\';
      escaped += letter;
    }
    const std::string whole = std::filesystem::path(escaped) / pattern;
    glob_t matches{};
    const auto on_error = [](const char*, int error) { return error == ENOENT || error == ENOTDIR ? 0 : 1; };
    const int status = glob(whole.c_str(), GLOB_NOSORT, on_error, &matches);
    std::vector<std::string> paths(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    globfree(&matches);
    if (status != 0 && status != GLOB_NOMATCH) {
      mapping.fault(node, in_quotes(whole) + " cannot be looked up, expected folders that can be read");
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  /// What an inline sensor needs of the other keys.
  void bridge(YamlMapping& root) {
    const YamlNode& mode = *root.find("mode");
    const CaptureSettings capture = result_.capture.value_or(CaptureSettings{});
    if (capture.driver == CaptureSettings::Driver::pcap) {
      root.fault(mode, "mode: inline needs the driver dpdk: libpcap only listens");
      return;
    }
    if (capture.hardware_gate)
      root.fault(mode,
                 "mode: inline has every frame go on, capture.hardware-gate is for a tap: expected one of the two");
    const bool has_pairs = result_.inline_bridge && !result_.inline_bridge->pairs.empty();
    if (!has_pairs && !capture.ports.empty() && capture.ports.size() != 2)
      root.fault(mode, "mode: inline needs inline.pairs, such as [[0, 1]], where capture.ports are not two but " +
                           std::to_string(capture.ports.size()));
  }

  void assets(YamlMapping& groups) {
    for (const YamlNode& name : groups.node().keys) {
      const YamlNode& hosts = *groups.find(name.text);
      if (!is_group_name(name.text)) {
        groups.wrong(name, "a group's name", "lower case with hyphens, such as citrix-vda");
      }
      result_.assets.emplace(name.text, addresses(groups, hosts, name.text));
      result_.asset_places.emplace(name.text, Place{name.line, name.column});
    }
  }

  void exception(const YamlNode& node) {
    YamlMapping mapping(node, file_, problems_, "an exception");
    PortException result;
    result.place = {node.line, node.column};
    for (const std::string_view key : {"service", "why"}) mapping.require(key);
    if (const YamlNode* const port = mapping.require("port")) {
      const auto item = port_spec(mapping, *port, "port");
      if (item && item->ports.first != item->ports.last) mapping.wrong(*port, "port", "one port");
      if (item) {
        result.port = item->ports.first;
        std::copy(std::begin(item->on), std::end(item->on), std::begin(result.on));
      }
    }
    if (const auto name = mapping.string("service")) {
      const auto service = find_service(*name);
      const std::string_view near = nearest(*name, all_service_names());
      if (!service) {
        mapping.wrong(*mapping.find("service"), "service",
                      near.empty() ? "a name of docs/services.md" : "a service, did you mean " + in_quotes(near) + "?");
      }
      result.service = service.value_or(ServiceId::none);
    }
    if (const YamlNode* const hosts = mapping.find("hosts")) {
      result.hosts = addresses(mapping, *hosts, "hosts");
      if (hosts->kind == YamlNode::Kind::sequence && hosts->items.empty()) {
        mapping.fault(*hosts, "hosts is empty, expected addresses; without the key all hosts are meant");
      }
    }
    if (const auto until = mapping.string("until")) {
      const auto day = parse_day(*until);
      if (!day) mapping.wrong(*mapping.find("until"), "until", "a day such as 2027-01-31");
      if (day) result.until = *day + std::chrono::days(1);
    }
    result.why = mapping.string("why").value_or("");
    mapping.finish();
    result_.exceptions.push_back(std::move(result));
  }

  void severity(YamlMapping& verdicts) {
    const std::vector<std::string_view> words(kSeverityNames.begin(), kSeverityNames.end());
    for (std::size_t i = 0; i < kVerdictNames.size(); ++i) {
      if (const auto word = verdicts.word(kVerdictNames[i], words)) result_.severity[i] = static_cast<Severity>(*word);
    }
  }

  void limits(YamlMapping& keys) {
    Limits& limits = result_.limits;
    limits.flows = static_cast<std::uint32_t>(keys.integer("flows", 1, kMostFlows).value_or(limits.flows));
    limits.head_bytes = static_cast<std::uint32_t>(keys.integer("head-bytes", 256, 65536).value_or(limits.head_bytes));
    limits.memory = keys.size("memory", 64);
    if (limits.memory) limits.memory_place = {keys.find("memory")->line, keys.find("memory")->column};
  }

  void timeouts(YamlMapping& keys) {
    Timeouts& timeouts = result_.timeouts;
    timeouts.tcp = keys.duration("tcp").value_or(timeouts.tcp);
    timeouts.udp = keys.duration("udp").value_or(timeouts.udp);
    timeouts.unanswered = keys.duration("unanswered").value_or(timeouts.unanswered);
  }

  void sensor_id(YamlMapping& root) {
    result_.sensor_id = root.string("sensor-id").value_or("");
    if (result_.sensor_id.size() > 64) root.wrong(*root.find("sensor-id"), "sensor-id", "at most 64 bytes");
  }

  const std::string& file_;
  Problems& problems_;
  Configuration result_;
};

}  // namespace

Result<Configuration> read_configuration(std::string_view text, const std::string& file) {
  Problems problems;
  Configuration configuration;
  const auto document = read_yaml(text, file, problems);
  if (document && document->kind != YamlNode::Kind::null) configuration = Reader(file, problems).read(*document);
  if (problems.empty()) return configuration;
  sort_by_place(problems);
  return problems;
}

Result<Configuration> read_configuration(const YamlNode& node, const std::string& file) {
  Problems problems;
  Configuration configuration = Reader(file, problems).read(node);
  if (problems.empty()) return configuration;
  sort_by_place(problems);
  return problems;
}

Result<Configuration> read_configuration_file(const std::string& path) {
  Problems problems;
  const auto text = read_text_file(path, problems);
  if (!text) return problems;
  return read_configuration(*text, path);
}

}  // namespace ghostport
