# shellcheck shell=bash
# Records a real server on a ghost port: two network namespaces joined by a veth pair, tcpdump beside
# the server, a real client, then a case folder in pcaps/recorded. Sourced by the recorders here.
# A recorder calls, in this order: need; then for each case begin, serve, talk, end_capture, write_case.

readonly kServer4=10.77.0.1 kClient4=10.77.0.2 kServer6=fd77::1 kClient6=fd77::2
readonly kMaxBytes=65536
readonly kNode=/var/cache/ghostport-record # of need_node
recorder=$(basename "$0")
recorded=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/recorded
server_netns=ghostport-server-$$
client_netns=ghostport-client-$$
dir='' # throw-away directory of the case being recorded
case_name='' port='' transport='' filter='' server_pid='' tcpdump_pid=''
server_command='' client_command='' server_package='' client_package=''
server_port=''         # where the server listens: the ghost port, or a port behind it
declare -A unpacked=() # by package of unpack: its name and version
patience=10            # seconds for a server to be ready; a recorder may set more
# A recorder may set these after begin: what the case lacks until it can pass; that the server says nothing.
awaits='' silent=''

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
# One recorder installs at a time, so that each brings back what it found.
install_without_starting() (
  policy=/usr/sbin/policy-rc.d
  exec {lock}<"${policy%/*}"
  flock "$lock"
  kept=$policy.before-ghostport
  [[ ! -e $policy || -e $kept ]] || mv "$policy" "$kept"
  trap 'rm -f "$policy"; [[ ! -e $kept ]] || mv "$kept" "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=600 "$@"
)

# need_node PACKAGE@VERSION...: like need for what Debian lacks, from npm; no package's own scripts are run. Kept outside
# of the throw-away directories; programs find them by NODE_PATH=$kNode/node_modules.
need_node() {
  need iproute2 iproute2
  command -v npm >/dev/null || install_without_starting nodejs npm >&2
  server_package=npm:$1 client_package=npm:${2:-$1}
  npm install --prefix "$kNode" --ignore-scripts --no-audit --no-fund --silent "$@" >&2
}

version_of() { # PACKAGE -> "name version"; fails where it is not installed
  local answer
  [[ $1 != npm:* ]] || { printf '%s from npm' "${1#npm:}" && return; }
  [[ -z ${unpacked[$1]:-} ]] || { printf '%s' "${unpacked[$1]}" && return; }
  answer=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}' "$1" 2>/dev/null) &&
    [[ $answer == 'installed '* ]] && printf '%s' "${answer#installed }"
}

# unpack SERVER_PACKAGE CLIENT_PACKAGE [PACKAGE...]: after begin, for packages that cannot be installed beside what this
# machine has; $with_unpacked in a shell command lays their files over /usr.
unpack() {
  server_package=$1 client_package=$2
  local package
  mkdir "$dir/packages"
  for package in "$@"; do
    [[ ! -e $(echo "$dir/packages/$package"_*.deb) ]] || continue
    (cd "$dir/packages" && apt-get download -qq -o APT::Sandbox::User=root "$package" 2>>"$dir/unpack.log")
    dpkg-deb -x "$dir/packages/$package"_*.deb "$dir/packages"
    unpacked[$package]="$package $(dpkg-deb -f "$dir/packages/$package"_*.deb Version)"
  done
  # shellcheck disable=SC2034 # the recorders use it
  with_unpacked="mount -t overlay overlay -o lowerdir=$dir/packages/usr:/usr /usr"
}

# begin CASE PORT tcp|udp [FILTER]: the network and the running capture; FILTER where more than one port speaks.
begin() {
  case_name=$1 port=$2 transport=$3 filter=${4:-$3 port $2} awaits='' silent='' server_port=$2
  trap clean_up EXIT
  trap 'exit 130' INT
  dir=$(mktemp -d)
  chmod 755 "$dir" # servers that give up root still reach their files, and their own folder
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
    -w "$dir/$case_name.pcap" "$filter" 2>"$dir/tcpdump.log" &
  tcpdump_pid=$!
  wait_until "tcpdump listens" grep -qs '^tcpdump: listening' "$dir/tcpdump.log"
}

