#!/usr/bin/env bash
# Records python3-hl7's MLLP server: a message acknowledged on 3237/tcp, and one rejected on 3238/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need python3-hl7 python3-hl7

record() { # CASE PORT ACKNOWLEDGEMENT WHY
  begin "$1" "$2" tcp
  cat >"$dir/server.py" <<PYTHON
import asyncio
from hl7.mllp import start_hl7_server
async def answer(reader, writer):
    message = await reader.readmessage()
    writer.writemessage(message.create_ack("$3"))
    await writer.drain()
    writer.close()
async def main():
    async with await start_hl7_server(answer, "$kServer4", $port) as server:
        await server.serve_forever()
asyncio.run(main())
PYTHON
  printf '%s\r' 'MSH|^~\&|WARD|CLIENT|LAB|SERVER|20260102030405||ADT^A01|1|P|2.5' 'PID|1||4711^^^GHOST||Visitor^Made^Up' >"$dir/message"
  serve python3 "$dir/server.py"
  talk mllp_send --loose --file "$dir/message" --port "$port" $kServer4
  end_capture
  write_case "$4" "$(named hl7)"
}

record hl7-on-3237 3237 AA "a hospital's message server on a ghost port is named at its acknowledgement"
record hl7-rejected-on-3238 3238 AR "a hospital's message server that rejects what it gets is named all the same"
