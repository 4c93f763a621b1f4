#!/usr/bin/env bash
# Records Erlang's Megaco stack (H.248) at both ends: a gateway's service change accepted on 3238/udp, one answered by an
# error in the short form on 3239/udp, one in the binary form on 3237/udp. The stack is a library; its little user is below.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need erlang-megaco erlang-megaco erlang-base

compile_user() {
  cat >"$dir/ghost.erl" <<'ERLANG'
-module(ghost).
-compile([nowarn_export_all, export_all]).
start(Mid, Answer, Encoder) ->
  ok = application:start(megaco),
  ok = megaco:start_user(Mid, [{user_mod, ghost}, {user_args, [Answer]}, {send_mod, megaco_udp},
    {encoding_mod, Encoder}, {encoding_config, []}]),
  {ok, Transport} = megaco_udp:start_transport(),
  {Transport, megaco:user_info(Mid, receive_handle)}.
decode(Words) ->
  {ok, Message} = megaco_pretty_text_encoder:decode_message([], list_to_binary("MEGACO/1 [192.0.2.1] " ++ Words)),
  {_, _, {_, _, _, {transactions, [{_, Transaction}]}}} = Message,
  Transaction.
controller(Address, Port, Encoder, Answer) ->
  {Transport, Receive} = start({deviceName, "server"}, Answer, Encoder),
  {ok, Ip} = inet:parse_address(Address),
  {ok, _, _} = megaco_udp:open(Transport, [{port, Port}, {receive_handle, Receive}, {udp_options, [{ip, Ip}]}]),
  receive stop -> ok end.
gateway(Address, Port, Encoder) ->
  {Transport, Receive} = start({deviceName, "client"}, none, Encoder),
  {ok, Handle, Control} = megaco_udp:open(Transport, [{port, 0}, {receive_handle, Receive}]),
  {ok, Ip} = inet:parse_address(Address),
  {ok, Connection} = megaco:connect(Receive, preliminary_mid, megaco_udp:create_send_handle(Handle, Ip, Port), Control),
  {'TransactionRequest', _, Actions} = decode("T=1{C=-{SC=ROOT{SV{MT=RS,RE=\"901\"}}}}"),
  io:format("~p~n", [megaco:call(Connection, Actions, [])]),
  halt().
handle_connect(_, _, _) -> ok.
handle_trans_request(_, _, _, accept) ->
  {'TransactionReply', _, _, {actionReplies, Replies}} = decode("P=1{C=-{SC=ROOT}}"),
  {discard_ack, Replies};
handle_trans_request(_, _, _, refuse) -> {discard_ack, {'ErrorDescriptor', 502, "not ready"}}.
ERLANG
  (cd "$dir" && erlc ghost.erl)
}

exchange() { # ENCODER accept|refuse
  compile_user
  serve erl -noshell -pa "$dir" -eval "ghost:controller(\"$kServer4\", $port, megaco_$1_encoder, $2)."
  talk erl -noshell -pa "$dir" -eval "ghost:gateway(\"$kServer4\", $port, megaco_$1_encoder)."
  end_capture
}

begin megaco-on-3238-udp 3238 udp
exchange pretty_text accept
write_case "a media gateway controller on a ghost port is named at its reply" "$(named megaco)"

begin megaco-refused-on-3239-udp 3239 udp
exchange compact_text refuse
write_case "a media gateway controller that is not ready is named at its error in the short form" "$(named megaco)"

begin megaco-binary-on-3237-udp 3237 udp
exchange ber accept
write_case "H.248 in its binary form, BER, is named too" "$(named megaco)"
