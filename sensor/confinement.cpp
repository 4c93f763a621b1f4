#include "sensor/confinement.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <system_error>

#include "sensor/terminal.h"

#if defined(__SANITIZE_ADDRESS__)
#define GHOSTPORT_CHECKS_LEAKS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GHOSTPORT_CHECKS_LEAKS
#endif
#endif

namespace ghostport {
namespace {

std::string why(int error) { return std::generic_category().message(error); }

// Of later kernels than the headers here know (landlock(7)): truncating is of version 3, TCP of 4, signals of 6.
constexpr std::uint64_t kTruncate = 1U << 14;
constexpr std::uint64_t kTcp = 1U << 0 | 1U << 1;  // bind and connect
constexpr std::uint64_t kSignals = 1U << 1;

struct Ruleset {
  std::uint64_t files;
  std::uint64_t tcp;
  std::uint64_t scoped;
};

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kOfFiles = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;
constexpr std::uint64_t kWrite = kRead | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER;
constexpr const char* kOfTheSystem[] = {"/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/dev", "/run/systemd"};
constexpr const char* kWritten[] = {"/dev/null", "/dev/hugepages", "/run/dpdk"};  // the last two are DPDK's

class LandlockRules {
 public:
  LandlockRules() {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
      fault_ = errno;
      return;
    }
    constexpr std::uint64_t kFirst = (1U << 13) - 1;  // everything of version 1
    all_ = kFirst | (version >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (version >= 3 ? kTruncate : 0);
    keeps_tcp_ = version >= 4;
    const Ruleset wanted{all_, keeps_tcp_ ? kTcp : 0, version >= 6 ? kSignals : 0};
    const std::size_t size = version >= 6   ? sizeof wanted
                             : version >= 4 ? offsetof(Ruleset, scoped)
                                            : offsetof(Ruleset, tcp);
    rules_ = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, size, 0));
    if (rules_ < 0) fault_ = errno;
  }
  ~LandlockRules() {
    if (rules_ >= 0) (void)::close(rules_);
  }
  LandlockRules(const LandlockRules&) = delete;
  LandlockRules& operator=(const LandlockRules&) = delete;

  /// What is not there needs no rule.
  void allow(const std::string& path, std::uint64_t access) {
    const int place = ::open(path.c_str(), O_PATH | O_CLOEXEC);
    if (place < 0) return;
    struct stat status {};
    if (::fstat(place, &status) == 0 && !S_ISDIR(status.st_mode)) access &= kOfFiles;
    const landlock_path_beneath_attr rule{access & all_, place};
    if (::syscall(SYS_landlock_add_rule, rules_, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) fault_ = errno;
    (void)::close(place);
  }

  [[nodiscard]] int descriptor() const noexcept { return rules_; }
  [[nodiscard]] bool keeps_tcp() const noexcept { return keeps_tcp_; }
  [[nodiscard]] int fault() const noexcept { return fault_; }

 private:
  std::uint64_t all_ = 0;
  int rules_ = -1;
  int fault_ = 0;
  bool keeps_tcp_ = false;
};

// Landlock and no-new-privs are each thread's own, and DPDK's, the outputs' and the HTTP server's threads run already:
// a signal has each of them confine itself, as the C library does it for setuid.
std::atomic<int> rules_of_all{-1};
std::atomic<int> answers{0};
std::atomic<int> refusals{0};

void confine_this_thread(int) {
  const int kept = errno;
  const bool done = prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0 &&
                    ::syscall(SYS_landlock_restrict_self, rules_of_all.load(), 0) == 0;
  if (!done) refusals.fetch_add(1);
  errno = kept;
  answers.fetch_add(1);
}

std::set<pid_t> threads() {
  std::set<pid_t> result;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/task"), ::closedir);
  if (folder == nullptr) return result;
  while (const dirent* const entry = ::readdir(folder.get())) {
    if (const int id = std::atoi(entry->d_name); id > 0) result.insert(id);
  }
  return result;
}

/// How many threads could not be reached, or were refused.
int confine_every_thread(int rules) {
  rules_of_all = rules;
  const int number = SIGRTMAX - 2;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = confine_this_thread;
  action.sa_flags = SA_RESTART;
  (void)sigaction(number, &action, &before);
  std::set<pid_t> asked{static_cast<pid_t>(::syscall(SYS_gettid))};
  int unreached = 0;
  for (bool news = true; news;) {
    news = false;
    for (const pid_t thread : threads()) {
      if (!asked.insert(thread).second) continue;
      news = true;
      const int answered = answers.load();
      if (::syscall(SYS_tgkill, ::getpid(), thread, number) != 0) continue;  // it has ended
      constexpr int kPatience = 10'000;                                      // times 100 us
      int waited = 0;
      while (answers.load() == answered && ++waited < kPatience) ::usleep(100);
      if (waited == kPatience) ++unreached;
    }
  }
  confine_this_thread(0);
  if (unreached == 0) (void)sigaction(number, &before, nullptr);  // else a late answer would end the process
  return unreached + refusals.load();
}

// By what they are for; what is not here is refused.
constexpr int kSystemCalls[] = {
    // bytes, and what waits for them
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64),
    SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2), SCMP_SYS(dup), SCMP_SYS(dup2), SCMP_SYS(dup3), SCMP_SYS(fcntl), SCMP_SYS(ioctl),
    SCMP_SYS(signalfd4), SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime), SCMP_SYS(timerfd_gettime),
    // files
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(fstat), SCMP_SYS(lstat), SCMP_SYS(newfstatat),
    SCMP_SYS(statx), SCMP_SYS(statfs), SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(rename),
    SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(fadvise64), SCMP_SYS(flock), SCMP_SYS(fchmod),
    SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(umask),
    // sockets; which families is said below
    SCMP_SYS(bind), SCMP_SYS(connect), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(sendto),
    SCMP_SYS(sendmsg), SCMP_SYS(sendmmsg), SCMP_SYS(sendfile), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg), SCMP_SYS(setsockopt), SCMP_SYS(getsockopt), SCMP_SYS(getsockname), SCMP_SYS(getpeername),
    SCMP_SYS(shutdown), SCMP_SYS(socketpair),
    // memory; none that becomes code
    SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(memfd_create), SCMP_SYS(mlock),
    SCMP_SYS(munlock), SCMP_SYS(mbind), SCMP_SYS(get_mempolicy), SCMP_SYS(set_mempolicy), SCMP_SYS(membarrier),
    // threads, signals, time
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(set_tid_address), SCMP_SYS(arch_prctl),
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(prctl),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(tgkill),
    SCMP_SYS(restart_syscall), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getcpu),
    // who and where we are
    SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getppid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(capget), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(getrandom), SCMP_SYS(getrusage),
    SCMP_SYS(getrlimit), SCMP_SYS(prlimit64)};
