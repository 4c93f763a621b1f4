#include "dataplane/hardware_gate.h"

#include <iterator>

#include "tests/dataplane/temporary_file.h"
#include "tests/detection/rules_for_tests.h"
#include "tests/live/live_run.h"
#include "tests/packet_builder.h"

namespace ghostport::live {
namespace {

std::uint16_t get16(std::string_view bytes, std::size_t at) {
  return at + 2 > bytes.size() ? std::uint16_t{0}
                               : static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at]) << 8U |
                                                            static_cast<std::uint8_t>(bytes[at + 1]));
}

/// What a card does with a frame, read from the rules alone.
bool drops(const std::vector<HardwareRule>& rules, std::string_view frame) {
  std::size_t at = 12;
  while (get16(frame, at) == 0x8100 || get16(frame, at) == 0x88A8 || get16(frame, at) == 0x9100) at += 4;
  const std::uint16_t type = get16(frame, at);
  at += 2;
  if (frame.size() < at + 40 && (type != 0x0800 || frame.size() < at + 20)) return false;
  const auto byte = [&](std::size_t offset) { return static_cast<std::uint8_t>(frame[at + offset]); };
  const std::uint8_t family = type == 0x0800 ? 4 : 6;
  if (type != 0x0800 && type != 0x86DD) return false;
  if (byte(0) >> 4U != family || (family == 4 && (get16(frame, at + 6) & 0x3FFFU) != 0)) return false;
  const std::uint8_t protocol = family == 4 ? byte(9) : byte(6);
  const std::size_t transport = at + (family == 4 ? (byte(0) & 0xFU) * std::size_t{4} : 40);
  if (frame.size() < transport + 8) return false;
  for (const HardwareRule& rule : rules) {
    const auto fits = [&](const PortMask& mask, std::size_t offset) {
      return (get16(frame, transport + offset) & mask.mask) == mask.value;
    };
    if (rule.family == family && protocol == (rule.transport == Transport::tcp ? 6 : 17) && fits(rule.source, 0) &&
        fits(rule.destination, 2))
      return rule.drop;
  }
  return false;
}

/// The capture with a type that holds no IP on every frame that the card would drop, so that numbers and times stay.
std::vector<std::uint8_t> behind_the_card(const std::vector<HardwareRule>& rules, const std::string& path,
                                          std::uint64_t& dropped) {
  constexpr std::size_t kFileHead = 24;
  constexpr std::size_t kRecordHead = 16;
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  for (std::size_t at = kFileHead; at + kRecordHead <= bytes.size();) {
    std::uint32_t length = 0;
    std::copy_n(bytes.data() + at + 8, sizeof length, reinterpret_cast<char*>(&length));
    at += kRecordHead;
    if (drops(rules, std::string_view(bytes).substr(at, length))) {
      ++dropped;
      bytes.replace(at + 12, 2, "\x88\xB5");
    }
    at += length;
  }
  return {bytes.begin(), bytes.end()};
}

TEST(HardwareGate, NoCaseSaysAnythingElseBehindIt) {
  const std::vector<LiveCase> cases = ethernet_cases();
  ASSERT_GT(cases.size(), 500U);
  std::uint64_t dropped[2] = {};
  for (const LiveCase& one : cases) {
    SCOPED_TRACE(one.name);
    // As they are, with signalling to follow; and without any, where TCP is left out too.
    auto plain = std::make_shared<Rules>(*one.rules);
    for (std::uint32_t port = 0; port < 65536; ++port) {
      for (const Transport transport : {Transport::tcp, Transport::udp}) {
        const auto number = static_cast<std::uint16_t>(port);
        const std::uint8_t flags = plain->watch.at(transport, number);
        plain->watch.set(transport, number, static_cast<std::uint8_t>(flags & ~unsigned{WatchTable::kCompanion}));
      }
    }
    const std::shared_ptr<const Rules> sets[] = {one.rules, plain};
    for (std::size_t i = 0; i < std::size(sets); ++i) {
      const std::vector<HardwareRule> gate = hardware_gate(*sets[i]);
      const std::uint64_t before = dropped[i];
      const std::vector<std::uint8_t> bytes = behind_the_card(gate, one.capture, dropped[i]);
      if (dropped[i] == before) continue;
      const TemporaryFile file(bytes);
      expect_same(sayings(replayed(sets[i], one.capture).sink), sayings(replayed(sets[i], file.path()).sink));
    }
  }
  EXPECT_GT(dropped[0], 0U);
  EXPECT_GT(dropped[1], dropped[0]) << "without signalling TCP is left out too";
}

TEST(HardwareGate, MasksStandForExactlyTheirRange) {
  std::uint32_t state = 1;
  const auto next = [&state] { return state = state * 1664525U + 1013904223U; };
  for (int round = 0; round < 300; ++round) {
    std::uint32_t first = next() >> 16U;
    std::uint32_t last = next() >> 16U;
    if (round == 0) first = 0, last = 65535;
    if (first > last) std::swap(first, last);
    const std::vector<PortMask> masks =
        port_masks({static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)});
    EXPECT_LE(masks.size(), 30U);
    std::uint32_t covered = 0;
    for (std::uint32_t port = 0; port < 65536; ++port) {
      const auto hits = std::count_if(masks.begin(), masks.end(),
                                      [port](const PortMask& one) { return (port & one.mask) == one.value; });
      ASSERT_EQ(hits, port >= first && port <= last ? 1 : 0) << first << '-' << last << ": " << port;
      covered += static_cast<std::uint32_t>(hits);
    }
    EXPECT_EQ(covered, last - first + 1);
  }
}

TEST(HardwareGate, PassesComeFirstAndWholeRangesFitACard) {
  const std::vector<HardwareRule> gate = hardware_gate(*rules_watching("3238/tcp"));
  ASSERT_FALSE(gate.empty());
  EXPECT_LE(gate.size(), 128U);
  EXPECT_TRUE(std::is_sorted(gate.begin(), gate.end(),
                             [](const HardwareRule& a, const HardwareRule& b) { return a.drop < b.drop; }));
  EXPECT_EQ(std::count_if(gate.begin(), gate.end(), [](const HardwareRule& one) { return one.drop; }), 4);
  EXPECT_TRUE(hardware_gate(*rules_watching("all")).empty());
}

TEST(HardwareGate, ADeviceWithoutRulesSaysSoAndGoesOn) {
  const TemporaryFile file(packets::Capture().pcap());
  const Ports ports({"net_pcap0,rx_pcap=" + file.path()});
  const std::string why = ports.ports.front()->gate(hardware_gate(*rules_watching("ghost")));
  EXPECT_NE(why.find("does not take such a rule"), std::string::npos) << why;
}

}  // namespace
}  // namespace ghostport::live
