/* What both plugins do with Suricata's own structs and functions. Included once by suricata7.c and once by suricata8.c,
 * behind the headers of their Suricata; it speaks as 8 does, and suricata7.c gives 7's things those names. */
#ifndef GHOSTPORT_SURICATA_SHARED_H
#define GHOSTPORT_SURICATA_SHARED_H

#include "plugin/suricata/glue.h"

/* Read by `ghostport check --suricata`. */
static const char mark[] = GHOST_MARK PROG_VER;

static FlowStorageId storage = {.id = -1};
static int keyword = -1; /* its place in sigmatch_table */
static int drops;        /* ghostport.drop */
static int offline;

/* --- packets --- */

/* An error about a flow: ICMP destination unreachable (RFC 792), ICMPv6 (RFC 4443 section 3.1). The type is the first
 * byte; headers lie at any address, so that they are no structs. */
static bool IsUnreachable(const Packet* p) {
  const uint8_t* const four = PacketIsICMPv4(p) ? (const uint8_t*)PacketGetICMPv4(p) : NULL;
  const uint8_t* const six = PacketIsICMPv6(p) ? (const uint8_t*)PacketGetICMPv6(p) : NULL;
  return (four != NULL && four[0] == 3) || (six != NULL && six[0] == 1);
}

static int64_t TimeOf(const Packet* p) {
  return (int64_t)SCTIME_SECS(p->ts) * 1000000000 + (int64_t)SCTIME_USECS(p->ts) * 1000;
}

/* IP in IP, IPv6 in IP, GRE, MPLS in IP (IANA's protocol numbers). */
static bool MayCarry(uint8_t protocol) { return protocol == 4 || protocol == 41 || protocol == 47 || protocol == 137; }

/* For most packets this is all: no call, no register to save. False: Wants says more. */
static inline bool Passes(gp_gate* gate, const Packet* p) {
  return likely(PacketIsTCP(p) || PacketIsUDP(p)) && !PKT_IS_PSEUDOPKT(p) &&
         likely(gp_gate_passes(gate, TimeOf(p), PacketIsTCP(p), p->sp, p->dp, p->payload, p->payload_len));
}

/* What Suricata could not read to its end may hold a tunnel or a link layer that Ghostport knows. What it has entered
 * itself comes by as packets of its own. */
static gp_wants Wants(const GhostThread* self, const Packet* p) {
  gp_wants wants = GP_WANTS_FRAME;
  if (PKT_IS_PSEUDOPKT(p)) return GP_WANTS_NOTHING;
  if (likely(PacketIsTCP(p) || PacketIsUDP(p))) {
    wants = gp_pass(self->thread, TimeOf(p), p->pcap_cnt, p->proto, p->sp, p->dp, p->payload, p->payload_len);
    if (likely(wants != GP_WANTS_FRAME)) return wants;
    if (p->root != NULL) /* Suricata is on its way through the layers */
      return GP_WANTS_PACKET;
  } else if (PacketIsICMPv4(p) || PacketIsICMPv6(p)) {
    wants = IsUnreachable(p) ? GP_WANTS_PACKET : GP_WANTS_NOTHING;
  } else if (p->root != NULL || ((PacketIsIPv4(p) || PacketIsIPv6(p)) && !MayCarry(p->proto))) {
    wants = GP_WANTS_NOTHING;
  }
  if (wants == GP_WANTS_FRAME && PacketIsTunnelRoot(p)) wants = GP_WANTS_NOTHING;
  if (wants == GP_WANTS_NOTHING) gp_advance(self->thread, TimeOf(p));
  return wants;
}

