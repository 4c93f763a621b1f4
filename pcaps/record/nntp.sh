#!/usr/bin/env bash
# Records Leafnode behind xinetd: a list of groups on 3239/tcp, a group that is not there on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need leafnode ncat xinetd

start() {
  install -d -o news -g news "$dir/spool" "$dir/spool/leaf.node" "$dir/spool/message.id" "$dir/spool/interesting.groups" \
    "$dir/spool/failed.postings" "$dir/spool/out.going" "$dir/spool/temp.files"
  mkdir -m 755 "$dir/etc"
  printf 'server = localhost\nexpire = 20\nhostname = news.ghost.internal\n' >"$dir/etc/config"
  chmod 644 "$dir/etc/config"
  cat >"$dir/xinetd.conf" <<CONFIG
service ghost
{
  type = UNLISTED
  socket_type = stream
  protocol = tcp
  bind = $kServer4
  port = $port
  wait = no
  user = news
  server = /usr/sbin/leafnode
  server_args = -d $dir/spool
}
CONFIG
  serve sh -c "mount --bind $dir/etc /etc/news/leafnode && exec xinetd -dontfork -f $dir/xinetd.conf -pidfile $dir/pid"
}

ask() { # COMMAND
  talk sh -c "(sleep 1; printf '$1\r\n'; sleep 1; printf 'QUIT\r\n'; sleep 1) | ncat $kServer4 $port"
  end_capture
}

begin nntp-on-3239 3239 tcp
start
ask LIST
write_case "a news server on a ghost port is named at its greeting" "$(named nntp)"

begin nntp-refused-on-3248 3248 tcp
start
ask "GROUP ghost.nothing"
write_case "a news server without any groups is named where it refuses the group" "$(named nntp)"
