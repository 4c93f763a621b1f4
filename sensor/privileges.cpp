#include "sensor/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ghostport {
namespace {

/// capset(2): there is no wrapper in the C library.
bool keep_capabilities(std::uint32_t wanted) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  data[0].effective = data[0].permitted = wanted;
  return syscall(SYS_capset, &header, data) == 0;
}

}  // namespace

Result<std::string> become_user(const std::string& user, const std::vector<std::string>& files) {
  const auto problem = [&](const std::string& what) {
    return Problem{"", 0, 0, "run-as: cannot become " + in_quotes(user) + ": " + what};
  };
  const auto why = [] { return std::generic_category().message(errno); };
  errno = 0;
  const passwd* const entry = getpwnam(user.c_str());
  if (entry == nullptr) return problem(errno == 0 ? "there is no such user" : why());
  const uid_t id = entry->pw_uid;
  const gid_t group = entry->pw_gid;
  if (geteuid() != 0 && geteuid() != id) return problem("only root may");
  if (geteuid() == 0) {
    for (const std::string& file : files) {
      struct stat status {};
      const bool ours = ::lstat(file.c_str(), &status) == 0 && (S_ISREG(status.st_mode) || S_ISSOCK(status.st_mode));
      // Devices, and what links lead to, stay as they are.
      if (ours && ::lchown(file.c_str(), id, group) != 0)
        return problem(file + " cannot be given to that user: " + why());
    }
    if (prctl(PR_SET_KEEPCAPS, 1L) != 0 || initgroups(user.c_str(), group) != 0 ||
        setresgid(group, group, group) != 0 || setresuid(id, id, id) != 0)
      return problem(why());
    if (!keep_capabilities(1U << CAP_NET_RAW | 1U << CAP_NET_ADMIN)) return problem(why());
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0) return problem(why());
  return "running as " + user + ", with CAP_NET_RAW and CAP_NET_ADMIN and no way to more";
}

}  // namespace ghostport
