#include "sensor/suricata_fit.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace ghostport {
namespace {

constexpr std::string_view kMark = "ghostport plugin for Suricata ";  // plugin/suricata/glue.h

/// The plugins of a folder, in order of name.
void add_plugins(const std::filesystem::path& folder, std::vector<SuricataPlugin>& plugins) {
  for (const char* name : {"ghostport-suricata7.so", "ghostport-suricata8.so"}) {
    const std::string path = (folder / name).string();
    if (const auto version = plugin_built_for(path)) plugins.push_back({path, *version});
  }
}

/// What a program writes to standard output and error, and whether it could be run at all.
Result<std::string> output_of(const std::string& path, const char* argument) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Problem{path, 0, 0, std::strerror(errno)};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::string program = path;
  std::string option = argument;
  std::array<char*, 3> words{program.data(), option.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, path.c_str(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  if (failed == 0) {
    std::array<char, 4096> part{};
    ssize_t count = 0;
    while (text.size() < 65'536 && (count = ::read(ends[0], part.data(), part.size())) > 0) {
      text.append(part.data(), static_cast<std::size_t>(count));
    }
    int status = 0;
    (void)::waitpid(child, &status, 0);
  }
  ::close(ends[0]);
  if (failed != 0) return Problem{path, 0, 0, std::string("cannot be run: ") + std::strerror(failed)};
  return text;
}

std::string listed(const std::vector<SuricataPlugin>& plugins) {
  if (plugins.empty()) return "no plugin is installed";
  std::string text;
  for (const SuricataPlugin& one : plugins) {
    text += (text.empty() ? "" : ", ") + one.path + " is for " + one.built_for;
  }
  return text;
}

}  // namespace

std::optional<std::string> plugin_built_for(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t at = bytes.find(kMark);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + kMark.size();
  const std::size_t end = bytes.find_first_not_of("0123456789.", begin);
  if (end == std::string::npos || end == begin) return std::nullopt;
  return bytes.substr(begin, end - begin);
}

std::vector<SuricataPlugin> installed_plugins() {
  std::vector<SuricataPlugin> plugins;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) add_plugins(program.parent_path(), plugins);
  add_plugins("/usr/lib/ghostport", plugins);
  return plugins;
}

Result<std::string> suricata_version(const std::string& path) {
  const auto said = output_of(path, "-V");
  if (!said) return said.problems();
  constexpr std::string_view kBefore = "Suricata version ";
  const std::size_t at = said.value().find(kBefore);
  const std::size_t begin = at + kBefore.size();
  const std::size_t end = at == std::string::npos
                              ? at
                              : std::min(said.value().find_first_not_of("0123456789.", begin), said.value().size());
  if (at == std::string::npos || end == begin)
    return Problem{path, 0, 0, "does not say that it is Suricata when it is run with -V; expected Suricata's program"};
  return said.value().substr(begin, end - begin);
}

Result<std::string> suricata_fit(const std::string& path) {
  const bool is_plugin = path.ends_with(".so");
  std::vector<SuricataPlugin> plugins;
  if (is_plugin) {
    const auto built_for = plugin_built_for(path);
    if (!built_for) return Problem{path, 0, 0, "is no plugin of Ghostport for Suricata, or cannot be read"};
    plugins.push_back({path, *built_for});
  } else {
    plugins = installed_plugins();
  }
  const std::string program = is_plugin ? "suricata" : path;
  const auto version = suricata_version(program);
  if (!version) return version.problems();
  for (const SuricataPlugin& one : plugins) {
    if (one.built_for == version.value())
      return program + " is Suricata " + version.value() + ", and " + one.path + " was built for it";
  }
  return Problem{
      program, 0, 0,
      "is Suricata " + version.value() + ", and a plugin must be built for exactly that version; " + listed(plugins)};
}

}  // namespace ghostport
