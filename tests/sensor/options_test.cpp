#include "sensor/options.h"

#include <gtest/gtest.h>

namespace ghostport {
namespace {

template <class Options>
Options parsed(std::vector<std::string> arguments) {
  const auto result = parse_command_line(std::move(arguments));
  if (const auto* const reply = std::get_if<Reply>(&result)) {
    ADD_FAILURE() << reply->text;
    return {};
  }
  return std::get<Options>(std::get<Command>(result));
}

Reply reply_to(std::vector<std::string> arguments) {
  const auto result = parse_command_line(std::move(arguments));
  if (const auto* const reply = std::get_if<Reply>(&result)) return *reply;
  return {"was accepted", -1};
}

/// Wrong usage, and `part` in what is said about it.
void expect_refused(std::vector<std::string> arguments, const std::string& part) {
  const Reply reply = reply_to(std::move(arguments));
  EXPECT_EQ(reply.status, kWrongUsage) << reply.text;
  EXPECT_NE(reply.text.find(part), std::string::npos) << reply.text;
}

TEST(Options, ReplayTakesEveryOption) {
  const auto options =
      parsed<ReplayOptions>({"replay", "-c", "g.yaml", "--eve", "-", "--flows", "--watch", "3238/tcp", "--workers",
                             "64", "--fail-on", "unexpected", "--fail-on", "listener", "--quiet", "a.pcap", "b.pcap"});
  EXPECT_EQ(options.configuration, "g.yaml");
  EXPECT_EQ(options.eve, "-");
  EXPECT_TRUE(options.flows);
  EXPECT_TRUE(options.quiet);
  EXPECT_EQ(options.workers, 64U);
  EXPECT_EQ(options.fail_on, (std::vector<Verdict>{Verdict::unexpected, Verdict::listener}));
  EXPECT_EQ(options.paths, (std::vector<std::string>{"a.pcap", "b.pcap"}));
  ASSERT_TRUE(options.watch && options.watch->items.size() == 1);
  EXPECT_EQ(options.watch->items[0].ports, (PortRange{3238, 3238}));
}

TEST(Options, ReplayTakesStandardInputAndAFilter) {
  const auto options = parsed<ReplayOptions>({"replay", "-f", "tcp and port 3238", "-", "a.pcap"});
  EXPECT_EQ(options.filter, "tcp and port 3238");
  EXPECT_EQ(options.paths, (std::vector<std::string>{"-", "a.pcap"}));
}

TEST(Options, DefaultsAreTheContracts) {
  const auto options = parsed<ReplayOptions>({"replay", "a.pcap"});
  EXPECT_EQ(options.workers, 1U);
  EXPECT_FALSE(options.configuration || options.eve || options.watch || options.flows || options.quiet);
  EXPECT_FALSE(parsed<TestOptions>({"test", "pcaps"}).workers) << "1, 2 and 4";
}

TEST(Options, NamesOfCommandsMayBeNamesOfFiles) {
  EXPECT_EQ(parsed<ReplayOptions>({"replay", "test", "check"}).paths, (std::vector<std::string>{"test", "check"}));
}

TEST(Options, SuricatasWordsAreAliases) {
  EXPECT_EQ(parsed<ReplayOptions>({"-r", "a.pcap"}).paths, std::vector<std::string>{"a.pcap"});
  EXPECT_EQ(parsed<ReplayOptions>({"-c", "g.yaml", "-r", "a.pcap"}).configuration, "g.yaml");
  EXPECT_FALSE(parsed<CheckOptions>({"-T"}).configuration);
  EXPECT_EQ(parsed<CheckOptions>({"-T", "-c", "g.yaml"}).configuration, "g.yaml");
  EXPECT_EQ(parsed<CheckOptions>({"-c", "g.yaml", "-T"}).configuration, "g.yaml");
}

TEST(Options, HelpAndVersionAreAnsweredEverywhere) {
  for (const std::string command : {"replay", "run", "test", "check", "explain"}) {
    const Reply help = reply_to({command, "--help"});
    EXPECT_EQ(help.status, kDone);
    EXPECT_NE(help.text.find("ghostport " + command), std::string::npos) << help.text;
    EXPECT_EQ(reply_to({command, "--version"}).text, reply_to({"--version"}).text);
  }
  EXPECT_EQ(reply_to({"--help"}).status, kDone);
  const std::string version = reply_to({"--version"}).text;
  for (const char* name : {"Ghostport", "Hyperscan", "built for: "}) {
    EXPECT_NE(version.find(name), std::string::npos) << version;
  }
  EXPECT_EQ(version.find("libpcap"), std::string::npos) << "named only where it is loaded: " << version;
}

TEST(Options, WrongWordsGetTheNearestRightOne) {
  expect_refused({"replya", "a.pcap"}, "\"replya\", did you mean replay?");
  expect_refused({"replay", "--evve", "x", "a.pcap"}, "\"--evve\", did you mean --eve?");
  expect_refused({"replay", "--workerz=3", "a.pcap"}, "\"--workerz\", did you mean --workers?");
  expect_refused({"--versoin"}, "did you mean --version?");
  expect_refused({"replay", "--fail-on", "unexpectd", "a.pcap"}, "did you mean unexpected?");
  expect_refused({"replay", "--watch", "gost", "a.pcap"}, "did you mean \"ghost\"?");
  expect_refused({"explain", "3238", "--service", "shh"}, "did you mean ssh?");
}

TEST(Options, WrongValuesAreRefused) {
  expect_refused({}, "Usage:");
  expect_refused({"replay"}, "PCAP");
  expect_refused({"replay", "--workers", "0", "a.pcap"}, "1 to 64");
  expect_refused({"replay", "--workers", "65", "a.pcap"}, "1 to 64");
  expect_refused({"replay", "--workers", "two", "a.pcap"}, "--workers");
  expect_refused({"replay", "--watch", "", "a.pcap"}, "--watch");
  expect_refused({"replay", "a.pcap", "--eve"}, "--eve");
  expect_refused({"explain", "0"}, "is no port");
  expect_refused({"explain", "3237-3239"}, "is no port");
  expect_refused({"check", "surplus"}, "surplus");
}

TEST(Options, WhatIsNotBuiltIsRefusedWithASentence) {
  for (const std::string command : {"report"}) {
    expect_refused({command, "anything"}, command + ": ");
    expect_refused({command}, "is not built into this version");
  }
  expect_refused({"replay", "--chain", "a.pcap"}, "--chain: ");
  for (const std::string option : {"--report"}) {
    expect_refused({"replay", option, "x", "a.pcap"}, "is not built into this version");
  }
}

TEST(Options, RunTakesSeconds) {
  const auto run = parsed<RunOptions>({"run", "-c", "g.yaml", "--duration", "2.5", "--idle-exit", "1"});
  EXPECT_EQ(run.configuration, "g.yaml");
  EXPECT_EQ(run.duration, 2.5);
  EXPECT_EQ(run.idle_exit, 1.0);
  expect_refused({"run", "--duration", "-1"}, "--duration");
  expect_refused({"run", "--idle-exit", "soon"}, "--idle-exit");
  expect_refused({"run", "a.pcap"}, "a.pcap");
}

TEST(Options, SignaturesHasThreeCommands) {
  using What = SignaturesOptions::What;
  EXPECT_EQ(parsed<SignaturesOptions>({"signatures", "list"}).what, What::list);
  const auto lint = parsed<SignaturesOptions>({"signatures", "lint", "a.yaml", "b.yaml", "-c", "c.yaml"});
  EXPECT_EQ(lint.what, What::lint);
  EXPECT_EQ(lint.paths, (std::vector<std::string>{"a.yaml", "b.yaml"}));
  EXPECT_EQ(lint.configuration, "c.yaml");
  EXPECT_EQ(parsed<SignaturesOptions>({"signatures", "bench", "a.pcap"}).paths, std::vector<std::string>{"a.pcap"});
  expect_refused({"signatures"}, "ghostport signatures: ");
  expect_refused({"signatures", "list", "a.yaml"}, "ghostport signatures: ");
}

TEST(Options, RegistryListsAndImports) {
  using Format = RegistryOptions::Format;
  const auto list =
      parsed<RegistryOptions>({"registry", "list", "--ports", "3237,3224-3324/udp", "--ghost", "--format", "json"});
  EXPECT_EQ(list.what, RegistryOptions::What::list);
  ASSERT_EQ(list.ports.size(), 2U);
  EXPECT_EQ(list.ports[1].ports, (PortRange{3224, 3324}));
  EXPECT_FALSE(list.ports[1].on[0]);
  EXPECT_TRUE(list.ghost);
  EXPECT_EQ(list.format, Format::json);
  EXPECT_FALSE(parsed<RegistryOptions>({"registry", "list"}).format);
  const auto import =
      parsed<RegistryOptions>({"registry", "import", "a.csv", "-o", "a.yaml", "--source", "IANA, today"});
  EXPECT_EQ(import.what, RegistryOptions::What::import);
  EXPECT_EQ(import.file, "a.csv");
  EXPECT_EQ(import.output, "a.yaml");
  EXPECT_EQ(import.source, "IANA, today");
  EXPECT_EQ(parsed<RegistryOptions>({"registry", "import", "-"}).file, "-");
  expect_refused({"registry"}, "ghostport registry: ");
  expect_refused({"registry", "lst"}, "unknown command \"lst\", did you mean list?");
  expect_refused({"registry", "list", "--prots", "3"}, "unknown option \"--prots\", did you mean --ports?");
  expect_refused({"signatures", "benhc"}, "unknown command \"benhc\", did you mean bench?");
  expect_refused({"registry", "import"}, "FILE.csv");
  expect_refused({"registry", "import", "a.csv", "--ports", "80,ghost"}, "\"ghost\" is no port");
  expect_refused({"registry", "import", "a.csv", "--ports", ""}, "\"\" is no port");
  expect_refused({"registry", "import", "a.csv", "--source", ""}, "--source: is empty");
  expect_refused({"registry", "list", "--format", "xml"}, "xml");
}

TEST(Options, ExplainTakesPortsWithAndWithoutTransport) {
  const auto options = parsed<ExplainOptions>({"explain", "3238", "3239/udp", "--service", "ssh"});
  ASSERT_EQ(options.ports.size(), 2U);
  EXPECT_TRUE(options.ports[0].on[0] && options.ports[0].on[1]);
  EXPECT_TRUE(!options.ports[1].on[0] && options.ports[1].on[1]);
  EXPECT_EQ(options.service, find_service("ssh"));
}

}  // namespace
}  // namespace ghostport
