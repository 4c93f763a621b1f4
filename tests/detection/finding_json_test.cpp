#include "detection/finding_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace finding_json_test {

using Json = nlohmann::json;

constexpr std::int64_t kStart = 1'795'168'800'100'000'000;  // 2026-11-20T10:00:00.1 UTC

std::string text_of(std::string_view value, std::size_t most = 256) {
  JsonLine line;
  line.text(value, most);
  return std::string(line.view());
}

FlowDetail ssh_flow(const Rules& rules) {
  FlowDetail detail;
  detail.address[0] = *Address::parse("10.0.0.5");
  detail.address[1] = *Address::parse("10.0.0.9");
  detail.port[0] = 51514;
  detail.port[1] = 3238;
  detail.basis = RoleBasis::syn;
  detail.outcome = Outcome::identified;
  detail.revision = 1;
  detail.service = *find_service("ssh");
  detail.side = Side::server;
  const auto& signatures = rules.signatures->signatures();
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    if (signatures[i].id == "ssh.banner") detail.signature = static_cast<SignatureIndex>(i);
  }
  detail.packets[0] = detail.packets[1] = 2;
  detail.bytes[0] = 108;
  detail.bytes[1] = 129;
  detail.flow_id = 1374093;
  detail.start = kStart;
  detail.end = kStart + 65 * kSecond;
  detail.packet = 17;
  detail.packet_time = kStart + 23'456'789;
  const std::string_view banner = "SSH-2.0";
  detail.evidence_length =
      static_cast<std::uint8_t>(banner.copy(reinterpret_cast<char*>(detail.evidence), banner.size()));
  return detail;
}

class FindingJson : public testing::Test {
 protected:
  FindingJson() {
    finding_.detail = ssh_flow(*rules_);
    finding_.judgement.verdict = Verdict::unexpected;
    finding_.judgement.severity = Severity::high;
    finding_.judgement.reason = "because";
    finding_.judgement.expectations = {{&by_name_, ""}, {&by_context_, "transport is tcp"}};
  }

  std::string written() { return std::string(write_finding(line_, finding_, context())); }
  Json parsed() { return Json::parse(written()); }
  Json parsed_flow() { return Json::parse(write_flow(line_, finding_.detail, context())); }
  RecordContext context() { return {rules_.get(), path_}; }

  std::shared_ptr<Rules> rules_ = rules_watching("ghost");
  Expectation by_name_{"apparenet-as", ServiceId::none, Transport::tcp, Proof::none_known, "", false};
  Expectation by_context_{"citrix-framehawk", ServiceId::none, Transport::udp, Proof::context, "", false};
  std::string path_ = "a.pcap";
  Finding finding_;
  JsonLine line_;
};

TEST_F(FindingJson, IsTheContractsRecordByteForByte) {
  EXPECT_EQ(
      written(),
      R"({"timestamp":"2026-11-20T10:00:00.123456+0000","flow_id":1374093,"pcap_cnt":17,"event_type":"ghostport",)"
      R"("pcap_filename":"a.pcap","src_ip":"10.0.0.5","src_port":51514,"dest_ip":"10.0.0.9","dest_port":3238,)"
      R"("proto":"TCP","community_id":"1:QOcS2EWrNj7jVgjVni2kqMAjGEI=",)"
      R"("flow":{"pkts_toserver":2,"pkts_toclient":2,"bytes_toserver":108,"bytes_toclient":129,)"
      R"("start":"2026-11-20T10:00:00.100000+0000"},"ghostport":{"schema":1,"id":"1374093-1",)"
      R"("verdict":"unexpected","severity":"high",)"
      R"("service":{"name":"ssh","confidence":"verified","signature":"ssh.banner","side":"server"},)"
      R"("port":{"number":3238,"registered":"apparenet-as","side":"dest","role_basis":"syn"},)"
      R"("expected":[{"service":"apparenet-as","proof":"none-known"},)"
      R"({"service":"citrix-framehawk","proof":"context","failed":"transport is tcp"}],"reason":"because",)"
      R"("evidence":{"packet":17,"side":"server","bytes":"5353482d322e30","text":"SSH-2.0","anomalies":[]},)"
      R"("revises":null}})");
}

