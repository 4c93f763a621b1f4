// libpcap as the oracle: the same packets, bytes, times and link types wherever it reads a file.
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "tests/dataplane/capture_writer.h"
#include "tests/dataplane/read_capture.h"
#include "tests/dataplane/temporary_file.h"

namespace ghostport {
namespace capture_oracle_test {

namespace fs = std::filesystem;

struct Comparison {
  std::string outcome;  ///< one of "equal", "only we read all of it", "neither reads all of it", "different"
  std::string detail;
};

/// libpcap's own number of a link type, where it is another than that in files.
int dlt_of(std::uint16_t link_type) {
  switch (link_type) {
    case 100: return DLT_ATM_RFC1483;
    case 101: return DLT_RAW;
    case 106: return DLT_ATM_CLIP;
    default: return link_type;
  }
}

/// In nanoseconds; classic files hold seconds without a sign, which this libpcap reads with one.
std::int64_t time_of(const pcap_pkthdr& header) {
  constexpr std::int64_t kUnsigned = std::int64_t{1} << 32U;
  return (header.ts.tv_sec < 0 ? header.ts.tv_sec + kUnsigned : header.ts.tv_sec) * kSecond + header.ts.tv_usec;
}

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
    // A length on the wire below the captured one is raised.
    if (header->len >= header->caplen ? header->len != packet.length : packet.length < header->caplen)
      return {"different", where + "has another length"};
    // A simple packet block has no time, and a fraction beyond a second tells nothing.
    const bool is_told = header->ts.tv_sec != 0 && header->ts.tv_usec >= 0 && header->ts.tv_usec < kSecond;
    if (is_told && time_of(*header) != packet.at.true_time) return {"different", where + "has another time"};
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

TEST(CaptureOracle, EveryVariantIsReadAsLibpcapReadsIt) {
  std::vector<FileRecord> records;
  for (std::uint64_t i = 0; i < 6; ++i) {
    const auto size = static_cast<std::uint32_t>(10 + 30 * i);
    records.push_back({static_cast<std::int64_t>(1'700'000'000 + i) * kSecond + 1000, packets::random_bytes(size, i),
                       static_cast<std::uint32_t>(size + i % 3 * 500)});
  }
  std::map<std::string, std::size_t> counts;
  const auto check = [&](const ClassicFormat& format) {
    const TemporaryFile file(classic_pcap(records, format));
    const Comparison result = compare(file.path());
    ++counts[result.outcome];
    EXPECT_NE(result.outcome, "different")
        << std::hex << "magic " << format.magic << " link type " << format.link_type << std::dec << " version "
        << format.major << '.' << format.minor << " snap length " << format.snap_length << ": " << result.detail;
    EXPECT_NE(result.outcome, "only we read all of it") << result.detail;
  };
  for (const std::uint32_t magic : {0xA1B2C3D4U, 0xA1B23C4DU, 0xA1B2CD34U}) {
    for (const bool big_endian : {false, true}) {
      for (std::uint16_t minor = 0; minor <= 5; ++minor) {
        for (const bool exchanged : {false, true}) {
          check({.magic = magic, .big_endian = big_endian, .minor = minor, .exchanged_lengths = exchanged});
        }
      }
      for (const std::uint32_t snap : {0U, 1U, 50U, 0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFFU}) {
        check({.magic = magic, .big_endian = big_endian, .snap_length = snap});
      }
    }
    check({.magic = magic, .major = 543, .minor = 0, .exchanged_lengths = true});
    check({.magic = magic, .major = 3, .minor = 0});
    check({.magic = magic, .link_type = 0x54000001});
  }
  for (const std::uint32_t link : {0U, 6U, 9U, 12U, 101U, 105U, 113U, 127U, 228U, 229U, 276U})
    check({.link_type = link});
  EXPECT_GT(counts.at("equal"), 80U);
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

}  // namespace capture_oracle_test
}  // namespace ghostport
