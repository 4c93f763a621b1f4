/* Ghostport inside Suricata 8.0: every packet of a flow comes by before detection, so that a rule, and a drop without
 * one, meet the very packet that decides; packets without a flow come by at the packet logger below eve-log, which also
 * writes our records. */
#include "suricata-common.h"
#include "suricata.h"
#include "suricata-plugin.h"
#include "action-globals.h"
#include "conf.h"
#include "decode.h"
#include "detect.h"
#include "detect-engine-helper.h"
#include "detect-engine-register.h"
#include "detect-parse.h"
#include "flow.h"
#include "flow-callbacks.h"
#include "flow-storage.h"
#include "output.h"
#include "output-eve.h"
#include "output-json.h"
#include "packet.h"
#include "runmodes.h"
#include "source-pcap-file-helper.h"

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

/* What Suricata could not read to its end may hold a tunnel or a link layer that Ghostport knows. What it has entered
 * itself comes by as packets of its own. */
static inline gp_wants Wants(const GhostThread* self, const Packet* p) {
  gp_wants wants = GP_WANTS_FRAME;
  if (likely(PacketIsTCP(p) || PacketIsUDP(p))) {
    if (likely(gp_gate_passes(self->gate, TimeOf(p), PacketIsTCP(p), p->sp, p->dp, p->payload, p->payload_len)))
      return GP_WANTS_NOTHING;
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
  packet.host_flow = p->flow != NULL ? FlowGetId(p->flow) : 0;
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

/* The packet goes to Ghostport, and what is then known of its flow (NULL: it has none) to that. */
static void See(const Packet* p, Flow* f) {
  const GhostThread* const self = GhostThisThread();
  const bool own = f != NULL && p->proto == f->proto; /* else it is an error about the flow */
  GhostFlow* flow = NULL;
  gp_wants how;
  if (self == NULL || PKT_IS_PSEUDOPKT(p)) return;
  how = Wants(self, p);
  if (how == GP_WANTS_NOTHING) return;
  if (own && (flow = FlowGetStorageById(f, storage)) == NULL && (flow = GhostFlowNew()) != NULL)
    FlowSetStorageById(f, storage, flow);
  Bring(self->thread, p, how, flow != NULL ? &flow->state : NULL);
}

/* For every packet of a flow, locked, before stream engine and detection. */
static void OnPacket(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const GhostFlow* flow;
  See(p, f);
  if (!drops || !EngineModeIsIPS() || p->proto != f->proto) return;
  flow = FlowGetStorageById(f, storage);
  if (flow != NULL && flow->state.verdict == GP_UNEXPECTED) PacketDrop(p, ACTION_DROP, PKT_DROP_REASON_RULES);
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

/* Of several eve-logs the thread's first one sees packets without a flow, and writes for all. */
static bool SeePacket(ThreadVars* tv, void* data, const Packet* p) {
  const GhostThread* const self = GhostThisThread();
  if (self == NULL || self->outputs[0] != data) return false;
  if (p->flow == NULL) See(p, NULL);
  return GhostHasFindings(self);
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

/* To alert, flow and drop, and whatever else Suricata says of the flow. */
static void AddToRecord(ThreadVars* tv, const Packet* p, Flow* f, SCJsonBuilder* js, void* user) {
  const GhostFlow* const flow = f != NULL ? FlowGetStorageById(f, storage) : NULL;
  if (flow == NULL || flow->state.verdict == GP_UNDECIDED) return;
  SCJbOpenObject(js, "ghostport");
  SCJbSetString(js, "verdict", gp_verdict_name(flow->state.verdict));
  if (flow->state.service != NULL) SCJbSetString(js, "service", flow->state.service);
  SCJbClose(js);
}

/* Suricata's statistics know a function per counter. */
#define COUNTER(name) \
  static uint64_t Count_##name(void) { return GhostCounter(#name); }
#define REGISTER(name) StatsRegisterGlobalCounter("ghostport." #name, Count_##name)
COUNTER(packets)
COUNTER(watched_packets)
COUNTER(flows)
COUNTER(live_flows)
COUNTER(findings_expected)
COUNTER(findings_consistent)
COUNTER(findings_unexpected)
COUNTER(findings_unrecognized)
COUNTER(findings_listener)
COUNTER(findings_probe)
COUNTER(findings_lost)
COUNTER(flow_table_full)

static OutputInitResult InitOutput(SCConfNode* conf, OutputCtx* parent) {
  static bool counted;
  if (!counted) {
    counted = true;
    REGISTER(packets);
    REGISTER(watched_packets);
    REGISTER(flows);
    REGISTER(live_flows);
    REGISTER(findings_expected);
    REGISTER(findings_consistent);
    REGISTER(findings_unexpected);
    REGISTER(findings_unrecognized);
    REGISTER(findings_listener);
    REGISTER(findings_probe);
    REGISTER(findings_lost);
    REGISTER(flow_table_full);
  }
  return OutputJsonLogInitSub(conf, parent);
}

/* --- the keyword --- */

static int Match(DetectEngineThreadCtx* det, Packet* p, const Signature* s, const SigMatchCtx* ctx) {
  const GhostFlow* const flow = p->flow != NULL ? FlowGetStorageById(p->flow, storage) : NULL;
  return flow != NULL && GhostMatches((const GhostMatch*)ctx, &flow->state);
}

static int SetUp(DetectEngineCtx* de, Signature* s, const char* text) {
  GhostMatch* const wanted = GhostMatchNew(text);
  GhostRulesLoaded(de->version);
  if (wanted == NULL) return -1;
  if (SCSigMatchAppendSMToList(de, s, (uint16_t)keyword, (SigMatchCtx*)wanted, DETECT_SM_LIST_MATCH) == NULL) {
    GhostMatchFree(wanted);
    return -1;
  }
  s->flags |= SIG_FLAG_REQUIRE_PACKET;
  return 0;
}

static void Free(DetectEngineCtx* de, void* match) { GhostMatchFree(match); }

static void RegisterKeyword(void) {
  SigTableElmt* entry;
  keyword = SCDetectHelperNewKeywordId();
  if (keyword < 0) {
    GhostSay(GHOST_WARNING, "Suricata has no room for the keyword: rules cannot ask, the records come all the same");
    return;
  }
  entry = &sigmatch_table[keyword];
  entry->name = "ghostport";
  entry->desc = "match on Ghostport's verdict on the flow, and the service that it found";
  entry->url = "/rules/ghostport.html";
  entry->Match = Match;
  entry->Setup = SetUp;
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

static void Init(void) {
  static OutputPacketLoggerFunctions functions = {.LogFunc = WriteRecords,
                                                  .ConditionFunc = SeePacket,
                                                  .ThreadInitFunc = OpenThread,
                                                  .ThreadDeinitFunc = CloseThread};
  GhostSettings settings = {.built_for = PROG_VER};
  offline = IsRunModeOffline(SCRunmodeGet());
  settings.live = !offline;
  (void)SCConfGet("ghostport.config", &settings.configuration);
  (void)SCConfGet("sensor-name", &settings.sensor_name);
  (void)SCConfGetBool("ghostport.drop", &drops);
  bool listed = false;
  SCConfNode* const types = FindEve(&settings, &listed);
  if (types == NULL) {
    GhostSay(GHOST_WARNING, "no eve-log is enabled below outputs, and Ghostport works through it; it stays inert");
    return;
  }
  storage = FlowStorageRegister("ghostport", sizeof(void*), NULL, GhostFlowFree);
  if (storage.id < 0) {
    GhostSay(GHOST_WARNING, "Suricata gave no room in its flows; Ghostport stays inert");
    return;
  }
  if (!GhostStart(&settings)) return;
  if (!listed) AddType(types);
  OutputRegisterPacketSubModule(LOGGER_USER, "eve-log", "GhostportLog", "eve-log.ghostport", InitOutput, &functions);
  (void)SCFlowRegisterUpdateCallback(OnPacket, NULL);
  (void)SCEveRegisterCallback(AddToRecord, NULL);
  RegisterKeyword();
}

__attribute__((visibility("default"))) SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {.version = SC_API_VERSION,
                            .suricata_version = SC_PACKAGE_VERSION,
                            .name = "ghostport",
                            .plugin_version = GHOSTPORT_VERSION,
                            .license = "BSD-3-Clause",
                            .author = "the Ghostport authors",
                            .Init = Init};
  return GhostFits(mark + sizeof GHOST_MARK - 1) ? &plugin : (SCPlugin*)GhostInertPlugin();
}
