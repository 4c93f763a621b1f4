#include "sensor/outputs/live_output.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace ghostport {
namespace live_output_test {

using namespace std::chrono_literals;

class LiveOutputs : public testing::Test {
 protected:
  LiveOutputs() : folder_(std::filesystem::temp_directory_path() / ("ghostport-output-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~LiveOutputs() override { std::filesystem::remove_all(folder_); }

  OutputSettings settings(OutputSettings::Kind kind, const std::string& path) const {
    OutputSettings result;
    result.kind = kind;
    result.path = path;
    return result;
  }
  std::string in_folder(const std::string& name) const { return (folder_ / name).string(); }

  LiveOutput::Say say() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      said_.push_back(line);
    };
  }
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }

  /// Waits, within reason.
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }

  static std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }

  std::filesystem::path folder_;

 private:
  std::mutex mutex_;
  std::vector<std::string> said_;
};

/// A reader of a unix socket that reads when it is told to.
class Reader {
 public:
  Reader(const std::string& path, int type) : path_(path), type_(type) {
    descriptor_ = ::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
    if (type == SOCK_STREAM && ::listen(descriptor_, 4) != 0) std::abort();
  }
  ~Reader() {
    if (connection_ >= 0) ::close(connection_);
    ::close(descriptor_);
    ::unlink(path_.c_str());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// What has come, without waiting. A datagram ends in a line break of ours.
  const std::string& read() {
    if (type_ == SOCK_STREAM && connection_ < 0) connection_ = ::accept4(descriptor_, nullptr, nullptr, SOCK_NONBLOCK);
    char bytes[65'536];
    for (;;) {
      const ssize_t got = ::recv(type_ == SOCK_STREAM ? connection_ : descriptor_, bytes, sizeof bytes, 0);
      if (got <= 0) return text_;
      text_.append(bytes, static_cast<std::size_t>(got));
      if (type_ == SOCK_DGRAM) text_ += '\n';
    }
  }

 private:
  std::string path_;
  int type_;
  int descriptor_ = -1;
  int connection_ = -1;
  std::string text_;
};

std::string record(int number) { return "{\"record\":" + std::to_string(number) + "}"; }

TEST_F(LiveOutputs, AFileIsAppendedToLineByLine) {
  const std::string path = in_folder("eve.json");
  std::ofstream(path) << "{\"old\":1}\n{\"half";
  LiveOutput output("eve", make_file_destination(settings(OutputSettings::Kind::eve, path)), false, LiveOutput::kQueue,
                    say());
  for (int i = 0; i < 1000; ++i) output.put(record(i));
  output.close(10s);
  const std::vector<std::string> lines = lines_of(path);
  ASSERT_EQ(lines.size(), 1002U);
  EXPECT_EQ(lines[1], "{\"half") << "what a killed process left is a line of its own";
  EXPECT_EQ(lines[2], record(0));
  EXPECT_EQ(lines.back(), record(999));
  EXPECT_EQ(output.counters().written, 1000U);
  EXPECT_EQ(output.counters().lost, 0U);
  EXPECT_TRUE(said().empty());
}

TEST_F(LiveOutputs, AFileThatIsRotatedFromOutsideLosesNothing) {
  const std::string path = in_folder("eve.json");
  LiveOutput output("eve", make_file_destination(settings(OutputSettings::Kind::eve, path)), false, LiveOutput::kQueue,
                    say());
  int number = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 50; ++i) output.put(record(number++));
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(path); }));
    std::filesystem::rename(path, path + '.' + std::to_string(round));
    output.reopen();
  }
  output.put(record(number++));
  output.close(10s);
  std::set<std::string> seen;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) {
    for (const std::string& line : lines_of(file.path())) EXPECT_TRUE(seen.insert(line).second) << line;
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(number));
}

TEST_F(LiveOutputs, AFileRotatesByTheClock) {
  OutputSettings every_second = settings(OutputSettings::Kind::eve, in_folder("eve.json"));
  every_second.settings["rotate-interval"] = "1s";
  LiveOutput output("eve", make_file_destination(every_second), false, LiveOutput::kQueue, say());
  output.put(record(1));
  ASSERT_TRUE(eventually([&] { return std::distance(std::filesystem::directory_iterator(folder_), {}) >= 2; }));
  output.put(record(2));
  output.close(10s);
  EXPECT_EQ(lines_of(in_folder("eve.json")).size() <= 1U, true);
}

TEST_F(LiveOutputs, AnIntervalWithoutRecordsLeavesNoFile) {
  OutputSettings every_second = settings(OutputSettings::Kind::eve, in_folder("eve-%S.json"));
  every_second.settings["rotate-interval"] = "1s";
  LiveOutput timed("eve", make_file_destination(every_second), false, LiveOutput::kQueue, say());
  every_second.path = in_folder("eve.json");
  LiveOutput plain("eve", make_file_destination(every_second), false, LiveOutput::kQueue, say());
  timed.put(record(1));
  plain.put(record(2));
  // Of each the file with its record, and the one that is open.
  std::set<std::string> seen;
  ASSERT_TRUE(eventually([&] {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      seen.insert(file.path().filename());
      ++count;
    }
    EXPECT_LE(count, 4U);
    return seen.size() >= 6;
  }));
  timed.close(10s);
  plain.close(10s);
  std::size_t records = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder_)) records += lines_of(file.path()).size();
  EXPECT_EQ(records, 2U);
}

