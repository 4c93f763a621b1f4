#!/usr/bin/env bash
# Records an Apache Thrift server: a call on 3237/tcp, and one of a function it does not have on 3239/tcp, framed;
# and calls in the compact protocol on 3238/tcp and 3248/tcp and in JSON on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need python3-thrift python3-thrift thrift-compiler

record() { # CASE PORT TRANSPORT PROTOCOL FUNCTION WHY [AWAITS]
  begin "$1" "$2" tcp
  echo 'service Adder { i32 add(1: i32 left, 2: i32 right) i32 add_numbers(1: i32 left, 2: i32 right) }' >"$dir/adder.thrift"
  echo 'service Adder { i32 add(1: i32 left, 2: i32 right) i32 add_numbers(1: i32 left, 2: i32 right)
  i32 divide(1: i32 left, 2: i32 right) }' >"$dir/newer.thrift"
  thrift --gen py -out "$dir" "$dir/adder.thrift"
  mkdir "$dir/newer"
  thrift --gen py -out "$dir/newer" "$dir/newer.thrift"
  cat >"$dir/server.py" <<PYTHON
from thrift.protocol import T$4Protocol
from thrift.server import TServer
from thrift.transport import TSocket, TTransport
from adder import Adder
class Handler:
    def add(self, left, right): return left + right
    def add_numbers(self, left, right): return left + right
TServer.TSimpleServer(Adder.Processor(Handler()), TSocket.TServerSocket("$kServer4", $port),
    TTransport.T$3TransportFactory(), T$4Protocol.T$4ProtocolFactory()).serve()
PYTHON
  cat >"$dir/newer/client.py" <<PYTHON
from thrift.protocol import T$4Protocol
from thrift.Thrift import TApplicationException
from thrift.transport import TSocket, TTransport
from newer import Adder
transport = TTransport.T$3Transport(TSocket.TSocket("$kServer4", $port))
transport.open()
try:
    print(Adder.Client(T$4Protocol.T$4Protocol(transport)).$5(40, 2))
except TApplicationException as exception:
    print(exception)
transport.close()
PYTHON
  serve python3 "$dir/server.py"
  talk python3 "$dir/newer/client.py"
  end_capture
  write_case "$6" "$(named thrift)"
}

record thrift-on-3237 3237 Buffered Binary add "a Thrift server on a ghost port is named at its reply"
record thrift-unknown-on-3239 3239 Framed Binary divide "a framed Thrift server is named at the exception for a function that it does not have"
record thrift-compact-on-3238 3238 Framed Compact add_numbers \
  "a Thrift server that speaks the compact protocol is named at its reply"
record thrift-compact-short-on-3248 3248 Framed Compact add \
  "a Thrift server is named by the compact protocol's frame, though its function's name is short"
record thrift-json-on-3248 3248 Buffered JSON add \
  "a Thrift server that speaks the JSON protocol is named at its reply"