TEST_F(FindingJson, SaysFurtherFieldsOnlyWhereThereIsSomethingToSay) {
  const Json plain = parsed()["ghostport"];
  for (const char* name : {"asked", "inner", "one-sided", "joined", "exception", "tried", "budget", "count", "probe"}) {
    EXPECT_FALSE(plain.contains(name)) << name;
  }
  FlowDetail& detail = finding_.detail;
  detail.asked = *find_service("http");
  detail.inner = *find_service("tls");
  detail.marks = kOneSided | kJoined | kTruncated | kGap | kClaimed;
  detail.anomalies = kConflictingData | kBadChecksum;
  detail.revision = 2;
  detail.revises = true;
  detail.vlans = 2;
  detail.vlan[0] = 100;
  detail.vlan[1] = 7;
  finding_.judgement.exception = "lab";
  rules_->sensor_id = "edge-1";
  const Json record = parsed();
  const Json& body = record["ghostport"];
  EXPECT_EQ(body["asked"], "http");
  EXPECT_EQ(body["inner"], "tls");
  EXPECT_EQ(body["one-sided"], true);
  EXPECT_EQ(body["joined"], "mid-stream");
  EXPECT_EQ(body["exception"], "lab");
  EXPECT_EQ(body["id"], "1374093-2");
  EXPECT_EQ(body["revises"], "1374093-1");
  EXPECT_EQ(body["service"]["confidence"], "claimed");
  EXPECT_EQ(body["evidence"]["anomalies"], Json({"conflicting-data", "bad-checksum", "truncated", "gap"}));
  EXPECT_EQ(record["vlan"], Json({100, 7}));
  EXPECT_EQ(record["host"], "edge-1");
}

TEST_F(FindingJson, UsesTheConfiguredSeedOfTheCommunityId) {
  const Json before = parsed()["community_id"];
  rules_->community_id_seed = 1;
  EXPECT_NE(parsed()["community_id"], before);
}

TEST_F(FindingJson, AskedIsAListWhereSeveralFlowsAskedForDifferentThings) {
  finding_.asked = {*find_service("http"), *find_service("tls")};
  EXPECT_EQ(parsed()["ghostport"]["asked"], Json({"http", "tls"}));
  finding_.asked.assign(20, *find_service("http"));
  EXPECT_EQ(parsed()["ghostport"]["asked"].size(), 10U);
}

TEST_F(FindingJson, UnrecognizedSaysWhatWasTriedAndWhyItEnded) {
  finding_.detail.outcome = Outcome::unrecognized;
  finding_.detail.service = ServiceId::none;
  finding_.judgement.verdict = Verdict::unrecognized;
  finding_.detail.budget = BudgetEnd::time;
  EXPECT_FALSE(parsed()["ghostport"].contains("tried")) << "no payload was looked at";
  finding_.detail.payload_bytes[1] = 9;
  const Json body = parsed()["ghostport"];
  EXPECT_TRUE(body["service"].is_null());
  EXPECT_EQ(body["budget"], "time");
  EXPECT_EQ(body["tried"].size(), rules_->signatures->services_tried(Transport::tcp).size());
  EXPECT_NE(std::find(body["tried"].begin(), body["tried"].end(), "ssh"), body["tried"].end());
}

TEST_F(FindingJson, ProbeSaysWhoseTargetsAndAnswers) {
  ProbeSum sum;
  sum.flows = 24;
  sum.hosts = 6;
  sum.ports = 4;
  sum.answers[0] = 8;
  sum.answers[1] = 9;
  sum.answers[2] = 7;
  sum.first = kStart;
  sum.last = kStart + kSecond;
  sum.first_targets = {{3, *Address::parse("2001:db8::1"), 3237, Transport::udp}};
  finding_.probe = sum;
  EXPECT_EQ(parsed()["ghostport"]["probe"], Json::parse(R"({"flows":24,"hosts":6,"ports":4,
              "first_targets":[{"ip":"2001:db8::1","port":3237,"proto":"UDP"}],
              "answers":{"none":8,"rst":9,"icmp":7},
              "first":"2026-11-20T10:00:00.100000+0000","last":"2026-11-20T10:00:01.100000+0000"})"));
  finding_.probe->at_least = true;
  finding_.probe->sources = 12;
  EXPECT_EQ(parsed()["ghostport"]["probe"]["at_least"], true);
  EXPECT_EQ(parsed()["ghostport"]["probe"]["sources"], 12);
}

