/* What the plugins for Suricata 7 and 8 share: all that needs none of Suricata's headers. Called by suricata7.c and
 * suricata8.c, on Suricata's main thread unless it says otherwise. */
#ifndef GHOSTPORT_SURICATA_GLUE_H
#define GHOSTPORT_SURICATA_GLUE_H

#include <stddef.h>
#include <stdint.h>

#include "plugin/c_api.h"

/* Suricata's levels of its log, the same in 7 and 8. */
enum { GHOST_ERROR = 1, GHOST_WARNING = 2, GHOST_NOTICE = 3 };
/* A line in Suricata's log. Any thread. */
void GhostSay(int level, const char* format, ...) __attribute__((format(printf, 2, 3)));

/* In the file of a plugin, with the version of Suricata behind it. */
#define GHOST_MARK "ghostport plugin for Suricata "

/* 1 where Suricata is the one that the plugin was built for: same version to the last number, because its structs
 * differ between them. Else it says why not, and the plugin returns GhostInertPlugin() to be registered as nothing. */
int GhostFits(const char* built_for);
const void* GhostInertPlugin(void);

/* From suricata.yaml; NULL and 0 where it says nothing. */
typedef struct GhostSettings {
  const char* configuration; /* ghostport.config */
  const char* sensor_name;   /* sensor-name */
  int live;
  int has_seed;
  uint16_t seed; /* community-id-seed of the eve-log */
  const char* built_for;
} GhostSettings;
/* Makes the one engine and says what it is. 0: said why not; the plugin then stays inert. */
int GhostStart(const GhostSettings* settings);
/* Suricata has loaded rules by an engine of that version: Ghostport reads its own configuration again. Any thread. */
void GhostRulesLoaded(uint32_t version);
/* Where packets come from now, for records; NULL: no file. Any thread. */
void GhostNameCapture(const char* path);
/* By name; for Suricata's statistics. Any thread. */
uint64_t GhostCounter(const char* name);

/* What is kept of a flow, in Suricata's storage for it. */
typedef struct GhostFlow {
  uint64_t fed; /* packets of the flow when one was last brought: the same packet may come by twice */
  gp_state state;
} GhostFlow;
GhostFlow* GhostFlowNew(void);
void GhostFlowFree(void* flow);

/* One thread of Suricata that sees packets. */
#define GHOST_MOST_OUTPUTS 8
typedef struct GhostThread {
  gp_thread* thread;
  gp_gate* gate;
  void* outputs[GHOST_MOST_OUTPUTS]; /* one for each eve-log that takes our records */
  unsigned count;
  const void* seeing; /* the first of them, which brings packets for all; NULL: the thread has ended */
} GhostThread;
extern __thread GhostThread ghost_thread __attribute__((tls_model("initial-exec"), visibility("hidden")));
/* The calling thread's; NULL where it has none. */
static inline const GhostThread* GhostThisThread(void) { return ghost_thread.thread != NULL ? &ghost_thread : NULL; }
/* The same, but NULL too where another output of the thread comes first. */
static inline const GhostThread* GhostThreadOf(const void* output) {
  return ghost_thread.seeing == output ? &ghost_thread : NULL;
}
/* An output of the calling thread begins, or ends; with its last one the thread ends. 0: there are too many. */
int GhostOutputOpen(void* output);
typedef void (*GhostWrite)(void* output, const char* line, uint32_t length);
void GhostOutputClose(void* output, GhostWrite write);
/* Every finding that waits, to every output of the calling thread. */
void GhostWriteFindings(GhostWrite write);
static inline int GhostHasFindings(const gp_gate* gate) {
  return __atomic_load_n(gate->findings, __ATOMIC_RELAXED) != 0;
}

/* The keyword's argument: verdicts and services, each perhaps behind a `!`, with commas between them. It holds where
 * the flow was judged, its verdict is one of those named (or none is), its service too, and nothing behind a `!`
 * applies. */
typedef struct GhostMatch GhostMatch;
/* NULL, having said what is wrong. */
GhostMatch* GhostMatchNew(const char* text);
void GhostMatchFree(void* match);
int GhostMatches(const GhostMatch* match, const gp_state* state);

#endif
