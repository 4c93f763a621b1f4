#!/usr/bin/env bash
# Records shells given away by socat: with a terminal on 3239/tcp, without one on 3238/tcp, idle on 3237/tcp, and on
# 3248/tcp one that calls out and bash.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need socat socat

# Where the shell's first lines are cut into segments differs from one recording to the next: no packet is expected.
by_server() {
  printf '{verdict: unexpected, service: shell, dest_port: %s, proto: TCP, side: server, role_basis: syn}' "$port"
}

# type_to COMMAND_LINE...: a visitor types the lines, a little apart.
type_to() {
  printf '%s\n' "$@" >"$dir/typed"
  talk sh -c "while read -r line; do sleep 0.3; echo \"\$line\"; done <$dir/typed | socat -t1 - TCP:$kServer4:$port"
}

begin shell-on-3239 3239 tcp
serve socat TCP-LISTEN:"$port",bind=$kServer4,reuseaddr "EXEC:/bin/sh -i,pty,stderr,setsid,sane"
type_to id 'uname -n' exit
end_capture
write_case "a shell with a terminal that waits on a ghost port is named at its prompt" "$(by_server)"

begin shell-without-terminal-on-3238 3238 tcp
serve socat TCP-LISTEN:"$port",bind=$kServer4,reuseaddr EXEC:/bin/sh,stderr
type_to id 'uname -n' exit
end_capture
write_case "a shell without terminal and prompt is named at the output of its first commands" "$(by_server)"

begin shell-idle-on-3237 3237 tcp
silent=1
serve socat TCP-LISTEN:"$port",bind=$kServer4,reuseaddr EXEC:/bin/sh,stderr
talk socat -T2 EXEC:'sleep 2' TCP:$kServer4:"$port"
end_capture
write_case "a shell that nobody has typed to says nothing, so that the port listens and that is all that is known" \
  "{verdict: listener, dest_port: $port, proto: TCP, role_basis: syn}"

begin shell-reverse-on-3248 3248 tcp
printf '#!/bin/sh\nsleep 1; echo id; sleep 1; echo exit\n' >"$dir/visitor"
chmod +x "$dir/visitor"
serve socat -t2 TCP-LISTEN:"$port",bind=$kServer4,reuseaddr EXEC:"$dir/visitor"
talk socat TCP:$kServer4:"$port" "EXEC:/bin/sh -i,pty,stderr,setsid,sane"
end_capture
write_case "a shell that calls out to a ghost port is named by its prompt, although the port itself only types" \
  "{verdict: unexpected, service: shell, dest_port: $port, proto: TCP, role_basis: syn}"

begin shell-bash-on-3248 3248 tcp
serve socat TCP-LISTEN:"$port",bind=$kServer4,reuseaddr "EXEC:'/bin/bash --norc -i',pty,stderr,setsid,sane"
type_to id exit
end_capture
write_case "bash with its own prompt and terminal codes on a ghost port is named at its prompt" "$(by_server)"
