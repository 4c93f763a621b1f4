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

#include "plugin/suricata/shared.h"

/* The packet goes to Ghostport, and what is then known of its flow (NULL: it has none) to that. */
static __attribute__((noinline)) void SeeWanted(const GhostThread* self, const Packet* p, Flow* f) {
  const bool own = f != NULL && p->proto == f->proto; /* else it is an error about the flow */
  GhostFlow* flow = NULL;
  const gp_wants how = Wants(self, p);
  if (how == GP_WANTS_NOTHING) return;
  if (own) flow = KeptOf(f);
  Bring(self->thread, p, how, flow != NULL ? &flow->state : NULL);
}

static inline void See(const Packet* p, Flow* f) {
  const GhostThread* const self = GhostThisThread();
  if (self != NULL && !Passes(self->gate, p)) SeeWanted(self, p, f);
}

/* For every packet of a flow, locked, before stream engine and detection. */
static void OnPacket(ThreadVars* tv, Flow* f, Packet* p, void* user) {
  const GhostFlow* flow;
  See(p, f);
  if (!drops || !EngineModeIsIPS() || p->proto != f->proto) return;
  flow = FlowGetStorageById(f, storage);
  if (flow != NULL && flow->state.verdict == GP_UNEXPECTED) PacketDrop(p, ACTION_DROP, PKT_DROP_REASON_RULES);
}

/* Of several eve-logs the thread's first one sees packets without a flow, and writes for all. */
static bool SeePacket(ThreadVars* tv, void* data, const Packet* p) {
  const GhostThread* const self = GhostThreadOf(data);
  if (self == NULL) return false;
  if (p->flow == NULL) See(p, NULL);
  return GhostHasFindings(self->gate);
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

static int Match(DetectEngineThreadCtx* det, Packet* p, const Signature* s, const SigMatchCtx* ctx) {
  const GhostFlow* const flow = p->flow != NULL ? FlowGetStorageById(p->flow, storage) : NULL;
  return flow != NULL && GhostMatches((const GhostMatch*)ctx, &flow->state);
}

static int SetUp(DetectEngineCtx* de, Signature* s, const char* text) {
  GhostMatch* const wanted = ReadMatch(de, s, text);
  if (wanted == NULL) return -1;
  if (SCSigMatchAppendSMToList(de, s, (uint16_t)keyword, (SigMatchCtx*)wanted, DETECT_SM_LIST_MATCH) != NULL) return 0;
  GhostMatchFree(wanted);
  return -1;
}

static void Init(void) {
  static OutputPacketLoggerFunctions functions = {.LogFunc = WriteRecords,
                                                  .ConditionFunc = SeePacket,
                                                  .ThreadInitFunc = OpenThread,
                                                  .ThreadDeinitFunc = CloseThread};
  if (!Start()) return;
  OutputRegisterPacketSubModule(LOGGER_USER, "eve-log", "GhostportLog", "eve-log.ghostport", InitOutput, &functions);
  (void)SCFlowRegisterUpdateCallback(OnPacket, NULL);
  (void)SCEveRegisterCallback(AddToRecord, NULL);
  keyword = SCDetectHelperNewKeywordId();
  if (keyword >= 0) {
    FillKeyword(Match, SetUp);
  } else {
    GhostSay(GHOST_WARNING, "Suricata has no room for the keyword: rules cannot ask, the records come all the same");
  }
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
