#!/usr/bin/env bash
# Records a RabbitMQ server: one message over AMQP 0-9-1 on 3237/tcp, an HTTP request on 3238/tcp that it answers with
# its own protocol's header, one message over AMQP 1.0 on 3239/tcp; its STOMP plug-in: one message on 3239/tcp, a refused
# login on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need rabbitmq-server amqp-tools python3-stomp python3-qpid-proton curl

patience=60 # Erlang starts slowly

# As the user rabbitmq; its own node name and port mapper stay within the namespace.
start() { # LISTENER PLUGIN: amqp or stomp listens on the port; PLUGIN may be empty
  mkdir "$dir/rabbitmq"
  echo "[$2]." >"$dir/plugins"
  cat >"$dir/rabbitmq.conf" <<CONFIG
$1 = $kServer4:$port
loopback_users = none
default_user = visitor
default_pass = visitor
CONFIG
  chown rabbitmq "$dir/rabbitmq"
  serve setpriv --reuid=rabbitmq --regid=rabbitmq --clear-groups env HOME="$dir/rabbitmq" \
    RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$dir/plugins" \
    RABBITMQ_MNESIA_BASE="$dir/rabbitmq" RABBITMQ_LOG_BASE="$dir/rabbitmq" RABBITMQ_NODENAME=rabbit@localhost \
    RABBITMQ_PID_FILE="$dir/rabbitmq/pid" /usr/lib/rabbitmq/bin/rabbitmq-server
  wait_until "its plug-ins run" grep -q 'completed with' "$dir/server.log" # it listens before
}

send() { # PASSWORD: over STOMP
  talk python3 -c "import stomp
connection = stomp.Connection12([('$kServer4', $port)], reconnect_attempts_max=1)
try:
    connection.connect('visitor', '$1', wait=True)
    connection.send('/queue/greeting', 'hello')
    connection.disconnect(receipt='last')
except stomp.exception.ConnectFailedException:
    print('refused')"
}

begin amqp-on-3237 3237 tcp
start listeners.tcp.1 ''
talk amqp-publish --url="amqp://visitor:visitor@$kServer4:$port/%2f" -r greeting -b hello
end_capture
write_case "a RabbitMQ server on a ghost port is named at its first method" "$(named amqp)"

begin amqp-asked-http-on-3238 3238 tcp
start listeners.tcp.1 ''
client_package=curl
talk sh -c "! curl -sS --max-time 5 http://$kServer4:$port/"
end_capture
write_case "a RabbitMQ server names itself to a client that speaks HTTP, by answering with its own header" \
  "{verdict: unexpected, service: amqp, asked: http, dest_port: $port, proto: TCP, side: server, role_basis: syn, packet: $(first_server_packet)}"

begin amqp1-on-3239 3239 tcp
start listeners.tcp.1 rabbitmq_amqp1_0
client_package=python3-qpid-proton
talk python3 -c "from proton import Message
from proton.utils import BlockingConnection
connection = BlockingConnection('amqp://visitor:visitor@$kServer4:$port', timeout=10)
connection.create_sender('/queue/greeting').send(Message('hello'))
connection.close()"
end_capture
write_case "a RabbitMQ server spoken to over AMQP 1.0 is named at its header" "$(named amqp)"

begin stomp-on-3239 3239 tcp
start stomp.listeners.tcp.1 rabbitmq_stomp
client_package=python3-stomp
send visitor
end_capture
write_case "RabbitMQ's STOMP plug-in on a ghost port is named at its CONNECTED frame" "$(named stomp)"

begin stomp-refused-on-3248 3248 tcp
start stomp.listeners.tcp.1 rabbitmq_stomp
send wrong
grep -q refused "$dir/client.log" || fail "the login was not refused"
end_capture
write_case "RabbitMQ's STOMP plug-in is named by the ERROR frame that refuses its client" "$(named stomp)"
