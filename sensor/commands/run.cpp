#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sensor/commands/commands.h"
#include "sensor/running_sensor.h"

namespace ghostport {

int run_command(const RunOptions& options, std::chrono::steady_clock::time_point) {
  // Before any other thread, which then inherits the mask.
  sigset_t set;
  sigemptyset(&set);
  for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&set, one);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

  RunningSensor sensor(options);
  int status = sensor.start();
  if (status == kDone) {
    sensor.loop(signals);
    status = sensor.stop();
  }
  ::close(signals);
  return status;
}

}  // namespace ghostport
