#include "dataplane/replay.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "tests/dataplane/capture_rewriter.h"
#include "tests/dataplane/capture_writer.h"
#include "tests/dataplane/every_capture.h"
#include "tests/dataplane/final_words.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/recording_sink.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace replay_test {

using packets::Capture;
using packets::client;
using packets::server;
using packets::TcpConversation;
using packets::UdpConversation;
using namespace std::chrono_literals;

std::shared_ptr<Rules> rules_for_all(bool flow_records) {
  const auto rules = rules_watching("all");
  rules->flow_records = flow_records;
  rules->log_expected = true;
  return rules;
}

struct Result {
  RecordingSink sink;
  ReadOutcome outcome;
  PipelineSummary summary;
};

Result replay(const std::string& path, unsigned workers = 1,
              const std::shared_ptr<const Rules>& rules = rules_for_all(true)) {
  Result result;
  Replay replay(rules, workers, result.sink);
  result.outcome = replay.run(path);
  result.summary = replay.summary();
  return result;
}
Result replay(const Capture& capture, unsigned workers = 1) {
  const TemporaryFile file(capture.pcap());
  return replay(file.path(), workers);
}

void expect_same(const std::vector<std::string>& expected, const std::vector<std::string>& actual) {
  const auto [one, other] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  if (one == expected.end() && other == actual.end()) return;
  ADD_FAILURE() << "record " << one - expected.begin() << "\n  expected: " << (one == expected.end() ? "(none)" : *one)
                << "\n  actual:   " << (other == actual.end() ? "(none)" : *other);
}

// ---- any number of workers ----

TEST(ReplayWorkers, EveryCaptureSaysTheSameWithAnyNumberOfThem) {
  const std::vector<std::string> captures = every_capture();
  ASSERT_GT(captures.size(), 50U) << "the captures of pcaps/ are not there";
  for (const bool flow_records : {true, false}) {
    const auto rules = rules_for_all(flow_records);
    for (const unsigned workers : {2U, 3U, 4U}) {
      RecordingSink one;
      RecordingSink many;
      Replay alone(rules, 1, one);
      Replay together(rules, workers, many);
      for (const std::string& path : captures) {
        SCOPED_TRACE(path + ", " + std::to_string(workers) + " workers");
        const ReadOutcome outcome = alone.run(path);
        EXPECT_EQ(outcome.problem, "");
        (void)together.run(path);
        expect_same(one.lines, many.lines);
        one.clear();
        many.clear();
        if (HasFailure()) return;
      }
      EXPECT_EQ(alone.summary().total.values, together.summary().total.values);
    }
  }
}

TEST(ReplayWorkers, ACaptureSaysTheSameWhateverWasReplayedBefore) {
  const std::vector<std::string> captures = every_capture();
  const auto rules = rules_for_all(true);
  RecordingSink used;
  Replay replay_of_all(rules, 1, used);
  for (const std::string& path : captures) {
    used.clear();
    (void)replay_of_all.run(path);
    SCOPED_TRACE(path);
    expect_same(replay(path, 1, rules).sink.lines, used.lines);
    if (HasFailure()) return;
  }
}

TEST(ReplayWorkers, ManyPairsAreSharedOut) {
  Capture capture;
  for (int host = 0; host < 400; ++host) {
    UdpConversation talk(capture,
                         client("10.1." + std::to_string(host / 200) + "." + std::to_string(host % 200 + 1), 5000),
                         server("10.0.0.9", 3238));
    talk.client_says("knock");
  }
  const Result result = replay(capture, 4);
  std::uint64_t packets = 0;
  for (const std::uint64_t count : result.summary.worker_packets) {
    EXPECT_GT(count, 50U);
    packets += count;
  }
  EXPECT_EQ(packets, 400U);
  EXPECT_EQ(result.sink.findings.size(), 400U);
  expect_same(replay(capture, 1).sink.lines, result.sink.lines);
}

