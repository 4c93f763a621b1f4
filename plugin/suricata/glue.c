#define _GNU_SOURCE
#include "plugin/suricata/glue.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WORDS 32

struct GhostMatch {
  unsigned verdicts, not_verdicts; /* bits by gp_verdict */
  const char *services[MOST_WORDS], *not_services[MOST_WORDS];
  unsigned service_count, not_service_count;
};

static gp_engine* engine;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint32_t rules_version; /* guarded by mutex, as the next */
static char capture[4096];
__thread GhostThread ghost_thread;

/* Suricata's own, found by name: which Suricata this is, is only known once that has been asked. */
typedef void (*LogFunction)(int, const char*, const char*, int, const char*, const char*, ...);

void GhostSay(int level, const char* format, ...) {
  char line[1024];
  va_list words;
  LogFunction log;
  va_start(words, format);
  (void)vsnprintf(line, sizeof line, format, words);
  va_end(words);
  *(void**)&log = dlsym(RTLD_DEFAULT, "SCLog");
  if (log != NULL) {
    log(level, "ghostport", "ghostport", 0, "ghostport", "%s", line);
  } else {
    fprintf(stderr, "ghostport: %s\n", line);
  }
}

static const char* RunningVersion(void) {
  const char* (*version)(void);
  *(void**)&version = dlsym(RTLD_DEFAULT, "GetProgramVersion");
  return version != NULL ? version() : "of an unknown version";
}

int GhostFits(const char* built_for) {
  const char* running = RunningVersion();
  size_t length = strlen(built_for);
  __builtin_cpu_init();
#if defined(__AVX2__)
  if (!__builtin_cpu_supports("avx2")) {
    GhostSay(GHOST_WARNING, "this plugin was built for CPUs with AVX2, which this one has not; Ghostport stays inert");
    return 0;
  }
#endif
  if (strncmp(running, built_for, length) == 0 && (running[length] == '\0' || running[length] == ' ')) return 1;
  GhostSay(GHOST_WARNING,
           "this plugin was built for Suricata %s, and this is %s: their data differ, so Ghostport stays inert; "
           "install the ghostport-suricata plugin of this version",
           built_for, running);
  return 0;
}

static void DoNothing(void) {}

/* The layouts of SCPlugin: 7 has name, license, author, Init; 8 puts version, suricata_version, name, plugin_version
 * before license, author, Init. */
const void* GhostInertPlugin(void) {
  static struct {
    const char *name, *license, *author;
    void (*init)(void);
  } seven = {"ghostport (inert)", "BSD-3-Clause", "the Ghostport authors", DoNothing};
  static struct {
    uint64_t version;
    const char *suricata_version, *name, *plugin_version, *license, *author;
    void (*init)(void);
  } eight = {0x0800, "another", "ghostport (inert)", "", "BSD-3-Clause", "the Ghostport authors", DoNothing};
  return RunningVersion()[0] == '7' ? (const void*)&seven : (const void*)&eight;
}

static void SayProblem(void* user, const char* line) {
  (void)user;
  GhostSay(GHOST_WARNING, "%s", line);
}

int GhostStart(const GhostSettings* settings) {
  gp_options options;
  char line[512];
  gp_status status;
  GP_INIT(&options);
  options.configuration = settings->configuration;
  options.sensor_name = settings->sensor_name;
  options.live = settings->live;
  options.has_community_id_seed = settings->has_seed;
  options.community_id_seed = settings->seed;
  status = gp_engine_new(&options, SayProblem, NULL, &engine);
  if (status != GP_OK) {
    GhostSay(GHOST_WARNING, "%s%s: %s; Ghostport stays inert, Suricata goes on without it",
             settings->configuration != NULL ? "with " : "",
             settings->configuration != NULL ? settings->configuration : "", gp_status_text(status));
    return 0;
  }
  gp_engine_describe(engine, line, sizeof line);
  GhostSay(GHOST_NOTICE, "%s, inside Suricata %s", line, settings->built_for);
  return 1;
}

void GhostRulesLoaded(uint32_t version) {
  int again;
  gp_status status = GP_OK;
  pthread_mutex_lock(&mutex);
  again = rules_version != 0 && rules_version != version;
  rules_version = version;
  if (again) status = gp_engine_reload(engine, SayProblem, NULL);
  pthread_mutex_unlock(&mutex);
  if (again && status != GP_OK) {
    GhostSay(GHOST_WARNING, "not reloaded: %s; the old registry, signatures and exceptions stay",
             gp_status_text(status));
  } else if (again) {
    char line[512];
    gp_engine_describe(engine, line, sizeof line);
    GhostSay(GHOST_NOTICE, "reloaded: %s", line);
  }
}

void GhostNameCapture(const char* path) {
  static _Atomic(const char*) last;
  if (path == NULL || (atomic_load_explicit(&last, memory_order_relaxed) == path && strcmp(capture, path) == 0)) return;
  pthread_mutex_lock(&mutex);
  (void)snprintf(capture, sizeof capture, "%s", path);
  (void)gp_engine_name_capture(engine, capture);
  atomic_store_explicit(&last, path, memory_order_relaxed);
  pthread_mutex_unlock(&mutex);
}

uint64_t GhostCounter(const char* name) {
  const char* one;
  uint64_t value;
  uint32_t i;
  for (i = 0; gp_engine_counter(engine, i, &one, &value) == GP_OK; ++i) {
    if (strcmp(one, name) == 0) return value;
  }
  return 0;
}