static void Bring(gp_thread* thread, const Packet* p, gp_wants how, gp_state* state) {
  const uint8_t* network = PacketIsIPv4(p)   ? (const uint8_t*)PacketGetIPv4(p)
                           : PacketIsIPv6(p) ? (const uint8_t*)PacketGetIPv6(p)
                                             : NULL;
  const bool wire = p->root == NULL && p->pkt_src == PKT_SRC_WIRE;
  gp_packet packet;
  GP_INIT(&packet);
  packet.data = GET_PKT_DATA(p);
  packet.captured = packet.length = GET_PKT_LEN(p);
  packet.time = TimeOf(p);
  packet.number = p->pcap_cnt;
  packet.host_flow = p->flow != NULL ? (uint64_t)FlowGetId(p->flow) : 0;
  packet.host_reassembles = 1;
  if (how == GP_WANTS_FRAME) {
    packet.network_offset = GP_FRAME;
    packet.link_type = wire ? (uint16_t)p->datalink : 101;
  } else if (network != NULL) {
    packet.network_offset = (uint32_t)(network - packet.data);
    packet.link_type = wire && p->datalink == LINKTYPE_ETHERNET ? LINKTYPE_ETHERNET : 101;
    packet.frames = p->pkt_src == PKT_SRC_DEFRAG ? 2 : 1;
    packet.vlans = p->vlan_idx < 2 ? p->vlan_idx : 2;
    memcpy(packet.vlan, p->vlan_id, sizeof packet.vlan);
  } else {
    return;
  }
  if (offline) GhostNameCapture(PcapFileGetFilename());
  (void)gp_packet_in(thread, &packet, state);
}

/* What is kept of the flow, from now on. */
static GhostFlow* KeptOf(Flow* f) {
  GhostFlow* flow = FlowGetStorageById(f, storage);
  if (flow == NULL && (flow = GhostFlowNew()) != NULL) FlowSetStorageById(f, storage, flow);
  return flow;
}

/* --- eve.json --- */

static void WriteLine(void* output, const char* line, uint32_t length) {
  OutputJsonThreadCtx* const to = output;
  MemBufferReset(to->buffer);
  if (to->file_ctx->prefix != NULL)
    MemBufferWriteRaw(to->buffer, (const uint8_t*)to->file_ctx->prefix, (uint32_t)to->file_ctx->prefix_len);
  MemBufferWriteRaw(to->buffer, (const uint8_t*)line, length);
  LogFileWrite(to->file_ctx, to->buffer);
}

static int WriteRecords(ThreadVars* tv, void* data, const Packet* p) {
  GhostWriteFindings(WriteLine);
  return TM_ECODE_OK;
}

static TmEcode OpenThread(ThreadVars* tv, const void* init, void** data) {
  const TmEcode code = JsonLogThreadInit(tv, init, data);
  if (code == TM_ECODE_OK && !GhostOutputOpen(*data))
    GhostSay(GHOST_WARNING, "too many threads or eve-logs: this one does without Ghostport");
  return code;
}

static TmEcode CloseThread(ThreadVars* tv, void* data) {
  if (data != NULL) GhostOutputClose(data, WriteLine);
  return JsonLogThreadDeinit(tv, data);
}

/* Suricata's statistics know a function per counter. */
#define GHOST_COUNTERS(one)                                                                                    \
  one(packets) one(watched_packets) one(flows) one(live_flows) one(findings_expected) one(findings_consistent) \
      one(findings_unexpected) one(findings_unrecognized) one(findings_listener) one(findings_probe)           \
          one(findings_lost) one(flow_table_full)
#define DEFINE(name) \
  static uint64_t Count_##name(void) { return GhostCounter(#name); }
#define REGISTER(name) StatsRegisterGlobalCounter("ghostport." #name, Count_##name);
GHOST_COUNTERS(DEFINE)

static OutputInitResult InitOutput(SCConfNode* conf, OutputCtx* parent) {
  static bool counted;
  if (!counted) {
    counted = true;
    GHOST_COUNTERS(REGISTER)
  }
  return OutputJsonLogInitSub(conf, parent);
}

/* --- the keyword --- */

/* The keyword's argument, or NULL, having said what is wrong. */
static GhostMatch* ReadMatch(DetectEngineCtx* de, Signature* s, const char* text) {
  GhostMatch* const wanted = GhostMatchNew(text);
  GhostRulesLoaded(de->version);
  if (wanted != NULL) s->flags |= SIG_FLAG_REQUIRE_PACKET;
  return wanted;
}

