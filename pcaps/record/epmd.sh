#!/usr/bin/env bash
# Records Erlang's port mapper, which has no name here: the nodes that it knows on 3238/tcp, and one that it does not on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need erlang-base erlang-base

record() { # CASE PORT EXPRESSION WHY
  begin "$1" "$2" tcp
  serve epmd -port "$port" -address $kServer4
  talk env ERL_EPMD_PORT="$port" erl -noinput -start_epmd false -eval "io:format(\"~p~n\", [$3]), halt()."
  end_capture
  write_case "$4" "{verdict: unrecognized, dest_port: $port, proto: TCP, side: server, role_basis: syn}"
}

record epmd-on-3238 3238 'erl_epmd:names({10,77,0,1})' "Erlang's port mapper has no name here, and its list of nodes is not taken for anything else"
record epmd-unknown-on-3248 3248 'erl_epmd:port_please("nobody", {10,77,0,1})' "Erlang's port mapper has no name here, nor have the two bytes that it says of an unknown node"
