// Other captures than the cases through the inline sensor, from file to file.
//   inline_captures WATCH FILE...     exit status 1 where anything but judged flows is missing from what comes out

#include "tests/live/inline_bridge.h"

int main(int argc, char** argv) {
  using namespace ghostport;
  RulesMaker maker;
  const auto watch = WatchList::parse(argc > 1 ? argv[1] : "ghost");
  if (!watch) return 2;
  const auto rules = maker.make(Configuration(), {watch.value(), true});
  if (!rules) return 2;
  int wrong = 0;
  std::uint64_t blocked = 0;
  std::uint64_t frames = 0;
  int read = 0;
  for (int i = 2; i < argc; ++i) {
    if (!live::is_whole_ethernet(argv[i])) continue;
    ++read;
    frames += read_file(argv[i]).packets.size();
    for (const std::string& fault : live::inline_faults(rules.value(), argv[i], blocked)) {
      std::printf("%s: %s\n", argv[i], fault.c_str());
      wrong = 1;
    }
  }
  std::printf("%d captures, %llu frames in, %llu of them blocked\n", read, static_cast<unsigned long long>(frames),
              static_cast<unsigned long long>(blocked));
  return wrong;
}