/// A scan, silent answers, conversations and expiries of many pairs, with pauses and a clock that runs backwards.
Capture busy_capture(std::uint64_t seed) {
  Capture capture;
  for (int i = 0; i < 300; ++i) {
    const auto pick = [&](std::uint64_t bound) { return (seed = mix(seed, static_cast<std::uint64_t>(i))) % bound; };
    const std::string source = "10.0.1." + std::to_string(1 + pick(12));
    const std::string host = "10.0.2." + std::to_string(1 + pick(4));
    const auto port = static_cast<std::uint16_t>(40'000 + pick(50));
    const auto ghost = static_cast<std::uint16_t>(3237 + pick(3));
    switch (pick(6)) {
      case 0: TcpConversation(capture, client(source, port), server(host, ghost)).syn(); break;
      case 1: TcpConversation(capture, client(source, port), server(host, ghost)).handshake(); break;
      case 2:
        TcpConversation(capture, client(source, port), server(host, ghost))
            .handshake()
            .server_says("SSH-2.0-x\r\n")
            .close();
        break;
      case 3: TcpConversation(capture, client(source, port), server(host, ghost)).syn().rst_from_server(); break;
      case 4: UdpConversation(capture, client(source, port), server(host, ghost)).client_says("x").unreachable(); break;
      default:
        UdpConversation(capture, client(source, port), server(host, ghost)).client_says("x").server_says("y");
        break;
    }
    constexpr std::chrono::nanoseconds kPauses[] = {0s, 1us, 250ms, 999ms, 31s, 61s, 3600s, -2s};
    capture.after(kPauses[pick(pick(3) == 0 ? 8 : 4)]);
  }
  return capture;
}

TEST(ReplayWorkers, BusyCapturesWithPausesAndAClockThatRunsBackwardsSayTheSame) {
  for (std::uint64_t seed = 1; seed <= 20 && !HasFailure(); ++seed) {
    const TemporaryFile file(busy_capture(seed).pcap());
    const std::vector<std::string> expected = replay(file.path()).sink.lines;
    EXPECT_GT(expected.size(), 300U);
    for (const unsigned workers : {2U, 4U, 8U}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", " + std::to_string(workers) + " workers");
      expect_same(expected, replay(file.path(), workers).sink.lines);
    }
  }
}