GhostFlow* GhostFlowNew(void) {
  GhostFlow* flow = calloc(1, sizeof *flow);
  if (flow != NULL) GP_INIT(&flow->state);
  return flow;
}

void GhostFlowFree(void* flow) { free(flow); }

int GhostOutputOpen(void* output) {
  if (ghost_thread.count == GHOST_MOST_OUTPUTS) return 0;
  if (ghost_thread.thread == NULL) {
    if (gp_thread_open(engine, &ghost_thread.thread) != GP_OK) return 0;
    ghost_thread.gate = gp_thread_gate(ghost_thread.thread);
  }
  ghost_thread.outputs[ghost_thread.count++] = output;
  ghost_thread.seeing = ghost_thread.outputs[0];
  return 1;
}

void GhostOutputClose(void* output, GhostWrite write) {
  unsigned i;
  if (ghost_thread.thread != NULL) {
    /* What was pending is written while every output of the thread is still there. */
    gp_thread_close(ghost_thread.thread);
    ghost_thread.thread = NULL;
    ghost_thread.seeing = NULL;
    GhostWriteFindings(write);
  }
  for (i = 0; i < ghost_thread.count; ++i) {
    if (ghost_thread.outputs[i] == output) ghost_thread.outputs[i] = ghost_thread.outputs[--ghost_thread.count];
  }
}

void GhostWriteFindings(GhostWrite write) {
  char line[GP_MOST_LINE];
  gp_finding finding;
  GP_INIT(&finding);
  while (gp_take(engine, line, sizeof line, &finding) == GP_OK) {
    unsigned i;
    for (i = 0; i < ghost_thread.count; ++i) write(ghost_thread.outputs[i], line, (uint32_t)finding.length);
  }
}

/* One word of the argument. 0: it is neither a verdict nor a service. */
static int AddWord(GhostMatch* match, const char* word, size_t length, int negated) {
  const gp_verdict verdict = gp_verdict_of(word, length);
  const char* service;
  if (verdict != GP_UNDECIDED) {
    *(negated ? &match->not_verdicts : &match->verdicts) |= 1U << verdict;
    return 1;
  }
  service = gp_service_name(word, length);
  if (service == NULL) return 0;
  if (negated) {
    match->not_services[match->not_service_count++] = service;
  } else {
    match->services[match->service_count++] = service;
  }
  return 1;
}

static int IsAmong(const char* service, const char* const* all, unsigned count) {
  unsigned i;
  for (i = 0; i < count; ++i) {
    if (service == all[i]) /* the registry's own names */
      return 1;
  }
  return 0;
}

/* Can it ever hold? */
static int IsPossible(const GhostMatch* match) {
  unsigned i, left = 0;
  if (match->verdicts != 0 && (match->verdicts & ~match->not_verdicts) == 0) return 0;
  for (i = 0; i < match->service_count; ++i)
    left += !IsAmong(match->services[i], match->not_services, match->not_service_count);
  return match->service_count == 0 || left != 0;
}

GhostMatch* GhostMatchNew(const char* text) {
  GhostMatch* match = calloc(1, sizeof *match);
  const char* at = text != NULL ? text : "";
  unsigned words = 0;
  if (match == NULL) return NULL;
  for (;;) {
    int negated;
    size_t length;
    at += strspn(at, " \t");
    negated = *at == '!';
    if (negated) at += 1 + strspn(at + 1, " \t");
    length = strcspn(at, ", \t");
    if (length == 0) {
      GhostSay(GHOST_ERROR,
               "keyword ghostport: a word is missing in \"%s\"; expected verdicts and services, such as "
               "\"unexpected\" or \"!expected, ssh\"",
               text != NULL ? text : "");
      break;
    }
    if (++words > MOST_WORDS) {
      GhostSay(GHOST_ERROR, "keyword ghostport: more than %d words", MOST_WORDS);
      break;
    }
    if (length == 5 && memcmp(at, "probe", 5) == 0) {
      GhostSay(GHOST_ERROR,
               "keyword ghostport: no packet can match \"probe\", which is said once nothing more came; "
               "it is in the records of event_type ghostport");
      break;
    }
    if (!AddWord(match, at, length, negated)) {
      GhostSay(GHOST_ERROR,
               "keyword ghostport: \"%.*s\" is neither a verdict (expected, consistent, unexpected, "
               "unrecognized, listener) nor a service that Ghostport knows",
               (int)length, at);
      break;
    }
    at += length;
    at += strspn(at, " \t");
    if (*at == '\0') {
      if (IsPossible(match)) return match;
      GhostSay(GHOST_ERROR, "keyword ghostport: \"%s\" can never match: everything that it asks for, it excludes too",
               text);
      break;
    }
    if (*at != ',') {
      GhostSay(GHOST_ERROR, "keyword ghostport: expected a comma before \"%s\"", at);
      break;
    }
    ++at;
  }
  free(match);
  return NULL;
}

void GhostMatchFree(void* match) { free(match); }

int GhostMatches(const GhostMatch* match, const gp_state* state) {
  const unsigned bit = 1U << state->verdict;
  if (state->verdict == GP_UNDECIDED || (match->not_verdicts & bit) != 0) return 0;
  if (match->verdicts != 0 && (match->verdicts & bit) == 0) return 0;
  if (IsAmong(state->service, match->not_services, match->not_service_count)) return 0;
  return match->service_count == 0 || IsAmong(state->service, match->services, match->service_count);
}
