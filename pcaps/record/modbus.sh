#!/usr/bin/env bash
# Records pymodbus's server: registers for mbpoll on 3239/tcp, an address it does not have on 3238/tcp, and
# registers over UDP on 3248/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need python3-pymodbus mbpoll python3-serial-asyncio

read_registers() { # FIRST COUNT
  cat >"$dir/server.py" <<PYTHON
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartTcpServer
registers = ModbusSequentialDataBlock(1, [17, 18, 19, 20])
StartTcpServer(context=ModbusServerContext(ModbusSlaveContext(hr=registers), single=True), address=("$kServer4", $port))
PYTHON
  serve python3 "$dir/server.py"
  talk sh -c "mbpoll -m tcp -p $port -a 1 -t 4 -r $1 -c $2 -1 $kServer4 || true"
  end_capture
}

begin modbus-on-3239 3239 tcp
read_registers 1 4
write_case "a Modbus server on a ghost port is named at its answer" "$(named modbus)"

begin modbus-exception-on-3238 3238 tcp
read_registers 100 4
grep -q 'Illegal data address' "$dir/client.log" || fail "no exception for an address that is not there"
write_case "a Modbus server that answers with an exception alone is named at it" "$(named modbus)"

begin modbus-on-3248-udp 3248 udp
cat >"$dir/client.py" <<PYTHON
from pymodbus.client import ModbusUdpClient
print(ModbusUdpClient("$kServer4", port=$port).read_holding_registers(0, 4, slave=1).registers)
PYTHON
cat >"$dir/server.py" <<PYTHON
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartUdpServer
registers = ModbusSequentialDataBlock(1, [17, 18, 19, 20])
StartUdpServer(context=ModbusServerContext(ModbusSlaveContext(hr=registers), single=True), address=("$kServer4", $port))
PYTHON
client_package=python3-pymodbus
serve python3 "$dir/server.py"
talk python3 "$dir/client.py"
end_capture
write_case "a Modbus server over UDP is named at its answer" "$(named modbus)"
