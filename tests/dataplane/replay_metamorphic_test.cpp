// The same conversations, seen differently, come to the same. One worker, no threads: not built for the thread
// sanitizer.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "dataplane/replay.h"
#include "tests/dataplane/capture_rewriter.h"
#include "tests/dataplane/every_capture.h"
#include "tests/dataplane/final_words.h"
#include "tests/dataplane/temporary_file.h"
#include "tests/detection/recording_sink.h"
#include "tests/detection/rules_for_tests.h"

namespace ghostport {
namespace replay_metamorphic_test {

using packets::Capture;
using packets::client;
using packets::server;
using packets::TcpConversation;

std::shared_ptr<Rules> rules_for_all() {
  const auto rules = rules_watching("all");
  rules->log_expected = true;
  return rules;
}

struct Way {
  std::string_view name;
  Frames (*rewrite)(const Frames&);
};
std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.name; }

const Way kWays[] = {
    {"one-byte segments", [](const Frames& frames) { return in_segments_of(frames, 1); }},
    {"seven-byte segments", [](const Frames& frames) { return in_segments_of(frames, 7); }},
    {"every packet twice", [](const Frames& frames) { return with_copies(frames); }},
    {"one-byte segments, every one twice", [](const Frames& frames) { return with_copies(in_segments_of(frames, 1)); }},
    {"a random order", [](const Frames& frames) { return in_random_order(frames, 1); }},
    {"segments of 100 bytes in a random order",
     [](const Frames& frames) { return in_random_order(in_segments_of(frames, 100), 2); }},
    {"one-byte segments in a random order",
     [](const Frames& frames) { return in_random_order(in_segments_of(frames, 1), 3); }},
    {"random splits", [](const Frames& frames) { return in_random_splits(frames, 1460, 5); }},
    {"random splits in a random order",
     [](const Frames& frames) { return in_random_order(in_random_splits(frames, 1460, 6), 7); }},
    {"one-byte segments in another order",
     [](const Frames& frames) { return in_random_order(in_segments_of(frames, 1), 4); }},
};

class ReplayMetamorphic : public testing::TestWithParam<Way> {};

TEST_P(ReplayMetamorphic, TcpThatArrivesDifferentlyComesToTheSame) {
  RecordingSink sink;
  Replay one_replay(rules_for_all(), 1, sink);
  const auto words_of = [&](const Frames& frames) {
    sink.clear();
    const TemporaryFile file(pcap_of(frames));
    EXPECT_EQ(one_replay.run(file.path()).problem, "");
    return final_words(sink);
  };
  std::size_t cases = 0;
  for (const std::string& path : every_capture()) {
    const Frames frames = read_frames(path);
    if (std::none_of(frames.begin(), frames.end(), may_be_cut)) continue;
    const std::vector<std::string> expected = words_of(frames);
    if (any_flagged(sink) || contradicts_itself(frames)) continue;
    ++cases;
    EXPECT_EQ(words_of(GetParam().rewrite(frames)), expected) << path;
  }
  EXPECT_GT(cases, 30U);
}

INSTANTIATE_TEST_SUITE_P(Ways, ReplayMetamorphic, testing::ValuesIn(kWays));

TEST(CaptureRewriter, PiecesAreWhatASenderWouldSend) {
  for (const std::string_view address : {"10.0.0.9", "2001:db8::9"}) {
    Capture capture;
    const bool six = address.find(':') != std::string_view::npos;
    TcpConversation talk(capture, client(six ? "2001:db8::5" : "10.0.0.5", 51514), server(address, 3238));
    talk.handshake().client_says("GET / HTTP/1.1\r\n\r\n").server_says("HTTP/1.1 200 OK\r\n\r\n").close();
    const TemporaryFile file(capture.pcap());
    const Frames frames = in_segments_of(read_frames(file.path()), 1);
    EXPECT_EQ(frames.size(), capture.frames().size() - 2 + 18 + 19);
    std::string request;
    for (const RewrittenFrame& frame : frames) {
      const Packet packet = parsed(frame);
      ASSERT_EQ(packet.kind, PacketKind::tcp);
      EXPECT_TRUE(checksums_good(packet));
      EXPECT_LE(packet.payload_length, 1U);
      if (packet.payload_length == 1 && packet.key.port[packet.direction] == 51514)
        request += static_cast<char>(packet.data[packet.payload_offset]);
    }
    EXPECT_EQ(request, "GET / HTTP/1.1\r\n\r\n");
  }
}

}  // namespace replay_metamorphic_test
}  // namespace ghostport
