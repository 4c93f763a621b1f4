#!/usr/bin/env bash
# Records QuickFIX: a logon and a logout on 3238/tcp, and a counterparty that the server does not know on 3239/tcp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need libquickfix17 libquickfix17 libquickfix-dev g++

compile_party() {
  cat >"$dir/party.cpp" <<'CPP'
#include <quickfix/Application.h>
#include <quickfix/FileStore.h>
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketAcceptor.h>
#include <quickfix/SocketInitiator.h>
#include <unistd.h>
int main(int, char** words) {  // acceptor|initiator SETTINGS SECONDS
  FIX::NullApplication application;
  FIX::SessionSettings settings(words[2]);
  FIX::FileStoreFactory stores(settings);
  if (words[1][0] == 'a') {
    FIX::SocketAcceptor party(application, stores, settings);
    party.start(), sleep(atoi(words[3])), party.stop();
  } else {
    FIX::SocketInitiator party(application, stores, settings);
    party.start(), sleep(atoi(words[3])), party.stop();
  }
}
CPP
  g++ -std=c++11 -Wno-deprecated -o "$dir/party" "$dir/party.cpp" -lquickfix
}

log_on() { # CLIENT_NAME
  cat >"$dir/server.cfg" <<CONFIG
[DEFAULT]
ConnectionType=acceptor
SocketAcceptPort=$port
StartTime=00:00:00
EndTime=00:00:00
UseDataDictionary=N
FileStorePath=$dir/server.store
[SESSION]
BeginString=FIX.4.2
SenderCompID=SERVER
TargetCompID=CLIENT
CONFIG
  cat >"$dir/client.cfg" <<CONFIG
[DEFAULT]
ConnectionType=initiator
SocketConnectHost=$kServer4
SocketConnectPort=$port
ReconnectInterval=60
HeartBtInt=30
StartTime=00:00:00
EndTime=00:00:00
UseDataDictionary=N
FileStorePath=$dir/client.store
[SESSION]
BeginString=FIX.4.2
SenderCompID=$1
TargetCompID=SERVER
CONFIG
  compile_party
  serve "$dir/party" acceptor "$dir/server.cfg" 60
  talk "$dir/party" initiator "$dir/client.cfg" 3
  end_capture
}

begin fix-on-3238 3238 tcp
log_on CLIENT
write_case "an exchange's FIX server on the appareNet port is named at its logon" "$(named fix)"

begin fix-unknown-on-3239 3239 tcp
silent=1
log_on STRANGER
write_case "a FIX server hangs up on a counterparty that it does not know, so that only the question is known" \
  "{verdict: listener, asked: fix, dest_port: $port, proto: TCP, role_basis: syn}"