wait_until() { # WHAT COMMAND...: tries as long as patience lasts
  local what=$1 attempt
  shift
  for ((attempt = 0; attempt < 10 * patience; attempt++)); do
    "$@" && return
    sleep 0.1
  done
  fail "waited in vain until $what"
}

# Becomes COMMAND in a namespace and in $dir, with a host name and a /run of its own and a bare environment, so that
# neither this machine's names and settings get into the capture nor the server's files onto the machine.
become() { # NAMESPACE HOST_NAME COMMAND...
  local netns=$1 host_name=$2
  shift 2
  # shellcheck disable=SC2016 # the inner shell expands these
  exec ip netns exec "$netns" unshare --uts sh -c '
    hostname "$1" && mount -t tmpfs tmpfs /run && home=$2 && shift 2 && cd "$home" &&
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

# behind PORT: for a server that listens on PORT alone; its namespace turns the ghost port into that and back, between
# capture and server. Needs nftables.
behind() {
  server_port=$1
  ip netns exec "$server_netns" nft -f - <<RULES
table ip ghost {
  chain ghost_port {
    type nat hook prerouting priority -100;
    $transport dport $port redirect to :$server_port
  }
}
RULES
}

# also COMMAND...: a further process beside the server, in its namespace; it ends with the case.
also() {
  become "$server_netns" server.ghost.test "$@" >>"$dir/also.log" 2>&1 </dev/null &
  disown
}

server_listens() {
  kill -0 "$server_pid" 2>/dev/null || fail "the server ended before it listened"
  [[ -n $(ip netns exec "$server_netns" ss -Hnl "--$transport" "sport = :$server_port") ]]
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
  ((size > 24)) || fail "the capture is empty"
  [[ -n $silent || -n $(first_server_packet) ]] || fail "the server said nothing"
}

# server_packet N: number, counted from 1, of the Nth packet with payload from the server.
server_packet() {
  tcpdump -nn -q --number -r "$dir/$case_name.pcap" 2>/dev/null |
    awk -v from="\\.$port\$" -v nth="$1" '$4 ~ from && $NF > 0 && ++count == nth { print $1 }'
}

first_server_packet() {
  server_packet 1
}

# packet_with TEXT: number of the first packet from the server that holds it.
packet_with() {
  tcpdump -nn -q -A --number -r "$dir/$case_name.pcap" 2>/dev/null | awk -v from="\\.$port\$" -v text="$1" '
    $3 ~ /^IP6?$/ { packet = $1; sender = $4 }
    !found && sender ~ from && index($0, text) { print packet; found = 1 }'
}

# named SERVICE [PACKET]: the finding for a server whose words (without PACKET its first ones) give it away.
named() {
  printf '{verdict: unexpected, service: %s, dest_port: %s, proto: %s, side: server, role_basis: %s, packet: %s}' \
    "$1" "$port" "${transport^^}" "$([[ $transport == tcp ]] && echo syn || echo first-packet)" "${2:-$(first_server_packet)}"
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
    printf '  capture: %s\n' "$(quote "$(version_of tcpdump), on the server's veth, $filter")"
    printf '  recorded: %s\n' "$(quote "$(date -u +%FT%TZ)")"
    [[ -z $awaits ]] || printf 'awaits: %s\n' "$awaits"
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

show_command() { # a command line as one would type it, the throw-away directory shown as $dir, a capture by its path here
  local word line=''
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]] || word=${word@Q}
    line+=" $word"
  done
  printf '%s' "${line:1}" | sed "s|$dir|\$dir|g; s|$recorded|pcaps/recorded|g"
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