TEST(ReplayWorkers, MemoryIsUsedAnewOnlyWhenEveryWorkerHasFinishedWithIt) {
  // Some 20 times what the reader holds at once; every second payload has to be scanned late in the worker's queue.
  Capture capture;
  const packets::ByteString filler = packets::random_bytes(60'000, 1);
  for (int i = 0; i < 200; ++i) {
    const std::string host = "10.0.2." + std::to_string(1 + i % 50);
    TcpConversation talk(capture, client("10.0.1." + std::to_string(1 + i), 50'000), server(host, 3238));
    talk.handshake().client_says("HELO example\r\n").server_says("SSH-2.0-x" + std::to_string(i) + "\r\n");
    talk.client_sends(filler, packets::in_pieces_of(static_cast<std::size_t>(1000 + 100 * (i % 9)))).close();
  }
  const packets::ByteString bytes = capture.pcap();
  ASSERT_GT(bytes.size(), std::size_t{10} << 20U);
  const auto pipe = std::filesystem::temp_directory_path() / ("ghostport_pipe_" + std::to_string(::getpid()));
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const packets::ByteString& file_bytes : {bytes, zstd(bytes)}) {
    const TemporaryFile file(file_bytes);
    const std::vector<std::string> expected = replay(file.path()).sink.lines;
    EXPECT_GE(expected.size(), 400U);
    for (const unsigned workers : {2U, 4U, 8U}) {
      SCOPED_TRACE(workers);
      expect_same(expected, replay(file.path(), workers).sink.lines);
      std::thread writer([&] {
        std::ofstream(pipe, std::ios::binary)
            .write(reinterpret_cast<const char*>(file_bytes.data()), static_cast<std::streamsize>(file_bytes.size()));
      });
      expect_same(expected, replay(pipe, workers).sink.lines);
      writer.join();
    }
  }
  std::filesystem::remove(pipe);
}

TEST(ReplayWorkers, AFilterLeavesOutTheSame) {
  const TemporaryFile file(busy_capture(1).pcap());
  const auto filter = PacketFilter::compile("tcp and port 3238");
  ASSERT_TRUE(filter);
  RecordingSink one;
  RecordingSink many;
  Replay alone(rules_for_all(true), 1, one);
  Replay together(rules_for_all(true), 3, many);
  for (int again = 0; again < 2; ++again) {
    const ReadOutcome expected = alone.run(file.path(), {}, filter.value().get());
    const ReadOutcome actual = together.run(file.path(), {}, filter.value().get());
    EXPECT_GT(expected.filtered_out, 0U);
    EXPECT_EQ(actual.filtered_out, expected.filtered_out);
    EXPECT_EQ(actual.packets, expected.packets);
  }
  EXPECT_FALSE(one.lines.empty());
  expect_same(one.lines, many.lines);
  EXPECT_EQ(alone.summary().total.values, together.summary().total.values);
}

TEST(ReplayWorkers, AFilterTellsLinkTypesApartInEachCapture) {
  const std::uint16_t links[] = {1, 0, 101, 113, 276, 9, 50, 51, 104, 105, 107, 108, 117, 119, 127, 163, 192};
  static_assert(std::size(links) > PacketFilter::kMostLinkTypes);
  const auto filter = PacketFilter::compile("greater 10");
  ASSERT_TRUE(filter);
  for (const unsigned workers : {1U, 2U}) {
    RecordingSink sink;
    Replay replay(rules_for_all(true), workers, sink);
    for (const std::uint16_t link : links) {
      const TemporaryFile file(classic_pcap({{0, packets::ByteString(60), 60}}, {.link_type = link}));
      EXPECT_EQ(replay.run(file.path(), {}, filter.value().get()).problem, "") << link << ", " << workers << " workers";
    }
  }
}

TEST(ReplayWorkers, AFileThatIsCutMeanwhileSaysSo) {
  Capture capture;
  for (int i = 0; i < 150; ++i) capture.add(packets::ByteString(200'000));
  for (const unsigned workers : {1U, 3U}) {
    const TemporaryFile file(capture.pcap());
    RecordingSink sink;
    Replay replay(rules_for_all(true), workers, sink);
    bool cut = false;
    const ReadOutcome outcome = replay.run(file.path(), [&](std::uint64_t, std::uint64_t) {
      if (!std::exchange(cut, true)) std::filesystem::resize_file(file.path(), 25'000'000);
    });
    EXPECT_FALSE(outcome.complete);
    EXPECT_NE(outcome.problem.find("was cut while it was read at byte 25000000"), std::string::npos) << outcome.problem;
  }
}

TEST(ReplayWorkers, ABurstOfEndingsIsSaidInTheSameOrder) {
  Capture capture;
  for (int flow = 0; flow < 10'000; ++flow) {  // more than a worker keeps for one watermark
    capture.at(std::chrono::microseconds(flow * 300));
    capture.add(packets::PacketBuilder()
                    .between("10.0.1." + std::to_string(1 + flow % 7), "10.0.2." + std::to_string(1 + flow % 3))
                    .tcp({.source_port = static_cast<std::uint16_t>(20'000 + flow),
                          .destination_port = 3238,
                          .sequence = 1,
                          .flags = packets::kSyn}));
    capture.add(packets::PacketBuilder()
                    .between("10.0.2." + std::to_string(1 + flow % 3), "10.0.1." + std::to_string(1 + flow % 7))
                    .tcp({.source_port = 3238,
                          .destination_port = static_cast<std::uint16_t>(20'000 + flow),
                          .sequence = 9,
                          .acknowledgment = 2,
                          .flags = packets::kSyn | packets::kAck}));
  }
  for (const bool pause : {false, true}) {
    if (pause) capture.after(2000s).add(packets::ByteString(60));
    const std::vector<std::string> expected = replay(capture).sink.lines;
    for (const unsigned workers : {2U, 4U}) {
      SCOPED_TRACE(workers);
      expect_same(expected, replay(capture, workers).sink.lines);
    }
  }
}

// ---- the file ----

TEST(Replay, AFileThatCannotBeReadSaysWhy) {
  const Result result = replay("/nonexistent/a.pcap");
  EXPECT_FALSE(result.outcome.complete);
  EXPECT_NE(result.outcome.problem, "");
  EXPECT_EQ(result.outcome.packets, 0U);
  EXPECT_TRUE(result.sink.lines.empty());
}

TEST(Replay, ABrokenFileIsProcessedUpToItsBreak) {
  Capture capture;
  TcpConversation(capture, client("10.0.0.5", 51514), server("10.0.0.9", 3238))
      .handshake()
      .server_says("SSH-2.0-x\r\n")
      .close();
  packets::ByteString bytes = capture.pcap();
  bytes.resize(bytes.size() - 1);
  const TemporaryFile file(bytes);
  for (const unsigned workers : {1U, 2U}) {
    const Result result = replay(file.path(), workers);
    EXPECT_FALSE(result.outcome.complete);
    EXPECT_NE(result.outcome.problem.find("at byte"), std::string::npos);
    EXPECT_EQ(result.sink.findings.size(), 1U);
    EXPECT_EQ(result.sink.flows.size(), 1U);
  }
}

TEST(Replay, AnEmptyCaptureSaysNothing) {
  for (const unsigned workers : {1U, 3U}) {
    const Result result = replay(Capture(), workers);
    EXPECT_TRUE(result.outcome.complete);
    EXPECT_TRUE(result.sink.lines.empty());
  }
}

TEST(Replay, ProgressRisesToTheSizeOfTheFile) {
  Capture capture;
  for (int i = 0; i < 1000; ++i) capture.add(packets::ByteString(60));
  const TemporaryFile file(capture.pcap());
  for (const unsigned workers : {1U, 2U}) {
    RecordingSink sink;
    Replay replay(rules_for_all(false), workers, sink);
    std::uint64_t last = 0;
    std::uint64_t size = 0;
    (void)replay.run(file.path(), [&](std::uint64_t done, std::uint64_t of) {
      EXPECT_GE(done, last);
      last = done;
      size = of;
    });
    EXPECT_EQ(last, size);
    EXPECT_EQ(size, capture.pcap().size());
  }
}

TEST(Replay, FlowIdsDependOnTheCaptureAndNotOnItsName) {
  const auto capture_of = [](const char* first) {
    Capture capture;
    UdpConversation(capture, client("10.0.0.6", 9), server("10.0.0.9", 9)).client_says(first);
    UdpConversation(capture, client("10.0.0.5", 51514), server("10.0.0.9", 3238)).client_says("x").server_says("y");
    return capture;
  };
  const auto id_of = [](const packets::ByteString& bytes) {
    const TemporaryFile file(bytes);
    return replay(file.path()).sink.findings.at(0).detail.flow_id;
  };
  const packets::ByteString bytes = capture_of("one").pcap();
  EXPECT_EQ(id_of(bytes), id_of(bytes));
  EXPECT_EQ(id_of(bytes), id_of(gzip(bytes)));
  EXPECT_NE(id_of(bytes), id_of(capture_of("two").pcap())) << "another first packet is another capture";
}

TEST(Replay, AFullFlowTableEndsTheOldestAndCountsIt) {
  const auto rules = rules_watching("ghost");
  rules->flow_limit = 10;
  Capture capture;
  for (std::uint16_t port = 40'001; port <= 40'100; ++port) {
    UdpConversation(capture, client("10.0.0.5", port), server("10.0.0.9", 3238)).client_says("x");
  }
  const TemporaryFile file(capture.pcap());
  const Result result = replay(file.path(), 1, rules);
  EXPECT_EQ(result.summary.total.at(Counter::flow_table_full), 90U);
  ASSERT_EQ(result.sink.findings.size(), 1U);
  EXPECT_EQ(result.sink.findings[0].probe->flows, 100U) << "every flow is accounted for";
}

}  // namespace replay_test
}  // namespace ghostport