TEST_F(FindingJson, StaysWithinItsBoundAndCountsWhatIsLeftOut) {
  const std::string hostile(5000, '\x01');
  by_name_.service = by_context_.service = hostile;
  finding_.judgement.expectations.assign(500, {&by_context_, hostile});
  finding_.judgement.reason = finding_.judgement.exception = hostile;
  path_ = hostile;
  rules_->sensor_id = hostile;
  FlowDetail& detail = finding_.detail;
  detail.address[0] = detail.address[1] = *Address::parse("2001:db8:1111:2222:3333:4444:5555:6666");
  detail.flow_id = (std::uint64_t{1} << 51U) - 1;
  detail.packet = detail.bytes[0] = detail.bytes[1] = ~std::uint64_t{0};
  detail.evidence_length = 64;
  std::fill(std::begin(detail.evidence), std::end(detail.evidence), std::uint8_t{'"'});
  detail.vlans = 2;
  detail.marks = 0xFFFF;
  detail.anomalies = 0xFFFF;
  detail.payload_bytes[0] = 1;
  detail.revises = true;
  finding_.asked.assign(10, *find_service("apple-remote-desktop"));
  finding_.judgement.verdict = Verdict::unrecognized;
  ProbeSum sum;
  sum.flows = sum.hosts = sum.ports = sum.sources = ~std::uint64_t{0};
  sum.at_least = true;
  sum.first_targets.assign(10, {1, detail.address[0], 65535, Transport::tcp});
  finding_.probe = sum;
  const std::string longest = written();
  EXPECT_LE(longest.size(), kMostRecordBytes);
  EXPECT_GT(longest.size(), kMostRecordBytes / 2);
  const Json record = Json::parse(longest);
  const Json& body = record["ghostport"];
  EXPECT_EQ(body["expected"].size() + body["expected_left_out"].get<std::size_t>(), 500U);
  EXPECT_EQ(body.value("tried", Json::array()).size() + body["tried_left_out"].get<std::size_t>(),
            rules_->signatures->services_tried(Transport::tcp).size());
  EXPECT_TRUE(record["pcap_filename"].get<std::string>().starts_with("..."));
}

TEST_F(FindingJson, KeepsEveryExpectationWhereThereIsRoom) {
  finding_.judgement.expectations.assign(20, {&by_context_, "transport is tcp"});
  const Json body = parsed()["ghostport"];
  EXPECT_EQ(body["expected"].size(), 20U);
  EXPECT_FALSE(body.contains("expected_left_out"));
}

TEST_F(FindingJson, EvidenceTextShowsPrintableAsciiAndDots) {
  const std::string_view bytes = "a\"\\\x1b]0;\x07\xff\xc3\xa9\r\n\t";
  finding_.detail.evidence_length =
      static_cast<std::uint8_t>(bytes.copy(reinterpret_cast<char*>(finding_.detail.evidence), bytes.size()));
  const std::string record = written();
  EXPECT_NE(record.find(R"("text":"a\"\\.]0;....\r\n\t")"), std::string::npos) << record;
  EXPECT_EQ(parsed()["ghostport"]["evidence"]["bytes"], "61225c1b5d303b07ffc3a90d0a09");
}

TEST_F(FindingJson, FlowRecordHasSuricatasShape) {
  finding_.detail.tcp_flags[0] = 0x1b;
  finding_.detail.tcp_flags[1] = 0x12;
  finding_.detail.cause = EndCause::capture_end;
  const std::string record(write_flow(line_, finding_.detail, context()));
  EXPECT_EQ(record,
            R"({"timestamp":"2026-11-20T10:01:05.100000+0000","flow_id":1374093,"event_type":"flow",)"
            R"("pcap_filename":"a.pcap","src_ip":"10.0.0.5","src_port":51514,"dest_ip":"10.0.0.9","dest_port":3238,)"
            R"("proto":"TCP","app_proto":"ssh","flow":{"pkts_toserver":2,"pkts_toclient":2,"bytes_toserver":108,)"
            R"("bytes_toclient":129,"start":"2026-11-20T10:00:00.100000+0000","end":"2026-11-20T10:01:05.100000+0000",)"
            R"("age":65,"state":"established","reason":"shutdown"},)"
            R"("tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"12","syn":true,"fin":true,"psh":true,)"
            R"("ack":true,"state":"fin_wait1"},"community_id":"1:QOcS2EWrNj7jVgjVni2kqMAjGEI="})");
}

TEST_F(FindingJson, FlowRecordsNameTheBestThatIsKnown) {
  FlowDetail& detail = finding_.detail;
  EXPECT_EQ(parsed_flow()["app_proto"], "ssh");
  detail.service = ServiceId::none;
  detail.asked = *find_service("tls");
  EXPECT_EQ(parsed_flow()["app_proto"], "tls");
  EXPECT_EQ(parsed_flow()["ghostport"], Json({{"asked", "tls"}}));
  detail.asked = ServiceId::none;
  EXPECT_EQ(parsed_flow()["app_proto"], "failed");
  EXPECT_FALSE(parsed_flow().contains("ghostport"));
  detail.marks = kJoined | kGap;
  EXPECT_EQ(parsed_flow()["ghostport"], Json({{"anomalies", {"gap"}}, {"joined", "mid-stream"}}));
}

