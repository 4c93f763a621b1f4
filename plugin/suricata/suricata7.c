/* Ghostport inside Suricata 7.0: a packet logger below eve-log brings every packet on a watched port, and writes our
 * records; the keyword `ghostport` asks what is known of a flow. In 7 nothing runs before detection for a plugin, so a
 * rule sees the packet first where there is one, and the logger does where there is none. */
#include "suricata-common.h"
#include "suricata.h"
#include "suricata-plugin.h"
#include "action-globals.h"
#include "conf.h"
#include "decode.h"
#include "detect.h"
#include "detect-engine-register.h"
#include "detect-parse.h"
#include "flow.h"
#include "flow-storage.h"
#include "output.h"
#include "output-json.h"
#include "packet.h"
#include "runmodes.h"
#include "source-pcap-file-helper.h"
#include "tm-modules.h"

#include "plugin/suricata/glue.h"

/* Read by `ghostport check --suricata`. */
static const char mark[] = GHOST_MARK PROG_VER;

static FlowStorageId storage = {.id = -1};
static int keyword = -1; /* slot in sigmatch_table */
static int drops;        /* ghostport.drop */
static int offline;

/* --- packets --- */

/* An error about a flow: ICMP destination unreachable (RFC 792), ICMPv6 (RFC 4443 section 3.1). The type is the first
 * byte; headers lie at any address, so that they are no structs. */
static bool IsUnreachable(const Packet* p) {
  const uint8_t *const four = (const uint8_t*)p->icmpv4h, *const six = (const uint8_t*)p->icmpv6h;
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
  if (likely(p->tcph != NULL || p->udph != NULL)) {
    if (likely(gp_gate_passes(self->gate, TimeOf(p), p->tcph != NULL, p->sp, p->dp, p->payload, p->payload_len)))
      return GP_WANTS_NOTHING;
    wants = gp_pass(self->thread, TimeOf(p), p->pcap_cnt, p->proto, p->sp, p->dp, p->payload, p->payload_len);
    if (likely(wants != GP_WANTS_FRAME)) return wants;
    if (p->root != NULL) /* Suricata is on its way through the layers */
      return GP_WANTS_PACKET;
  } else if (p->icmpv4h != NULL || p->icmpv6h != NULL) {
    wants = IsUnreachable(p) ? GP_WANTS_PACKET : GP_WANTS_NOTHING;
  } else if (p->root != NULL || ((p->ip4h != NULL || p->ip6h != NULL) && !MayCarry(p->proto))) {
    wants = GP_WANTS_NOTHING;
  }
  if (wants == GP_WANTS_FRAME && IS_TUNNEL_ROOT_PKT(p)) wants = GP_WANTS_NOTHING;
  if (wants == GP_WANTS_NOTHING) gp_advance(self->thread, TimeOf(p));
  return wants;
}

