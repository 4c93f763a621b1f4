#!/usr/bin/env bash
# Records a BitTorrent peer (Transmission) that gives away a small file: to CTorrent on 3237/tcp, to aria2 with a
# hidden handshake on 3239/tcp and encrypted on 3248/tcp; its DHT node, asked by aria2's, on 3238/udp.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need transmission-daemon aria2 ctorrent transmission-cli python3

start() { # DHT
  mkdir "$dir/files" "$dir/tracker" "$dir/config" "$dir/fetched"
  echo hello >"$dir/files/greeting"
  transmission-create -o "$dir/greeting.torrent" -t http://$kServer4:8080/announce "$dir/files/greeting" >"$dir/create.log"
  # The tracker is a file: one peer at the server's address and port.
  python3 -c "import sys
address = bytes(map(int, '$kServer4'.split('.'))) + ($port).to_bytes(2, 'big')
sys.stdout.buffer.write(b'd8:intervali1800e5:peers6:' + address + b'e')" >"$dir/tracker/announce"
  also python3 -m http.server --bind $kServer4 --directory "$dir/tracker" 8080
  cat >"$dir/config/settings.json" <<CONFIG
{ "bind-address-ipv4": "$kServer4", "peer-port": $port, "port-forwarding-enabled": false, "rpc-enabled": true,
  "rpc-bind-address": "127.0.0.1", "dht-enabled": $1, "lpd-enabled": false, "pex-enabled": false, "utp-enabled": false,
  "download-dir": "$dir/files", "encryption": 0, "preallocation": 0 }
CONFIG
  mkdir "$dir/config/torrents" "$dir/config/resume"
  cp "$dir/greeting.torrent" "$dir/config/torrents/"
  serve transmission-daemon -f -g "$dir/config"
}

fetch() { # OPTION...
  sleep 2 # Transmission verifies its copy first
  client_package=aria2
  talk aria2c --no-conf --dir="$dir/fetched" --seed-time=0 --enable-dht6=false --bt-enable-lpd=false --listen-port=6881 \
    --enable-peer-exchange=false --dht-file-path="$dir/dht.dat" "$@" "$dir/greeting.torrent"
}

fetched() {
  cmp "$dir/files/greeting" "$dir/fetched/greeting" || fail "the file did not come"
  end_capture
}

begin bittorrent-on-3237 3237 tcp
start false
sleep 2
client_package=ctorrent
talk sh -c "timeout 10 ctorrent -s $dir/fetched/greeting -e 0 -p 6881 $dir/greeting.torrent || true"
fetched
write_case "a BitTorrent peer on a ghost port is named at its handshake" "$(named bittorrent)"

begin bittorrent-dht-on-3238-udp 3238 udp
start true
fetch --enable-dht=true --dht-listen-port=6881 --dht-entry-point=$kServer4:"$port"
fetched
write_case "a node of BitTorrent's DHT on a ghost port is named at its answer" "$(named bittorrent)"

begin bittorrent-obfuscated-on-3239 3239 tcp
start false
fetch --enable-dht=false
fetched
write_case "a BitTorrent peer that hides its handshake behind an exchange of keys is named at the handshake" \
  "$(named bittorrent "$(packet_with 'BitTorrent protocol')")"

begin bittorrent-encrypted-on-3248 3248 tcp
start false
fetch --enable-dht=false --bt-require-crypto=true --bt-min-crypto-level=arc4
fetched
write_case "a BitTorrent peer that encrypts everything says nothing that names it" \
  "{verdict: unrecognized, dest_port: $port, proto: TCP, role_basis: syn}"
