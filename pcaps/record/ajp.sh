#!/usr/bin/env bash
# Records Tomcat's AJP connector: a page for ajpy on 3237/tcp, and on 3238/tcp a request without the secret, refused.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need tomcat10 python3-ajpy

get_page() { # CONNECTOR_SETTINGS
  mkdir -p "$dir/conf" "$dir/logs" "$dir/temp" "$dir/webapps/ROOT"
  echo "one page" >"$dir/webapps/ROOT/page.txt"
  cp /etc/tomcat10/web.xml "$dir/conf"
  cat >"$dir/conf/server.xml" <<CONFIG
<Server port="-1"><Service name="Catalina">
  <Connector protocol="AJP/1.3" address="$kServer4" port="$port" $1/>
  <Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine>
</Service></Server>
CONFIG
  cat >"$dir/client.py" <<PYTHON
import socket
from ajpy.ajp import AjpForwardRequest, AjpResponse, NotFoundException
request = AjpForwardRequest(AjpForwardRequest.SERVER_TO_CONTAINER)
request.method, request.protocol, request.req_uri = AjpForwardRequest.GET, "HTTP/1.1", "/page.txt"
request.remote_addr, request.remote_host, request.server_name = "$kClient4", "", "server.ghost.test"
request.server_port, request.is_ssl = 80, False
request.request_headers = {"SC_REQ_HOST": "server.ghost.test"}
request.attributes = []
connection = socket.create_connection(("$kServer4", $port))
for answer in request.send_and_receive(connection, connection.makefile("rb"), False):
    print(answer.prefix_code, getattr(answer, "http_status_code", ""))
PYTHON
  serve env CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE="$dir" /usr/share/tomcat10/bin/catalina.sh run
  talk python3 "$dir/client.py"
  end_capture
}

begin ajp-on-3237 3237 tcp
get_page 'secretRequired="false"'
write_case "a servlet container's inner port on a ghost port is named at its answer" "$(named ajp)"

begin ajp-refused-on-3238 3238 tcp
get_page 'secret="a secret"'
write_case "a servlet container that refuses who lacks its secret is named at the refusal" "$(named ajp)"