static void Free(DetectEngineCtx* de, void* match) { GhostMatchFree(match); }

static void FillKeyword(int (*match)(DetectEngineThreadCtx*, Packet*, const Signature*, const SigMatchCtx*),
                        int (*set_up)(DetectEngineCtx*, Signature*, const char*)) {
  SigTableElmt* const entry = &sigmatch_table[keyword];
  entry->name = "ghostport";
  entry->desc = "match on Ghostport's verdict on the flow, and the service that it found";
  entry->url = "/rules/ghostport.html";
  entry->Match = match;
  entry->Setup = set_up;
  entry->Free = Free;
}

/* --- start --- */

/* The types of the first eve-log that is enabled; NULL: there is none. `*listed`: some eve-log lists us already. */
static SCConfNode* FindEve(GhostSettings* settings, bool* listed) {
  SCConfNode *outputs = SCConfGetNode("outputs"), *output, *first = NULL;
  if (outputs == NULL) return NULL;
  TAILQ_FOREACH(output, &outputs->head, next) {
    SCConfNode* eve = strcmp(output->val, "eve-log") == 0 ? SCConfNodeLookupChild(output, "eve-log") : NULL;
    SCConfNode *types = eve != NULL ? SCConfNodeLookupChild(eve, "types") : NULL, *type;
    if (types == NULL || !SCConfNodeChildValueIsTrue(eve, "enabled")) continue;
    if (first == NULL) {
      intmax_t seed;
      first = types;
      settings->has_seed = SCConfGetChildValueInt(eve, "community-id-seed", &seed) == 1;
      if (settings->has_seed) settings->seed = (uint16_t)seed;
    }
    TAILQ_FOREACH(type, &types->head, next) {
      if (type->val != NULL && strcmp(type->val, "ghostport") == 0) *listed = true;
    }
  }
  return first;
}

static void AddType(SCConfNode* types) {
  SCConfNode* const type = SCConfNodeNew();
  if (type == NULL) return;
  type->name = SCStrdup("ghostport");
  type->val = SCStrdup("ghostport");
  type->parent = types;
  TAILQ_INSERT_TAIL(&types->head, type, next);
}

/* A typing error must not be taken for consent, least of all in `drop`. */
static void ReadOwnSettings(GhostSettings* settings) {
  SCConfNode *own = SCConfGetNode("ghostport"), *one;
  (void)SCConfGet("sensor-name", &settings->sensor_name);
  if (own == NULL) return;
  TAILQ_FOREACH(one, &own->head, next) {
    if (strcmp(one->name, "config") == 0) {
      settings->configuration = one->val;
    } else if (strcmp(one->name, "drop") != 0) {
      GhostSay(GHOST_WARNING, "suricata.yaml: ghostport.%s is unknown, expected config or drop", one->name);
    } else if (one->val == NULL || (!SCConfValIsTrue(one->val) && !SCConfValIsFalse(one->val))) {
      GhostSay(GHOST_WARNING, "suricata.yaml: ghostport.drop is neither yes nor no: nothing is dropped without a rule");
    } else {
      drops = SCConfValIsTrue(one->val);
    }
  }
}

/* Everything but what Suricata is to call. False: said why not, and the plugin stays inert. */
static bool Start(void) {
  GhostSettings settings = {.built_for = PROG_VER};
  offline = IsRunModeOffline(SCRunmodeGet());
  settings.live = !offline;
  ReadOwnSettings(&settings);
  bool listed = false;
  SCConfNode* const types = FindEve(&settings, &listed);
  if (types == NULL) {
    GhostSay(GHOST_WARNING, "no eve-log is enabled below outputs, and Ghostport works through it; it stays inert");
    return false;
  }
  storage = FlowStorageRegister("ghostport", sizeof(void*), NULL, GhostFlowFree);
  if (storage.id < 0) {
    GhostSay(GHOST_WARNING, "Suricata gave no room in its flows; Ghostport stays inert");
    return false;
  }
  if (!GhostStart(&settings)) return false;
  if (!listed) AddType(types);
  return true;
}

#endif
