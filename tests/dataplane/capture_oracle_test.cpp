// libpcap as the oracle: the same packets, bytes, times and link types wherever it reads a file.
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/dataplane/read_capture.h"

namespace ghostport {
namespace {

namespace fs = std::filesystem;

struct Comparison {
  std::string outcome;  ///< one of "equal", "only we read all of it", "neither reads all of it", "different"
  std::string detail;
};

/// What libpcap calls the link type that files call 101 (other numbers that we meet are the same).
int dlt_of(std::uint16_t link_type) { return link_type == 101 ? DLT_RAW : link_type; }

Comparison compare(const std::string& path) {
  char error[PCAP_ERRBUF_SIZE] = "";
  const std::unique_ptr<pcap_t, void (*)(pcap_t*)> theirs(
      ::pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error), ::pcap_close);
  CaptureFileSource ours;
  const bool opened = ours.open(path);
  if (theirs == nullptr && !opened) return {"neither reads all of it", std::string(error) + " | " + ours.problem()};

  Packet packet;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  std::string fault = error;
  for (std::uint64_t number = 1; theirs != nullptr; ++number) {
    const int state = ::pcap_next_ex(theirs.get(), &header, &data);
    if (state != 1) {
      fault = state == PCAP_ERROR_BREAK ? "" : ::pcap_geterr(theirs.get());
      break;
    }
    const std::string where = "packet " + std::to_string(number) + ' ';
    if (ours.read(&packet, 1) != 1) return {"different", where + "is missing: " + ours.problem()};
    ours.release(number - 1);
    if (header->caplen != packet.captured) return {"different", where + "has other captured bytes"};
    if (std::max(header->len, header->caplen) != packet.length) return {"different", where + "has another length"};
    // Its times are in nanoseconds here. A fraction beyond a second, which it reads as signed, tells nothing.
    const std::int64_t time = header->ts.tv_sec * kSecond + header->ts.tv_usec;
    const bool is_told = header->ts.tv_sec != 0 && header->ts.tv_sec <= kLatestSecond && header->ts.tv_usec >= 0 &&
                         header->ts.tv_usec < kSecond;
    if (is_told && time != packet.at.true_time) return {"different", where + "has another time"};
    if (::pcap_datalink(theirs.get()) != dlt_of(packet.link_type))
      return {"different", where + "has another link type"};
    if (!std::equal(data, data + header->caplen, packet.data)) return {"different", where + "has other bytes"};
  }
  std::uint64_t further = 0;
  while (ours.read(&packet, 1) == 1) {
    ++further;
    ours.release(packet.at.number);
  }
  if (fault.empty() && further != 0) return {"different", "has further packets"};
  if (fault.empty() != ours.problem().empty() && fault.empty()) return {"different", ours.problem()};
  if (fault.empty()) return {"equal", ""};
  return {ours.problem().empty() ? "only we read all of it" : "neither reads all of it",
          fault + " | " + ours.problem()};
}

/// All files below a folder against libpcap, by outcome.
std::map<std::string, std::size_t> compare_all(const fs::path& folder) {
  std::map<std::string, std::size_t> counts;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    const bool is_capture = name.find(".pcap") != std::string::npos || name.ends_with(".cap") || name.ends_with(".dmp");
    if (!entry.is_regular_file() || !is_capture) continue;
    const Comparison result = compare(entry.path());
    ++counts[result.outcome];
    EXPECT_NE(result.outcome, "different") << entry.path() << ": " << result.detail;
    if (result.outcome != "equal" && std::getenv("GHOSTPORT_CORPUS_VERBOSE") != nullptr)
      std::printf("%s: %s: %s\n", entry.path().c_str(), result.outcome.c_str(), result.detail.c_str());
  }
  for (const auto& [outcome, count] : counts) std::printf("%zu files: %s\n", count, outcome.c_str());
  return counts;
}

fs::path source_folder() {
  const char* source = std::getenv("GHOSTPORT_SOURCE");
  return source == nullptr ? "." : source;
}

TEST(CaptureOracle, TheBundledCapturesAreReadAsLibpcapReadsThem) {
  const auto counts = compare_all(source_folder() / "pcaps");
  EXPECT_GT(counts.at("equal"), 50U);
}

TEST(CaptureOracle, TheDevelopmentCorpusIsReadAsLibpcapReadsIt) {
  fs::path folder;
  if (const char* given = std::getenv("GHOSTPORT_CORPUS")) folder = given;
  const fs::path packed = source_folder() / "../shared/corpus/development.tar.zst";
  const fs::path unpacked = fs::temp_directory_path() / ("ghostport_corpus_" + std::to_string(::getpid()));
  if (folder.empty() && fs::exists(packed)) {
    fs::create_directories(unpacked);
    const std::string command =
        "tar --zstd -xf '" + packed.string() + "' -C '" + unpacked.string() + "' --wildcards '*captures/*'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    folder = unpacked;
  }
  if (folder.empty()) GTEST_SKIP() << "no corpus: neither GHOSTPORT_CORPUS nor ../shared/corpus/development.tar.zst";
  const auto counts = compare_all(folder);
  EXPECT_GT(counts.at("equal"), 0U);
  fs::remove_all(unpacked);
}

}  // namespace
}  // namespace ghostport
