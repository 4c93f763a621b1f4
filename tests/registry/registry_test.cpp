#include "registry/registry.h"

#include <gtest/gtest.h>

#include "registry/registry_yaml.h"

namespace ghostport {
namespace {

PortEntry entry(std::uint16_t port, bool ghost = false) {
  PortEntry result;
  result.port = port;
  result.ghost = ghost;
  return result;
}

Claim claim(std::string name, ClaimBy by, bool tcp, bool udp) {
  Claim result;
  result.name = std::move(name);
  result.by = by;
  result.on[0] = tcp;
  result.on[1] = udp;
  return result;
}

Expectation expectation(std::string service, Transport transport) {
  Expectation result;
  result.service = std::move(service);
  result.transport = transport;
  return result;
}

Registry registry_of(std::vector<PortEntry> entries) {
  Registry registry;
  registry.merge(std::move(entries));
  return registry;
}

TEST(Registry, FindsItsEntriesAndNothingElse) {
  const Registry registry = registry_of({entry(3248), entry(3238), entry(65535), entry(1)});
  const std::uint16_t ports[] = {1, 3238, 3248, 65535};
  for (const std::uint16_t port : ports) {
    ASSERT_NE(registry.find(port), nullptr) << port;
    EXPECT_EQ(registry.find(port)->port, port);
  }
  EXPECT_EQ(registry.find(0), nullptr);
  EXPECT_EQ(registry.find(3239), nullptr);
  ASSERT_EQ(registry.entries().size(), 4U);
  EXPECT_EQ(registry.entries()[0].port, 1);
  EXPECT_EQ(registry.entries()[3].port, 65535);
}

TEST(Registry, HoldsAnEntryForEveryPort) {
  std::vector<PortEntry> entries;
  for (std::uint32_t port = 65535; port >= 1; --port) entries.push_back(entry(static_cast<std::uint16_t>(port)));
  const Registry registry = registry_of(std::move(entries));
  for (std::uint32_t port = 1; port <= 65535; ++port) {
    ASSERT_NE(registry.find(static_cast<std::uint16_t>(port)), nullptr);
    ASSERT_EQ(registry.find(static_cast<std::uint16_t>(port))->port, port);
  }
}

TEST(Registry, AnIncludeAddsToAKnownPort) {
  PortEntry shipped = entry(3239, true);
  shipped.note = "shipped";
  shipped.claims = {claim("apparenet-ui", ClaimBy::iana, true, true)};
  shipped.expectations = {expectation("appneta-rpp", Transport::udp)};
  Registry registry = registry_of({entry(3238), shipped});

  PortEntry user = entry(3239);
  user.note = "ours";
  user.claims = {claim("apparenet-ui", ClaimBy::iana, true, true), claim("lab", ClaimBy::field, true, false)};
  user.expectations = {expectation("appneta-rpp", Transport::udp), expectation("appneta-rpp", Transport::tcp)};
  registry.merge({entry(7), user});

  const PortEntry* const merged = registry.find(3239);
  ASSERT_NE(merged, nullptr);
  EXPECT_TRUE(merged->ghost) << "an include cannot clear the mark";
  EXPECT_EQ(merged->note, "shipped ours");
  ASSERT_EQ(merged->claims.size(), 2U) << "the same claim twice is one";
  EXPECT_EQ(merged->claims[1].name, "lab");
  EXPECT_EQ(merged->expectations.size(), 2U);
  EXPECT_EQ(registry.find(7)->port, 7);
  EXPECT_EQ(registry.find(3238)->port, 3238);
}

TEST(Registry, IanasClaimIsKnownAlreadyWhereALaterFileRepeatsIt) {
  PortEntry shipped = entry(3239);
  shipped.claims = {claim("apparenet-ui", ClaimBy::iana, true, true)};
  shipped.claims[0].registered = "2002-02";
  shipped.claims[0].source = "IANA, then";
  const auto merged_with = [&](Claim more) {
    Registry registry = registry_of({shipped});
    PortEntry later = entry(3239);
    more.source = "IANA, now";
    later.claims = {std::move(more)};
    registry.merge({later});
    return registry.find(3239)->claims;
  };
  Claim dated = claim("apparenet-ui", ClaimBy::iana, true, true);
  dated.registered = "2003-01";
  EXPECT_EQ(merged_with(claim("apparenet-ui", ClaimBy::iana, false, true)), shipped.claims);
  EXPECT_EQ(merged_with(dated).size(), 2U) << "another date";
  EXPECT_EQ(merged_with(claim("apparenet", ClaimBy::iana, true, true)).size(), 2U) << "another name";
  EXPECT_EQ(merged_with(claim("apparenet-ui", ClaimBy::vendor, true, true)).size(), 2U) << "another's word";
}

TEST(Registry, APortIsKnownByItsNamesOnlyUntilAnybodySaysMore) {
  PortEntry names = entry(8000);
  names.names_only = true;
  Registry registry = registry_of({names});
  registry.merge({names});
  EXPECT_TRUE(registry.find(8000)->names_only);
  registry.merge({entry(8000)});
  EXPECT_FALSE(registry.find(8000)->names_only);
  registry.merge({names});
  EXPECT_FALSE(registry.find(8000)->names_only) << "an import takes nothing away";
}

TEST(Registry, AnIncludeMayMarkAPortGhost) {
  Registry registry = registry_of({entry(5000)});
  registry.merge({entry(5000, true)});
  EXPECT_TRUE(registry.find(5000)->ghost);
}

TEST(Registry, TheRegisteredNameIsIanasForThatTransport) {
  PortEntry port = entry(3300);
  port.claims = {claim("ceph", ClaimBy::vendor, true, true), claim("ceph-iana", ClaimBy::iana, true, false)};
  EXPECT_EQ(port.registered_name(Transport::tcp), "ceph-iana");
  EXPECT_EQ(port.registered_name(Transport::udp), "");
}

TEST(WatchTable, GhostWatchesTheMarkedPorts) {
  const Registry registry =
      registry_of({entry(3237, true), entry(3238, true), entry(3239, true), entry(3240), entry(3248, true)});
  const WatchTable table = make_watch_table(registry, {});
  EXPECT_EQ(table.text(WatchTable::kJudged), "3237-3239, 3248");
  EXPECT_EQ(table.count(WatchTable::kWatched), 8U);
  EXPECT_EQ(table.at(Transport::tcp, 3238), WatchTable::kWatched | WatchTable::kJudged);
  EXPECT_EQ(table.at(Transport::udp, 3248), WatchTable::kWatched | WatchTable::kJudged);
  EXPECT_EQ(table.at(Transport::tcp, 3240), WatchTable::kNearby);
  EXPECT_EQ(table.at(Transport::tcp, 3200), 0);
}

TEST(WatchTable, RangeIsFramehawksDefaultRange) {
  const WatchTable table = make_watch_table(Registry(), WatchList::parse("range").value());
  EXPECT_EQ(table.text(WatchTable::kJudged), "3224-3324");
  EXPECT_EQ(table.count(WatchTable::kJudged), 2 * 101U);
}

TEST(WatchTable, AllWatchesEveryPortAndJudgesThoseWithAnEntry) {
  const WatchTable table =
      make_watch_table(registry_of({entry(22), entry(65535, true)}), WatchList::parse("all").value());
  EXPECT_EQ(table.count(WatchTable::kWatched), 2 * 65536U);
  EXPECT_EQ(table.text(WatchTable::kJudged), "22, 65535");
  EXPECT_EQ(table.text(WatchTable::kWatched), "all");
}

TEST(WatchTable, AllDoesNotJudgeWhatIsKnownByItsNamesOnly) {
  PortEntry names = entry(80);
  names.names_only = true;
  const Registry registry = registry_of({entry(22), names});
  const WatchTable all = make_watch_table(registry, WatchList::parse("all").value());
  EXPECT_EQ(all.text(WatchTable::kJudged), "22");
  EXPECT_EQ(all.at(Transport::tcp, 80), WatchTable::kWatched);
  EXPECT_EQ(make_watch_table(registry, WatchList::parse("80").value()).text(WatchTable::kJudged), "80");
}

TEST(WatchTable, AListIsTakenAsItIsPerTransport) {
  const WatchTable table =
      make_watch_table(registry_of({entry(9, true)}), WatchList::parse("3238/tcp,3240-3242/udp,65535,1").value());
  EXPECT_EQ(table.text(WatchTable::kJudged), "1, 3238/tcp, 3240-3242/udp, 65535");
  EXPECT_EQ(table.at(Transport::tcp, 3238), WatchTable::kWatched | WatchTable::kJudged);
  EXPECT_EQ(table.at(Transport::udp, 3238), WatchTable::kNearby);
  EXPECT_EQ(table.at(Transport::tcp, 3241), WatchTable::kNearby);
  EXPECT_EQ(table.count(WatchTable::kJudged), 8U);
}

TEST(WatchTable, NothingJudgedHasNoText) { EXPECT_EQ(WatchTable().text(WatchTable::kJudged), ""); }

TEST(WatchList, KnowsItsThreeWords) {
  EXPECT_EQ(WatchList::parse("ghost").value().kind, WatchList::Kind::ghost);
  EXPECT_EQ(WatchList::parse("range").value().kind, WatchList::Kind::range);
  EXPECT_EQ(WatchList::parse("all").value().kind, WatchList::Kind::all);
}

TEST(WatchList, ReportsEveryWrongItem) {
  const auto list = WatchList::parse("3238,0,70000/udp,gohst,");
  ASSERT_FALSE(list.ok());
  ASSERT_EQ(list.problems().size(), 4U);
  EXPECT_NE(list.problems()[2].what.find("did you mean \"ghost\"?"), std::string::npos);
  EXPECT_FALSE(WatchList::parse("").ok());
}

TEST(PortSpec, IsAPortOrARangePerhapsWithATransport) {
  const auto both = parse_port_spec("3238");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->ports, (PortRange{3238, 3238}));
  EXPECT_TRUE(both->on[0] && both->on[1]);
  const auto udp = parse_port_spec("3224-3324/udp");
  ASSERT_TRUE(udp);
  EXPECT_EQ(udp->ports, (PortRange{3224, 3324}));
  EXPECT_FALSE(udp->on[0]);
  EXPECT_TRUE(udp->on[1]);
  EXPECT_TRUE(parse_port_spec("1-65535/tcp")->on[0]);
}

TEST(PortSpec, RefusesEverythingElse) {
  for (const char* text : {"", "0", "65536", "3238/", "/tcp", "3238/sctp", "3238/TCP", "3238/tcp/udp", "3324-3224",
                           "3224-", "-3224", "1-2-3", "03238", " 3238", "ssh", "3238/tcp,"}) {
    EXPECT_FALSE(parse_port_spec(text)) << text;
  }
}

}  // namespace
}  // namespace ghostport
