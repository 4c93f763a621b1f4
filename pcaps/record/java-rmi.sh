#!/usr/bin/env bash
# Records a Java RMI registry: a lookup that lists nothing on 3237/tcp, and one of an unknown name on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need openjdk-17-jdk-headless openjdk-17-jdk-headless

record() { # CASE PORT CALL WHY
  begin "$1" "$2" tcp
  cat >"$dir/Lookup.java" <<JAVA
import java.rmi.registry.*;
class Lookup {
  public static void main(String[] words) throws Exception {
    Registry registry = LocateRegistry.getRegistry("$kServer4", $port);
    try { registry.$3; } catch (Exception thrown) { System.out.println(thrown); }
    System.exit(0);
  }
}
JAVA
  javac -d "$dir" "$dir/Lookup.java"
  serve rmiregistry -J-XX:-UsePerfData "$port"
  talk java -XX:-UsePerfData -cp "$dir" Lookup
  end_capture
  write_case "$4" "$(named java-rmi)"
}

record java-rmi-on-3237 3237 'list()' "a Java RMI registry on a ghost port is named at its acknowledgement"
record java-rmi-unknown-on-3239 3239 'lookup("nothing")' "a Java RMI registry that throws an exception at an unknown name is named all the same"