TEST_F(LiveOutputs, AFullDeviceIsToldOnceAndItsRecordsAreCounted) {
  LiveOutput output("eve /dev/full", make_file_destination(settings(OutputSettings::Kind::eve, "/dev/full")), false,
                    200, say());
  for (int i = 0; i < 1000; ++i) output.put(record(i));
  ASSERT_TRUE(eventually([&] { return !said().empty(); }));
  output.close(50ms);
  EXPECT_EQ(output.counters().written, 0U);
  EXPECT_EQ(output.counters().lost, 1000U);
  ASSERT_EQ(said().size(), 1U);
  EXPECT_EQ(said()[0],
            "output eve /dev/full: No space left on device; its records wait, and are lost once 200 bytes of them do");
}

TEST_F(LiveOutputs, AFileThatCannotBeOpenedIsTriedAgain) {
  const std::string path = in_folder("later/eve.json");
  LiveOutput output("eve", make_file_destination(settings(OutputSettings::Kind::eve, path)), false, LiveOutput::kQueue,
                    say());
  output.put(record(1));
  ASSERT_TRUE(eventually([&] { return said().size() == 1; }));
  EXPECT_NE(said()[0].find("No such file or directory"), std::string::npos);
  std::filesystem::create_directory(folder_ / "later");
  ASSERT_TRUE(eventually([&] { return said().size() == 2; }));
  EXPECT_EQ(said()[1], "output eve: is written again; 0 records lost meanwhile");
  output.close(10s);
  EXPECT_EQ(lines_of(path), std::vector<std::string>{record(1)});
}

TEST_F(LiveOutputs, AStreamWhoseReaderSleepsHoldsUpNobodyAndGoesOnWhereItStopped) {
  const std::string path = in_folder("stream");
  Reader reader(path, SOCK_STREAM);
  LiveOutput output("socket", make_socket_destination(settings(OutputSettings::Kind::unix_socket, path)), false,
                    1U << 20U, say());
  const std::string filling(1000, 'x');
  constexpr int kMany = 5000;
  for (int i = 0; i < kMany; ++i) output.put(record(i) + filling);
  ASSERT_TRUE(eventually([&] { return said().size() == 1; }));
  EXPECT_NE(said()[0].find("its reader does not read"), std::string::npos);
  ASSERT_TRUE(eventually([&] {
    (void)reader.read();
    return said().size() == 2;
  }));
  output.put(record(kMany) + filling);
  ASSERT_TRUE(eventually([&] { return reader.read().find(record(kMany)) != std::string::npos; }));
  output.close(10s);
  const OutputCounters counters = output.counters();
  EXPECT_EQ(counters.written + counters.lost, kMany + 1U);
  EXPECT_GT(counters.lost, 0U);
  EXPECT_EQ(said()[1], "output socket: is written again; " + std::to_string(counters.lost).insert(1, ",") +
                           " records lost meanwhile");
  std::istringstream lines(reader.read());
  std::uint64_t whole = 0;
  for (std::string line; std::getline(lines, line); ++whole)
    EXPECT_EQ(line.substr(line.size() - filling.size()), filling);
  EXPECT_EQ(whole, counters.written);
}

TEST_F(LiveOutputs, AReaderThatComesBackIsFoundAgain) {
  const std::string path = in_folder("stream");
  LiveOutput output("socket", make_socket_destination(settings(OutputSettings::Kind::unix_socket, path)), false,
                    LiveOutput::kQueue, say());
  output.put(record(1));
  ASSERT_TRUE(eventually([&] { return said().size() == 1; }));
  for (int round = 0; round < 3; ++round) {
    Reader reader(path, SOCK_STREAM);
    ASSERT_TRUE(eventually([&] {
      output.put(record(2));
      return reader.read().find(record(2)) != std::string::npos;
    }));
  }
  output.close(100ms);
}

TEST_F(LiveOutputs, EachRecordIsADatagram) {
  const std::string path = in_folder("dgram");
  Reader reader(path, SOCK_DGRAM);
  OutputSettings datagrams = settings(OutputSettings::Kind::unix_socket, path);
  datagrams.settings["type"] = "dgram";
  LiveOutput output("socket", make_socket_destination(datagrams), false, LiveOutput::kQueue, say());
  output.put(record(1));
  output.put(std::string(1U << 20U, 'x'));
  output.put(record(2));
  ASSERT_TRUE(eventually([&] { return reader.read() == record(1) + '\n' + record(2) + '\n'; }));
  output.close(10s);
  EXPECT_EQ(output.counters().written, 2U);
  EXPECT_EQ(output.counters().lost, 1U) << "larger than a datagram can be";
}

TEST_F(LiveOutputs, TheSystemsLogGetsPriorityTimeAndTag) {
  const std::string path = in_folder("log");
  Reader reader(path, SOCK_DGRAM);
  OutputSettings log = settings(OutputSettings::Kind::syslog, path);
  log.settings["prefix"] = "@cee: ";
  LiveOutput output("syslog", make_syslog_destination(log), false, LiveOutput::kQueue, say());
  output.put(record(1));
  ASSERT_TRUE(eventually([&] { return !reader.read().empty(); }));
  output.close(10s);
  const std::string& line = reader.read();
  EXPECT_EQ(line.substr(0, 5), "<174>") << "local5 is 21, Info is 6";
  EXPECT_EQ(line.substr(20), " ghostport[" + std::to_string(getpid()) + "]: @cee: " + record(1) + '\n');
}

}  // namespace live_output_test
}  // namespace ghostport
