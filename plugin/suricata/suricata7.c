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

/* What 8 calls so. */
#define SCConfNode ConfNode
#define SCConfNodeNew ConfNodeNew
#define SCConfNodeLookupChild ConfNodeLookupChild
#define SCConfNodeChildValueIsTrue ConfNodeChildValueIsTrue
#define SCConfGetNode ConfGetNode
#define SCConfGet ConfGet
#define SCConfValIsTrue ConfValIsTrue
#define SCConfValIsFalse ConfValIsFalse
#define SCConfGetChildValueInt ConfGetChildValueInt
#define SCRunmodeGet() ((enum RunModes)RunmodeGetCurrent())
#define PacketIsTCP(p) ((p)->tcph != NULL)
#define PacketIsUDP(p) ((p)->udph != NULL)
#define PacketIsICMPv4(p) ((p)->icmpv4h != NULL)
#define PacketIsICMPv6(p) ((p)->icmpv6h != NULL)
#define PacketIsIPv4(p) ((p)->ip4h != NULL)
#define PacketIsIPv6(p) ((p)->ip6h != NULL)
#define PacketGetICMPv4(p) ((p)->icmpv4h)
#define PacketGetICMPv6(p) ((p)->icmpv6h)
#define PacketGetIPv4(p) ((p)->ip4h)
#define PacketGetIPv6(p) ((p)->ip6h)
#define PacketIsTunnelRoot(p) IS_TUNNEL_ROOT_PKT(p)
#include "plugin/suricata/shared.h"

/* What is known of the packet's flow once the packet has been seen; NULL: nothing is. Detection and output come by with
 * the same packet, so the number of the flow's packets tells whether it is new. */
static const gp_state* See(const GhostThread* self, const Packet* p) {
  gp_wants how;
  GhostFlow* flow = NULL;
  uint64_t count = 0;
  if ((how = Wants(self, p)) == GP_WANTS_NOTHING) return NULL;
  if (p->flow != NULL && p->proto == p->flow->proto) { /* else it is an error about the flow */
    count = (uint64_t)p->flow->todstpktcnt + p->flow->tosrcpktcnt;
    flow = KeptOf(p->flow);
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

/* True: there are findings to write. */
static __attribute__((noinline)) int SeeWanted(const GhostThread* self, const Packet* p) {
  const gp_state* const state = See(self, p);
  if (drops && state != NULL && state->verdict == GP_UNEXPECTED && EngineModeIsIPS())
    PacketDrop((Packet*)p, ACTION_DROP, PKT_DROP_REASON_RULES);
  return GhostHasFindings(self->gate);
}

/* Of several eve-logs the thread's first one sees packets, and writes for all. */
static int SeePacket(ThreadVars* tv, void* data, const Packet* p) {
  const GhostThread* const self = GhostThreadOf(data);
  if (unlikely(self == NULL)) return false;
  return Passes(self->gate, p) ? GhostHasFindings(self->gate) : SeeWanted(self, p);
}

static int Match(DetectEngineThreadCtx* det, Packet* p, const Signature* s, const SigMatchCtx* ctx) {
  const GhostThread* const self = GhostThisThread();
  const gp_state* const state = self != NULL && p->flow != NULL && !Passes(self->gate, p) ? See(self, p) : NULL;
  return state != NULL && GhostMatches((const GhostMatch*)ctx, state);
}

static int SetUp(DetectEngineCtx* de, Signature* s, const char* text) {
  GhostMatch* const wanted = ReadMatch(de, s, text);
  SigMatch* const match = wanted != NULL ? SigMatchAlloc() : NULL;
  if (match == NULL) {
    GhostMatchFree(wanted);
    return -1;
  }
  match->type = (uint16_t)keyword;
  match->ctx = (SigMatchCtx*)wanted;
  SigMatchAppendSMToList(s, match, DETECT_SM_LIST_MATCH);
  return 0;
}

/* SigTableSetup() has wiped the table since the plugin was loaded, so this runs as the Init of a thread module that no
 * one else needs: that of capture plugins. */
static TmEcode RegisterKeyword(void) {
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
  FillKeyword(Match, SetUp);
  return TM_ECODE_OK;
}

static void Init(void) {
  TmModule* const module = &tmm_modules[TMM_DECODEPLUGIN];
  if (!Start()) return;
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
