#include "tests/live/live_run.h"

namespace ghostport::live {
namespace {

TEST(DpdkFiles, EveryCaseSaysWhatItsReplaySays) {
  const std::vector<LiveCase> cases = ethernet_cases();
  ASSERT_GT(cases.size(), 500U) << "the cases of pcaps/ are not there";
  for (const LiveCase& one : cases) {
    SCOPED_TRACE(one.name);
    const std::vector<std::string> expected = sayings(replayed(one.rules, one.capture).sink);
    for (const unsigned workers : {1U, 2U}) {
      SCOPED_TRACE(std::to_string(workers) + " workers");
      LiveSettings settings;
      settings.workers = workers;
      const Ports ports({"net_pcap0,rx_pcap=" + one.capture});
      const Ran ran = run(one.rules, ports, settings);
      expect_same(expected, sayings(ran.sink));
    }
  }
}

}  // namespace
}  // namespace ghostport::live
