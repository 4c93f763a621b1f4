// What the signalling in captures says of other traffic, one line each: file, event, signalling service, call, service
// and address. Usage: announced FILE...
#include <cstdio>
#include <cstring>
#include <string>

#include "dataplane/capture_file.h"
#include "dataplane/worker.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace {

const char* word(ContextEvent event) {
  switch (event) {
    case ContextEvent::session_up: return "session-up";
    case ContextEvent::session_down: return "session-down";
    case ContextEvent::call_up: return "call-up";
    case ContextEvent::call_down: return "call-down";
    case ContextEvent::announced: return "announced";
    case ContextEvent::exchange_up: return "exchange-up";
    case ContextEvent::exchange_named: return "exchange-named";
    case ContextEvent::exchange_down: return "exchange-down";
  }
  return "";
}

void print(const char* file, const ContextDetail& one) {
  std::printf("%s %s %s", file, word(one.event), std::string(service_name(one.service)).c_str());
  if (one.event == ContextEvent::announced)
    std::printf(" %s %s %u", std::string(service_name(one.announced)).c_str(), one.announced_address.text().c_str(),
                unsigned{one.announced_first});
  std::printf("\n");
}

void read(const char* path) {
  constexpr std::uint32_t kCells = 1U << 16U;
  FactRing ring(kCells);
  Bell bell;
  const auto hear = [&] {
    ring.drain([&](const Fact& fact, const void* detail) {
      if (fact.kind != FactKind::context) return;
      ContextDetail one;
      std::memcpy(static_cast<void*>(&one), detail, sizeof one);
      print(path, one);
    });
  };
  CaptureFileSource source;
  if (!source.open(path)) return;
  FlowTracker tracker(rules_watching("all"), ring, bell, WhenFull::wait, hear);
  tracker.begin(source.tag());
  Worker worker(source, tracker);
  while (worker.run_once()) hear();
  hear();
}

}  // namespace
}  // namespace ghostport

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) ghostport::read(argv[i]);
  return argc > 1 ? 0 : 2;
}
