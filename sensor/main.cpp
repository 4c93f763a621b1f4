// The program: parses the command line and runs one command.

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "sensor/commands/commands.h"
#include "sensor/options.h"

int main(int count, char** words) {
  using namespace ghostport;
  const auto started = std::chrono::steady_clock::now();
  try {
    const auto parsed = parse_command_line(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count));
    if (const auto* const reply = std::get_if<Reply>(&parsed)) {
      std::fputs(reply->text.c_str(), reply->status == kDone ? stdout : stderr);
      return reply->status;
    }
    const int status =
        std::visit([&](const auto& options) { return run_command(options, started); }, std::get<Command>(parsed));
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    std::fputs("ghostport: standard output could not be written to its end\n", stderr);
    return kIncomplete;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ghostport: %s\n", error.what());
    return kFailed;
  }
}