static void Bring(gp_thread* thread, const Packet* p, gp_wants how, gp_state* state) {
  const uint8_t* network = p->ip4h != NULL ? (const uint8_t*)p->ip4h : (const uint8_t*)p->ip6h;
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

/* What is known of the packet's flow once the packet has been seen; NULL: nothing is. Detection and output come by with
 * the same packet, so the number of the flow's packets tells whether it is new. */
static const gp_state* See(const GhostThread* self, const Packet* p) {
  gp_wants how;
  GhostFlow* flow = NULL;
  uint64_t count = 0;
  if (PKT_IS_PSEUDOPKT(p) || (how = Wants(self, p)) == GP_WANTS_NOTHING) return NULL;
  if (p->flow != NULL && p->proto == p->flow->proto) { /* else it is an error about the flow */
    count = (uint64_t)p->flow->todstpktcnt + p->flow->tosrcpktcnt;
    flow = FlowGetStorageById(p->flow, storage);
    if (flow == NULL && (flow = GhostFlowNew()) != NULL) FlowSetStorageById(p->flow, storage, flow);
  }
  if (flow == NULL) {
    Bring(self->thread, p, how, NULL);
    return NULL;
  }
  if (flow->fed != count) {
    Bring(self->thread, p, how, &flow->state);
    flow->fed = count;
  }
  return &flow->state;
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

/* Of several eve-logs the thread's first one sees packets, and writes for all. */
static int SeePacket(ThreadVars* tv, void* data, const Packet* p) {
  const gp_state* state;
  const GhostThread* const self = GhostThisThread();
  if (self == NULL || self->outputs[0] != data) return false;
  state = See(self, p);
  if (drops && state != NULL && state->verdict == GP_UNEXPECTED && EngineModeIsIPS())
    PacketDrop((Packet*)p, ACTION_DROP, PKT_DROP_REASON_RULES);
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

static OutputInitResult InitOutput(ConfNode* conf, OutputCtx* parent) {
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
  const GhostThread* const self = GhostThisThread();
  const gp_state* const state = self != NULL && p->flow != NULL ? See(self, p) : NULL;
  return state != NULL && GhostMatches((const GhostMatch*)ctx, state);
}

static int SetUp(DetectEngineCtx* de, Signature* s, const char* text) {
  SigMatch* match;
  GhostMatch* const wanted = GhostMatchNew(text);
  GhostRulesLoaded(de->version);
  if (wanted == NULL) return -1;
  match = SigMatchAlloc();
  if (match == NULL) {
    GhostMatchFree(wanted);
    return -1;
  }
  match->type = (uint16_t)keyword;
  match->ctx = (SigMatchCtx*)wanted;
  SigMatchAppendSMToList(s, match, DETECT_SM_LIST_MATCH);
  s->flags |= SIG_FLAG_REQUIRE_PACKET;
  return 0;
}

static void Free(DetectEngineCtx* de, void* match) { GhostMatchFree(match); }

/* SigTableSetup() has wiped the table since the plugin was loaded, so this runs as the Init of a thread module that no
 * one else needs: that of capture plugins. */
static TmEcode RegisterKeyword(void) {
  SigTableElmt* entry;
  int i;
  for (i = DETECT_TBLSIZE - 1; i > 0 && keyword < 0; --i) {
    const SigTableElmt* const one = &sigmatch_table[i];
    if (one->name == NULL && one->Match == NULL && one->Setup == NULL && one->AppLayerTxMatch == NULL &&
        one->Free == NULL && one->Transform == NULL && one->FileMatch == NULL)
      keyword = i;
  }
  if (keyword < 0) {
    GhostSay(GHOST_WARNING,
             "Suricata has no free slot for the keyword: rules cannot ask, the records come all the same");
    return TM_ECODE_OK;
  }
  entry = &sigmatch_table[keyword];
  entry->name = "ghostport";
  entry->desc = "match on Ghostport's verdict on the flow, and the service that it found";
  entry->url = "/rules/ghostport.html";
  entry->Match = Match;
  entry->Setup = SetUp;
  entry->Free = Free;
  return TM_ECODE_OK;
}

/* --- start --- */

/* The types of the first eve-log that is enabled; NULL: there is none. `*listed`: some eve-log lists us already. */
static ConfNode* FindEve(GhostSettings* settings, bool* listed) {
  ConfNode *outputs = ConfGetNode("outputs"), *output, *first = NULL;
  if (outputs == NULL) return NULL;
  TAILQ_FOREACH(output, &outputs->head, next) {
    ConfNode* eve = strcmp(output->val, "eve-log") == 0 ? ConfNodeLookupChild(output, "eve-log") : NULL;
    ConfNode *types = eve != NULL ? ConfNodeLookupChild(eve, "types") : NULL, *type;
    if (types == NULL || !ConfNodeChildValueIsTrue(eve, "enabled")) continue;
    if (first == NULL) {
      intmax_t seed;
      first = types;
      settings->has_seed = ConfGetChildValueInt(eve, "community-id-seed", &seed) == 1;
      if (settings->has_seed) settings->seed = (uint16_t)seed;
    }
    TAILQ_FOREACH(type, &types->head, next) {
      if (type->val != NULL && strcmp(type->val, "ghostport") == 0) *listed = true;
    }
  }
  return first;
}

static void AddType(ConfNode* types) {
  ConfNode* const type = ConfNodeNew();
  if (type == NULL) return;
  type->name = SCStrdup("ghostport");
  type->val = SCStrdup("ghostport");
  type->parent = types;
  TAILQ_INSERT_TAIL(&types->head, type, next);
}

static void Init(void) {
  TmModule* const module = &tmm_modules[TMM_DECODEPLUGIN];
  GhostSettings settings = {.built_for = PROG_VER};
  offline = IsRunModeOffline((enum RunModes)RunmodeGetCurrent());
  settings.live = !offline;
  (void)ConfGet("ghostport.config", &settings.configuration);
  (void)ConfGet("sensor-name", &settings.sensor_name);
  (void)ConfGetBool("ghostport.drop", &drops);
  bool listed = false;
  ConfNode* const types = FindEve(&settings, &listed);
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
  OutputRegisterPacketSubModule(LOGGER_JSON_METADATA, "eve-log", "GhostportLog", "eve-log.ghostport", InitOutput,
                                WriteRecords, SeePacket, OpenThread, CloseThread, NULL);
  if (module->name == NULL) {
    module->name = "Ghostport";
    module->Init = RegisterKeyword;
  } else {
    GhostSay(GHOST_WARNING,
             "a capture plugin has taken the place where the keyword would be registered: rules cannot "
             "ask, the records come all the same");
  }
}

__attribute__((visibility("default"))) SCPlugin* SCPluginRegister(void);
SCPlugin* SCPluginRegister(void) {
  static SCPlugin plugin = {
      .name = "ghostport", .license = "BSD-3-Clause", .author = "the Ghostport authors", .Init = Init};
  return GhostFits(mark + sizeof GHOST_MARK - 1) ? &plugin : (SCPlugin*)GhostInertPlugin();
}
