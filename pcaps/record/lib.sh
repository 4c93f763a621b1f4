# shellcheck shell=bash
# Records a real server on a ghost port: two network namespaces joined by a veth pair, tcpdump beside
# the server, a real client, then a case folder in pcaps/recorded. Sourced by the recorders here.
# A recorder calls, in this order: need; then for each case begin, serve, talk, end_capture, write_case.

readonly kServer4=10.77.0.1 kClient4=10.77.0.2 kServer6=fd77::1 kClient6=fd77::2
readonly kMaxBytes=65536
recorder=$(basename "$0")
recorded=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/recorded
server_netns=ghostport-server-$$
client_netns=ghostport-client-$$
dir='' # throw-away directory of the case being recorded
case_name='' port='' transport='' server_pid='' tcpdump_pid=''
server_command='' client_command='' server_package='' client_package=''

fail() {
  printf '%s: %s\n' "$recorder" "$*" >&2
  exit 1
}

# need SERVER_PACKAGE CLIENT_PACKAGE [PACKAGE...]: installs what is missing; no daemon starts.
need() {
  [[ $EUID -eq 0 ]] || fail "run me as root"
  server_package=$1 client_package=$2
  local package missing=()
  for package in "$@" tcpdump ethtool iproute2; do
    version_of "$package" >/dev/null || missing+=("$package")
  done
  if ((${#missing[@]})); then
    install_without_starting "${missing[@]}" >&2
  fi
}

# A subshell, so that its trap brings back the machine's own policy-rc.d whatever happens.
install_without_starting() (
  policy=/usr/sbin/policy-rc.d
  kept=$policy.before-ghostport
  [[ ! -e $policy || -e $kept ]] || mv "$policy" "$kept"
  trap 'rm -f "$policy"; [[ ! -e $kept ]] || mv "$kept" "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=600 "$@"
)

version_of() { # PACKAGE -> "name version"; fails where it is not installed
  local answer
  answer=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}' "$1" 2>/dev/null) &&
    [[ $answer == 'installed '* ]] && printf '%s' "${answer#installed }"
}

# begin CASE PORT tcp|udp: the network and the running capture.
begin() {
  case_name=$1 port=$2 transport=$3
  trap clean_up EXIT
  trap 'exit 130' INT
  dir=$(mktemp -d)
  chmod 711 "$dir" # servers that give up root still reach their files
  make_network
  start_capture
}

make_network() {
  ip netns add "$server_netns"
  ip netns add "$client_netns"
  ip -n "$server_netns" link add veth0 address 02:00:00:00:00:01 type veth \
    peer name veth0 address 02:00:00:00:00:02 netns "$client_netns"
  local netns
  for netns in "$server_netns" "$client_netns"; do
    # Checksums and segments as on a wire: nothing is left for a network card that is not there.
    ip netns exec "$netns" ethtool -K veth0 tx off tso off gso off gro off >/dev/null
    ip -n "$netns" link set lo up
    ip -n "$netns" link set veth0 up
  done
  ip -n "$server_netns" address add $kServer4/24 dev veth0
  ip -n "$client_netns" address add $kClient4/24 dev veth0
  ip -n "$server_netns" address add $kServer6/64 dev veth0 nodad
  ip -n "$client_netns" address add $kClient6/64 dev veth0 nodad
}

start_capture() {
  ip netns exec "$server_netns" tcpdump -Z root --immediate-mode -U -s 0 -nn -i veth0 \
    -w "$dir/$case_name.pcap" "$transport port $port" 2>"$dir/tcpdump.log" &
  tcpdump_pid=$!
  wait_until "tcpdump listens" grep -qs '^tcpdump: listening' "$dir/tcpdump.log"
}

wait_until() { # WHAT COMMAND...: tries for ten seconds
  local what=$1 attempt
  shift
  for ((attempt = 0; attempt < 100; attempt++)); do
    "$@" && return
    sleep 0.1
  done
  fail "waited in vain until $what"
}

# Becomes COMMAND in a namespace, with a host name and a /run of its own and a bare environment, so that
# neither this machine's name and settings get into the capture nor the server's files onto the machine.
become() { # NAMESPACE HOST_NAME COMMAND...
  local netns=$1 host_name=$2
  shift 2
  # shellcheck disable=SC2016 # the inner shell expands these
  exec ip netns exec "$netns" unshare --uts sh -c '
    hostname "$1" && mount -t tmpfs tmpfs /run && home=$2 && shift 2 &&
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME="$home" "$@"' \
    sh "$host_name" "$dir" "$@"
}

# make_certificate: a self-signed certificate.pem and its key.pem in $dir.
make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj /CN=server.ghost.test -keyout "$dir/key.pem" -out "$dir/certificate.pem" 2>"$dir/openssl.log"
}

# serve COMMAND...: starts the server in the foreground of its namespace; it must stay there.
# Its readiness is read from the socket table, so that the capture holds the client's flow alone.
serve() {
  server_command=$(show_command "$@")
  become "$server_netns" server.ghost.test "$@" >"$dir/server.log" 2>&1 </dev/null &
  server_pid=$!
  wait_until "the server listens on $port/$transport" server_listens
}

server_listens() {
  kill -0 "$server_pid" 2>/dev/null || fail "the server ended before it listened"
  [[ -n $(ip netns exec "$server_netns" ss -Hnl "--$transport" "sport = :$port") ]]
}

# talk COMMAND...: runs the client to its end; a client that fails ends the recording.
talk() {
  client_command=$(show_command "$@")
  (become "$client_netns" client.ghost.test timeout --foreground 30 "$@") >"$dir/client.log" 2>&1 </dev/null ||
    fail "the client failed: $client_command"
}

# end_capture: waits until the line is quiet, then stops the capture and proves it fit to keep.
end_capture() {
  local file=$dir/$case_name.pcap size=-1
  until [[ $(stat -c %s "$file") -eq $size ]]; do
    size=$(stat -c %s "$file")
    sleep 0.5
  done
  stop "$tcpdump_pid"
  tcpdump_pid=''
  grep -q '^0 packets dropped by kernel' "$dir/tcpdump.log" || fail "the capture lost packets"
  ((size <= kMaxBytes)) || fail "the capture has $size bytes, more than $kMaxBytes"
  if tcpdump -nn -vv -r "$file" 2>/dev/null | grep -E 'incorrect|bad [a-z]* *cksum'; then
    fail "the capture holds wrong checksums"
  fi
  [[ -n $(first_server_packet) ]] || fail "the server said nothing"
}

# Number, counted from 1, of the first packet with payload from the server.
first_server_packet() {
  tcpdump -nn -q --number -r "$dir/$case_name.pcap" 2>/dev/null |
    awk -v from="\\.$port\$" '!found && $4 ~ from && $NF > 0 { print $1; found = 1 }'
}

# write_case WHY EXPECTATION...: puts capture and case.yaml into their folder and takes everything down.
write_case() {
  local why=$1 folder=$recorded/$case_name packets
  shift
  packets=$(tcpdump -nn -r "$dir/$case_name.pcap" 2>/dev/null | wc -l)
  {
    printf 'why: %s\n' "$why"
    printf 'pcap: %s.pcap\n' "$case_name"
    printf 'made-by: pcaps/record/%s\n' "$recorder"
    printf 'provenance:\n'
    printf '  server: %s\n' "$(quote "$(version_of "$server_package")")"
    printf '  server-command: %s\n' "$(quote "$server_command")"
    printf '  client: %s\n' "$(quote "$(version_of "$client_package")")"
    printf '  client-command: %s\n' "$(quote "$client_command")"
    printf '  capture: %s\n' "$(quote "$(version_of tcpdump), on the server's veth, $transport port $port")"
    printf '  recorded: %s\n' "$(quote "$(date -u +%FT%TZ)")"
    printf 'config: {watch: ghost}\n'
    printf 'expect:\n'
    printf '  - %s\n' "$@"
  } >"$dir/case.yaml"
  mkdir -p "$folder"
  install -m 644 "$dir/$case_name.pcap" "$dir/case.yaml" "$folder/"
  chown -R --reference="$recorded/.." "$recorded" # with sudo, the files are the caller's
  printf 'pcaps/recorded/%s: %d packets, %d bytes; %s answered %s\n' "$case_name" "$packets" \
    "$(stat -c %s "$folder/$case_name.pcap")" "$(version_of "$server_package")" "$(version_of "$client_package")"
  tear_down
}

show_command() { # a command line as one would type it, the throw-away directory shown as $dir
  local word line=''
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]] || word=${word@Q}
    line+=" $word"
  done
  printf '%s' "${line:1}" | sed "s|$dir|\$dir|g"
}

quote() { # a YAML single-quoted scalar
  printf "'%s'" "${1//\'/\'\'}"
}

stop() { # PID: asks, waits up to five seconds, then insists
  local pid=$1 attempt
  kill "$pid" 2>/dev/null || true
  for ((attempt = 0; attempt < 50; attempt++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

tear_down() {
  local netns pid
  [[ -z $tcpdump_pid ]] || stop "$tcpdump_pid"
  [[ -z $server_pid ]] || stop "$server_pid"
  tcpdump_pid='' server_pid=''
  for netns in "$server_netns" "$client_netns"; do
    [[ -e /run/netns/$netns ]] || continue
    for pid in $(ip netns pids "$netns"); do # children that outlived their server or client
      kill -KILL "$pid" 2>/dev/null || true
    done
    ip netns delete "$netns"
  done
  [[ -z $dir ]] || rm -rf "$dir"
  dir=''
}

clean_up() { # on every exit; after a failure the logs come first
  local status=$?
  trap - EXIT
  set +e
  if ((status != 0)) && [[ -n $dir ]]; then
    tail -n 20 "$dir"/*.log >&2
  fi
  tear_down
  exit "$status"
}