constexpr int kFamilies[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_XDP};

/// Zero, or the error.
int leave_system_calls(bool bpf) {
  const std::unique_ptr<void, void (*)(scmp_filter_ctx)> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)), seccomp_release);
  if (filter == nullptr) return ENOMEM;
  int error = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  const auto add = [&](std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
    const int result = seccomp_rule_add_array(filter.get(), action, call, static_cast<unsigned>(conditions.size()),
                                              conditions.begin());
    if (error == 0) error = result;
  };
  const auto has = [](unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return scmp_arg_cmp{argument, SCMP_CMP_MASKED_EQ, mask, value};
  };
  for (const int call : kSystemCalls) add(SCMP_ACT_ALLOW, call, {});
  for (const int family : kFamilies)
    add(SCMP_ACT_ALLOW, SCMP_SYS(socket), {{0, SCMP_CMP_EQ, static_cast<std::uint64_t>(family), 0}});
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) add(SCMP_ACT_ALLOW, call, {has(2, PROT_EXEC, 0)});
  add(SCMP_ACT_ALLOW, SCMP_SYS(clone), {has(0, CLONE_THREAD, CLONE_THREAD)});
  add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), {});  // its flags cannot be read here: the C library then takes clone
  if (bpf) add(SCMP_ACT_ALLOW, SCMP_SYS(bpf), {});
  return error == 0 ? -seccomp_load(filter.get()) : -error;
}

}  // namespace

std::string confine(const Confinement& confinement) {
#ifdef GHOSTPORT_CHECKS_LEAKS
  // The sanitizer's own check at the end starts a process and reads this one's memory.
  (void)confinement;
  return "not confined: this build checks its memory";
#endif
  LandlockRules rules;
  std::string text;
  if (rules.fault() == 0) {
    for (const char* const path : kOfTheSystem) rules.allow(path, kRead);
    for (const char* const path : kWritten) rules.allow(path, kWrite);
    for (const std::string& path : confinement.reads) rules.allow(path, kRead);
    for (const std::string& path : confinement.writes) rules.allow(path, kWrite);
  }
  if (rules.fault() != 0) {
    text =
        "confined, but without Landlock (" + why(rules.fault()) + "): files are as open as to any process of this user";
  } else if (const int bare = confine_every_thread(rules.descriptor()); bare != 0) {
    text = "confined, but Landlock does not hold for " + counted(static_cast<std::uint64_t>(bare), "thread");
  } else {
    text =
        "confined: files are read only where the configuration, its includes and the system are, and written only "
        "where "
        "outputs and the control socket are";
    if (rules.keeps_tcp()) text += ", nobody is connected to by TCP";
  }
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L);
  const int error = leave_system_calls(confinement.loads_bpf);
  return text + (error == 0
                     ? ", no program is started; " + std::to_string(std::size(kSystemCalls)) + " system calls are left"
                     : "; system calls are not restricted: " + why(error));
}

}  // namespace ghostport