TEST_F(FindingJson, FlowRecordsSayHowFarAFlowGot) {
  struct Row {
    std::uint8_t client;
    std::uint8_t server;
    std::uint32_t answers;
    EndCause cause;
    const char* state;
    const char* reason;
    const char* tcp;
  };
  const Row rows[] = {
      {0x02, 0x00, 0, EndCause::timeout, "new", "timeout", "syn_sent"},
      {0x02, 0x12, 1, EndCause::timeout, "established", "timeout", "syn_recv"},
      {0x02, 0x14, 1, EndCause::closed, "closed", "timeout", "closed"},
      {0x12, 0x12, 1, EndCause::table_full, "established", "forced", "established"},
      {0x13, 0x13, 1, EndCause::reused, "closed", "forced", "closed"},
  };
  for (const Row& row : rows) {
    finding_.detail.tcp_flags[0] = row.client;
    finding_.detail.tcp_flags[1] = row.server;
    finding_.detail.packets[1] = row.answers;
    finding_.detail.cause = row.cause;
    const Json record = parsed_flow();
    EXPECT_EQ(record["flow"]["state"], row.state);
    EXPECT_EQ(record["flow"]["reason"], row.reason);
    EXPECT_EQ(record["tcp"]["state"], row.tcp);
  }
  finding_.detail.transport = Transport::udp;
  EXPECT_FALSE(parsed_flow().contains("tcp"));
}

TEST(JsonLine, EscapesControlsAndRepairsUtf8) {
  EXPECT_EQ(text_of("plain <script> \xc3\xa9"), "\"plain <script> \xc3\xa9\"");
  EXPECT_EQ(text_of("\"\\/"), R"("\"\\/")");
  EXPECT_EQ(text_of(std::string("\x1b]0;\x07\x00\x7f\n", 8)), R"("\u001b]0;\u0007\u0000\u007f\n")");
  EXPECT_EQ(text_of("\xc2\x9b"), R"("\u009b")") << "C1 as UTF-8";
  EXPECT_EQ(text_of("\xff|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80"),
            "\"\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"")
      << "never the start of a character, an overlong form, a surrogate, past the last character";
}

TEST(JsonLine, CutsBetweenCharactersAndSaysSo) {
  EXPECT_EQ(text_of("12345678", 8), "\"12345678\"");
  EXPECT_EQ(text_of("123456789", 8), "\"12345...\"");
  EXPECT_EQ(text_of("1234\xc3\xa9\xc3\xa9", 7), "\"1234...\"");
  EXPECT_EQ(text_of("12\n\n\n\n", 7), R"("12\n...")");
  JsonLine line;
  line.end_of_text("/long/way/to/a.pcap", 9);
  EXPECT_EQ(line.view(), "\"...a.pcap\"");
}

TEST(JsonLine, NeverWritesPastItsEnd) {
  JsonLine line;
  line.open('[');
  for (int i = 0; i < 1000; ++i) line.text("0123456789abcdef", 100);
  EXPECT_TRUE(line.overflowed());
  EXPECT_LE(line.view().size(), 8192U);
  line.clear();
  line.number(7);
  EXPECT_FALSE(line.overflowed());
  EXPECT_EQ(line.view(), "7");
}

TEST(JsonLine, WritesTextOfNothing) {
  JsonLine line;
  line.open('[');
  line.text({}, 64);
  line.text("", 64);
  line.text({}, 0);
  line.close(']');
  EXPECT_EQ(line.view(), R"(["","",""])");
}

TEST(JsonLine, WritesTimesAcrossTheCalendar) {
  const auto time_of = [](std::int64_t nanoseconds) {
    JsonLine line;
    line.time(nanoseconds);
    return std::string(line.view());
  };
  EXPECT_EQ(time_of(0), "\"1970-01-01T00:00:00.000000+0000\"");
  EXPECT_EQ(time_of(-1), "\"1969-12-31T23:59:59.999999+0000\"");
  EXPECT_EQ(time_of(951'782'400'000'000'999), "\"2000-02-29T00:00:00.000000+0000\"");
  EXPECT_EQ(time_of(4'294'967'295'999'999'999), "\"2106-02-07T06:28:15.999999+0000\"")
      << "the last second of a pcap file";
}

}  // namespace finding_json_test
}  // namespace ghostport
