#!/usr/bin/env bash
# Records a beanstalkd work queue, spoken to through ncat: a job put and reserved on 3237/tcp, an unknown command on 3238/tcp.
# Its protocol has no service name: both are unrecognized.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need beanstalkd ncat

record() { # CASE PORT LINES WHY
  begin "$1" "$2" tcp
  serve beanstalkd -l $kServer4 -p "$port"
  talk sh -c "{ printf '$3'; sleep 1; } | ncat $kServer4 $port"
  end_capture
  write_case "$4" "{verdict: unrecognized, dest_port: $port, proto: TCP, role_basis: syn}"
}

record beanstalkd-on-3237 3237 'put 0 0 60 5\r\nhello\r\nreserve\r\ndelete 1\r\nquit\r\n' \
  "a work queue whose protocol has no name here is unrecognized"
record beanstalkd-unknown-command-on-3238 3238 'greet\r\nquit\r\n' \
  "a work queue that understands nothing is unrecognized, not silent"
