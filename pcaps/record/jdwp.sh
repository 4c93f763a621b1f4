#!/usr/bin/env bash
# Records a Java program open to debuggers: jdb attaches on 3248/tcp; a web browser's request goes there on 3237/tcp,
# and on 3238/tcp a program calls the debugger that waits for it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openjdk-17-jdk-headless openjdk-17-jdk-headless curl

serve_program() {
  cat >"$dir/Sleeper.java" <<'JAVA'
class Sleeper { public static void main(String[] words) throws Exception { Thread.sleep(60000); } }
JAVA
  javac -d "$dir" "$dir/Sleeper.java"
  # Each connection but the listener's own is refused until a debugger speaks; the program runs on.
  serve java -XX:-UsePerfData -cp "$dir" "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=$kServer4:$port" Sleeper
}

begin jdwp-on-3248 3248 tcp
serve_program
talk sh -c "(sleep 3; echo quit) | jdb -J-XX:-UsePerfData -attach $kServer4:$port"
end_capture
write_case "a Java program open to debuggers is named at its handshake" "$(named jdwp)"

begin jdwp-asked-http-on-3237 3237 tcp
silent=1
serve_program
client_package=curl
talk sh -c "! curl -sS -m 5 http://$kServer4:$port/"
end_capture
write_case "a debugging port closes on a web request without a word, so that only the question is known" \
  "{verdict: listener, asked: http, dest_port: $port, proto: TCP, role_basis: syn}"

begin jdwp-calls-out-on-3238 3238 tcp
client_package=openjdk-17-jdk-headless
cat >"$dir/Sleeper.java" <<'JAVA'
class Sleeper { public static void main(String[] words) throws Exception { Thread.sleep(2000); } }
JAVA
javac -d "$dir" "$dir/Sleeper.java"
serve sh -c "(sleep 20) | jdb -J-XX:-UsePerfData -connect com.sun.jdi.SocketListen:port=$port,localAddress=$kServer4"
talk sh -c "java -XX:-UsePerfData -cp $dir -agentlib:jdwp=transport=dt_socket,server=n,address=$kServer4:$port Sleeper & sleep 2; kill -KILL \$!"
end_capture
write_case "a Java program that calls its debugger on a ghost port is named at the debugger's handshake" \
  "$(named jdwp)"
