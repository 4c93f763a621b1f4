// The shipped registry beside the facts it is made of: IANA's names and dates, and the claims of vendors and pages.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "registry/registry.h"

namespace ghostport {
namespace {

// IANA, Service Name and Transport Protocol Port Number Registry, 2026-03-01 (CC0): the names of 3200 to 3330, one a
// port, on TCP and UDP but for 3300/udp, which is reserved.
constexpr std::string_view kNames =
    "tick-port cpq-tasksmart intraintra netwatcher-mon netwatcher-db isns ironmail vx-auth-port pfu-prcallback "
    "netwkpathengine flamenco-proxy avsecuremgmt surveyinst neon24x7 jmq-daemon-1 jmq-daemon-2 ferrari-foam unite "
    "smartpackets wms-messenger xnm-ssl xnm-clear-text glbp digivote aes-discovery fcip-port isi-irp dwnmshttp "
    "dwmsgserver global-cd-port sftdst-port vidigo mdtp whisker alchemy mdap-port apparenet-ts apparenet-tps "
    "apparenet-as apparenet-ui triomotion sysorb sdp-id-port timelot onesaf vieo-fe dvt-system dvt-data procos-lm "
    "ssp hicp sysscanner dhe pda-data pda-sys semaphore cpqrpm-agent cpqrpm-server ivecon-port epncdp2 "
    "iscsi-target winshadow necp ecolor-imager ccmail altav-tunnel ns-cfg-server ibm-dial-out msft-gc msft-gc-ssl "
    "verismart csoft-prev user-manager sxmp ordinox-server samd maxim-asics awg-proxy lkcmserver admind vs-server "
    "sysopt datusorb net-assistant 4talk plato e-net directvdata cops enpc caps-lm sah-lm cart-o-rama fg-fps "
    "fg-gip dyniplookup rib-slm cytel-lm deskview pdrncs ceph tarantool mcs-fastmail opsession-clnt "
    "opsession-srvr odette-ftp mysql opsession-prxy tns-server tns-adv dyna-access mcns-tel-ret appman-server "
    "uorb uohost cdid aicc-cmi vsaiport ssrip sdt-lmd officelink2000 vnsstr active-net active-net active-net "
    "active-net sftu bbars egptlm hp-device-disc mcs-calypsoicf ";

std::string date_of(std::uint16_t port) {
  static const std::map<std::uint16_t, std::string> dates{
      {3217, "2009-03-26"}, {3300, "2015-06-29"}, {3301, "2022-06-10"}};
  static const std::vector<std::uint16_t> in_february_2002{3233, 3234, 3235, 3239, 3240, 3241, 3242, 3243, 3244, 3245,
                                                           3247, 3249, 3250, 3251, 3252, 3254, 3255, 3257, 3258, 3259};
  if (std::find(in_february_2002.begin(), in_february_2002.end(), port) != in_february_2002.end()) return "2002-02";
  const auto found = dates.find(port);
  return found == dates.end() ? "" : found->second;
}

std::vector<Claim> claims(std::uint16_t port, ClaimBy by) {
  static const Registry registry = Registry::builtin();
  std::vector<Claim> result;
  for (const Claim& one : registry.find(port)->claims) {
    if (one.by == by) result.push_back(one);
  }
  return result;
}

/// Every claim of that name: the ports, and whether all name their source.
std::string ports_of(std::string_view name, ClaimBy by, Transport transport) {
  WatchTable table;
  const Registry registry = Registry::builtin();
  for (const PortEntry& entry : registry.entries()) {
    for (const Claim& one : entry.claims) {
      if (one.name == name && one.by == by && one.on[static_cast<std::size_t>(transport)])
        table.set(transport, entry.port, WatchTable::kWatched);
    }
  }
  return table.text(WatchTable::kWatched);
}

TEST(ShippedRegistry, NamesEveryPortAsIanaDoes) {
  std::istringstream names{std::string(kNames)};
  for (std::uint16_t port = 3200; port <= 3330; ++port) {
    std::string name;
    ASSERT_TRUE(names >> name) << port;
    const std::vector<Claim> said = claims(port, ClaimBy::iana);
    ASSERT_EQ(said.size(), 1U) << port;
    EXPECT_EQ(said[0].name, name) << port;
    EXPECT_TRUE(said[0].on[0]) << port;
    EXPECT_EQ(said[0].on[1], port != 3300) << port;
    EXPECT_EQ(said[0].registered, date_of(port)) << port;
    EXPECT_TRUE(said[0].source.starts_with("IANA service names, 2026-03-01")) << port;
  }
  EXPECT_EQ(Registry::builtin().entries().size(), 131U);
}

TEST(ShippedRegistry, KeepsWhatOthersClaim) {
  constexpr auto kVendor = ClaimBy::vendor;
  constexpr auto kField = ClaimBy::field;
  EXPECT_EQ(ports_of("citrix-framehawk", kVendor, Transport::udp), "3224-3324/udp");
  EXPECT_EQ(ports_of("citrix-framehawk", kVendor, Transport::tcp), "");
  EXPECT_EQ(ports_of("appneta-rpp", kVendor, Transport::udp), "3239/udp");
  EXPECT_EQ(ports_of("polycom-viavideo", kVendor, Transport::udp), "3230-3235/udp");
  EXPECT_EQ(ports_of("polycom-viavideo", kVendor, Transport::tcp), "3230-3235/tcp");
  EXPECT_EQ(ports_of("polycom-viavideo", kField, Transport::udp), "3230-3237/udp")
      << "the page disagrees: both are kept";
  EXPECT_EQ(ports_of("polycom-viewstation", kVendor, Transport::udp), "3230-3247/udp");
  EXPECT_EQ(ports_of("polycom-viewstation", kVendor, Transport::tcp), "3230-3235/tcp");
  EXPECT_EQ(ports_of("polycom-hdx", kVendor, Transport::udp), "3230-3330/udp");
  EXPECT_EQ(ports_of("apple-remote-desktop", kVendor, Transport::udp), "3283/udp");
  EXPECT_EQ(ports_of("sap-router", kVendor, Transport::tcp), "3299/tcp");
  EXPECT_EQ(ports_of("clamd", kVendor, Transport::tcp), "3310/tcp");
}

TEST(ShippedRegistry, BothWordsOn3224AreKept) {
  EXPECT_EQ(claims(3224, ClaimBy::iana)[0].name, "aes-discovery");
  const std::vector<Claim> field = claims(3224, ClaimBy::field);
  ASSERT_EQ(field.size(), 1U);
  EXPECT_EQ(field[0].name, "unassigned");
  EXPECT_EQ(field[0].confidence, Confidence::low);
}

TEST(ShippedRegistry, NoPortIsThereForItsNamesOnly) {
  const Registry registry = Registry::builtin();
  for (const PortEntry& entry : registry.entries()) EXPECT_FALSE(entry.names_only) << entry.port;
}

}  // namespace
}  // namespace ghostport
