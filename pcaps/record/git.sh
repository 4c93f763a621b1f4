#!/usr/bin/env bash
# Records git daemon: the references of a repository on 3239/tcp, one that is not there on 3248/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need git git

start() {
  git -c init.defaultBranch=main init -q "$dir/files"
  GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' \
    git -C "$dir/files" -c user.name=nobody -c user.email=nobody@server.ghost.test commit -q --allow-empty -m nothing
  serve git -c safe.directory='*' daemon --listen=$kServer4 --port="$port" --base-path="$dir" --export-all --informative-errors
}

begin git-on-3239 3239 tcp
start
talk git ls-remote git://$kServer4:"$port"/files
end_capture
write_case "a git daemon on a ghost port is named at its answer" "$(named git)"

begin git-refused-on-3248 3248 tcp
start
talk sh -c "! git ls-remote git://$kServer4:$port/nothing"
end_capture
write_case "a git daemon is named by its error that there is no such repository" "$(named git)"
