#include "sensor/confinement.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace ghostport {
namespace confinement_test {

/// What a process found out about itself, one letter an attempt that went otherwise than it should.
class Attempts {
 public:
  Attempts(std::string folder, bool landlock) : folder_(std::move(folder)), landlock_(landlock) {}

  [[nodiscard]] std::string all() {
    std::string wrong;
    const auto expect = [&](char letter, bool good) {
      if (!good) wrong += letter;
    };
    expect('a', opens(folder_ + "/read/file", O_RDONLY) == 0);
    expect('b', opens(folder_ + "/write/file", O_RDWR | O_CREAT | O_TRUNC) == 0);
    expect('c', ::rename((folder_ + "/write/file").c_str(), (folder_ + "/write/old").c_str()) == 0);
    expect('d', ::unlink((folder_ + "/write/old").c_str()) == 0);
    expect('e', opens("/proc/self/status", O_RDONLY) == 0);
    expect('f', opens("/dev/null", O_WRONLY) == 0);
    if (landlock_) {
      expect('g', opens(folder_ + "/read/file", O_WRONLY) == EACCES);
      expect('h', opens(folder_ + "/read/new", O_WRONLY | O_CREAT) == EACCES);
      expect('i', opens(folder_ + "/elsewhere/file", O_RDONLY) == EACCES);
      expect('j', opens("/etc/hostname", O_WRONLY) == EACCES);
      expect('k', ::unlink((folder_ + "/read/file").c_str()) == -1 && errno == EACCES);
    }
    // What succeeds here ends as another program, with another status than the test waits for.
    char name[] = "/bin/true";
    char* const words[] = {name, nullptr};
    expect('l', ::execve(name, words, nullptr) == -1 && (errno == EPERM || errno == EACCES));
    const pid_t child = ::fork();
    if (child == 0) ::_exit(1);
    expect('m', child == -1 && errno == EPERM);
    expect('n', ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == -1 && errno == EPERM);
    expect('o', ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
                        MAP_FAILED &&
                    errno == EPERM);
    expect('p', ::socket(AF_BLUETOOTH, SOCK_RAW, 0) == -1 && errno == EPERM);
    expect('q', ::setuid(0) == -1 && errno == EPERM);
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    expect('r', descriptor >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(9);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Without rules for TCP nobody listens there, which is another error.
    expect('s', ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == -1);
    expect('t', !closes_tcp || errno == EACCES);
    (void)::close(descriptor);
    std::thread([] {}).join();  // threads may begin
    return wrong;
  }

  bool closes_tcp = false;

 private:
  static int opens(const std::string& path, int flags) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (descriptor < 0) return errno;
    (void)::close(descriptor);
    return 0;
  }

  std::string folder_;
  bool landlock_;
};

[[noreturn]] void confined_process(const std::string& folder, int report) {
  std::atomic<int> turn{0};
  std::string text;
  std::string wrong_there;
  // One thread that has run before, as DPDK's have, and waits in a system call.
  std::thread earlier([&] {
    while (turn.load() == 0) ::usleep(1000);
    if (text.starts_with("not confined")) return;
    Attempts attempts(folder, text.find("without Landlock") == std::string::npos);
    attempts.closes_tcp = text.find("by TCP") != std::string::npos;
    wrong_there = attempts.all();
  });
  text = confine({{folder + "/read"}, {folder + "/write"}, false});
  turn = 1;
  earlier.join();
  if (text.starts_with("not confined")) {
    (void)!::write(report, text.data(), text.size());
    ::_exit(42);
  }
  Attempts attempts(folder, text.find("without Landlock") == std::string::npos);
  attempts.closes_tcp = text.find("by TCP") != std::string::npos;
  const std::string line = text + '\n' + attempts.all() + '\n' + wrong_there + '\n';
  (void)!::write(report, line.data(), line.size());
  ::_exit(42);
}

TEST(Confinement, HoldsForThreadsBeforeAndAfter) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("ghostport-confined-" + std::to_string(getpid()));
  for (const char* const one : {"read", "write", "elsewhere"}) std::filesystem::create_directories(folder / one);
  for (const char* const one : {"read", "elsewhere"}) std::ofstream(folder / one / "file") << "text";
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) confined_process(folder.string(), pipe[1]);
  (void)::close(pipe[1]);
  std::string said;
  std::array<char, 4096> bytes{};
  for (ssize_t size = 0; (size = ::read(pipe[0], bytes.data(), bytes.size())) > 0;)
    said.append(bytes.data(), static_cast<std::size_t>(size));
  (void)::close(pipe[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(WIFEXITED(status)) << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 42);
  if (said.starts_with("not confined")) GTEST_SKIP() << said;
  EXPECT_NE(said.find("no program is started"), std::string::npos) << said;
  EXPECT_EQ(said.substr(said.find('\n')), "\n\n\n")
      << "attempts that went otherwise; first line of this process' thread";
}

}  // namespace confinement_test
}  // namespace ghostport
