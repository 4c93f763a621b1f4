#!/usr/bin/env bash
# Records distccd, which has no name here: a file compiled on 3237/tcp, and a client that it refuses on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need distcc distcc gcc libc6-dev

compile_there() { # ALLOWED_CLIENTS
  mkdir "$dir/distcc"
  echo 'int answer(void) { return 42; }' >"$dir/answer.c"
  serve distccd --daemon --no-detach --user nobody --enable-tcp-insecure --listen $kServer4 --port "$port" --allow "$1" --log-stderr --jobs 1
  talk sh -c "cd $dir && DISTCC_DIR=$dir/distcc DISTCC_HOSTS=$kServer4:$port DISTCC_FALLBACK=0 distcc gcc -g0 -c answer.c || true"
  end_capture
}

begin distcc-on-3237 3237 tcp
compile_there $kClient4
[[ -s $dir/answer.o ]] || fail "nothing was compiled"
write_case "a distcc server has no name here; its bytes match nothing, and are not taken for anything else" \
  "{verdict: unrecognized, dest_port: $port, proto: TCP, role_basis: syn}"

begin distcc-refused-on-3239 3239 tcp
silent=1
compile_there 10.77.0.9
write_case "a distcc server hangs up on who is not allowed, without a word" \
  "{verdict: listener, dest_port: $port, proto: TCP, role_basis: syn}"
