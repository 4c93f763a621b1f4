/* Ghostport for a host written in C: packets in, verdicts and records out.
 *
 * A host makes one engine, and opens a thread handle on each of its threads that brings packets. Every struct begins
 * with its size and the version of this interface, which the caller sets with GP_INIT; a struct of another version is
 * refused with GP_WRONG_VERSION and nothing happens. Fields are only ever added at the end, with a new version.
 *
 * Threads: gp_engine_* and gp_take may be called on any thread; a gp_thread, and the flows attached through it, on one
 * thread at a time. The callback `say` runs on the thread that called. No function prints, aborts, reads a clock or
 * lets an exception out: time comes with the packets, in nanoseconds since 1970-01-01 UTC. */
#ifndef GHOSTPORT_C_API_H
#define GHOSTPORT_C_API_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "plugin/gate.h"

// NOLINTBEGIN(readability-identifier-naming): names as C has them
#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GP_API __attribute__((visibility("default")))
#else
#define GP_API
#endif

/* Sets a struct to zero, and its size and version. */
#define GP_INIT(pointer) gp_init((pointer), sizeof *(pointer), GP_VERSION)

typedef struct gp_engine gp_engine;
typedef struct gp_thread gp_thread;
typedef struct gp_flow gp_flow;

typedef enum gp_status {
  GP_OK = 0,
  GP_NOTHING = 1,       /* there is nothing to take */
  GP_WRONG_VERSION = 2, /* a struct is of another version of this interface */
  GP_INVALID = 3,       /* an argument or the configuration is wrong */
  GP_NO_MEMORY = 4,
  GP_TOO_MANY = 5 /* threads, or sets of rules that flows still go by: try again later */
} gp_status;

/* The verdict on a flow; gp_verdict_name gives the words that records use. */
typedef enum gp_verdict {
  GP_UNDECIDED = 0,
  GP_EXPECTED = 1,
  GP_CONSISTENT = 2,
  GP_UNEXPECTED = 3,
  GP_UNRECOGNIZED = 4,
  GP_LISTENER = 5,
  GP_PROBE = 6
} gp_verdict;

/* One line each of what is wrong, without its line break: file:line:column: what, and what was expected. */
typedef void (*gp_say)(void* user, const char* line);

typedef struct gp_options {
  uint32_t size, version;
  const char* configuration; /* path of a Ghostport configuration; NULL: all defaults */
  int live;                  /* packet time is the time of day: a thread 200 ms behind is taken for silent */
  uint32_t shards;           /* 1 to 32, a power of two; 0: 4 */
  int has_community_id_seed; /* the host's seed counts, not the configuration's */
  uint16_t community_id_seed;
  const char* sensor_name; /* `host` of records; NULL: the configuration's sensor-id */
} gp_options;

/* network_offset: find the IP packet by the link type, enter tunnels and put fragments together for me. */
#define GP_FRAME 0xFFFFFFFFU

typedef struct gp_packet {
  uint32_t size, version;
  const uint8_t* data;     /* lives as long as the call */
  uint32_t captured;       /* bytes at data */
  uint32_t length;         /* bytes on the wire */
  uint32_t network_offset; /* of the IP header that counts (below 65,536), or GP_FRAME */
  uint16_t link_type;      /* as pcap numbers them: 1 Ethernet, 101 IP without a link layer */
  uint16_t frames;         /* 0 or 1; more: a datagram put together from so many fragments */
  int64_t time;            /* ns */
  uint64_t number;         /* in its capture, from 1; 0: the engine counts */
  int host_reassembles;    /* GP_FRAME: leave out fragments but those inside tunnels */
  uint64_t host_flow;      /* by which the host's records know the flow; 0: it has none */
  uint16_t vlan[2];
  uint8_t vlans;
} gp_packet;

/* What is known of a flow now. */
typedef struct gp_state {
  uint32_t size, version;
  gp_verdict verdict;
  const char* service; /* that payload named; NULL: none. Lives for ever. */
} gp_state;

/* A record on its way out. */
typedef struct gp_finding {
  uint32_t size, version;
  gp_verdict verdict;
  const char* severity; /* none, info, low, medium, high or critical; lives for ever */
  size_t length;        /* of the line */
} gp_finding;

/* The longest line of a finding. */
#define GP_MOST_LINE 4096U

static inline void gp_init(void* pointer, size_t size, uint32_t version) {
  memset(pointer, 0, size);
  ((uint32_t*)pointer)[0] = (uint32_t)size;
  ((uint32_t*)pointer)[1] = version;
}

/* Of the library that was loaded, which may differ from GP_VERSION. */
GP_API uint32_t gp_version(void);
/* "0.1.0" */
GP_API const char* gp_product_version(void);
GP_API const char* gp_status_text(gp_status status);
GP_API const char* gp_verdict_name(gp_verdict verdict);
/* GP_UNDECIDED where the word is no verdict. */
GP_API gp_verdict gp_verdict_of(const char* name, size_t length);
/* The registry's own copy of a service's name; NULL where there is no such service. */
GP_API const char* gp_service_name(const char* name, size_t length);

/* Every fault of the configuration is said; then *engine is NULL. */
GP_API gp_status gp_engine_new(const gp_options* options, gp_say say, void* user, gp_engine** engine);
/* Every thread has been closed. */
GP_API void gp_engine_free(gp_engine* engine);
/* Reads the configuration again. A flow keeps the rules that it began with until it is decided. What is wrong is said,
 * and the old rules stay. */
GP_API gp_status gp_engine_reload(gp_engine* engine, gp_say say, void* user);
/* One line: version, signatures, ports watched. Returns its length, as snprintf. */
GP_API size_t gp_engine_describe(gp_engine* engine, char* line, size_t room);
/* The capture that packets come from now, for records; NULL: none. */
GP_API gp_status gp_engine_name_capture(gp_engine* engine, const char* path);
/* Counter number `index`, by name; GP_NOTHING past the last. Each call with index 0 counts anew for those that follow.
 */
GP_API gp_status gp_engine_counter(gp_engine* engine, uint32_t index, const char** name, uint64_t* value);

GP_API gp_status gp_thread_open(gp_engine* engine, gp_thread** thread);
/* With the last thread of an engine all flows end, and what was pending waits to be taken. */
GP_API void gp_thread_close(gp_thread* thread);

/* The quick way past packets that concern nobody (gp_gate_passes), before gp_pass. Lives as long as the thread. */
GP_API gp_gate* gp_thread_gate(gp_thread* thread);

typedef enum gp_wants {
  GP_WANTS_NOTHING = 0, /* the packet concerns nobody, and that is all */
  GP_WANTS_PACKET = 1,  /* give it to gp_packet_in */
  GP_WANTS_FRAME = 2    /* a tunnel may be inside: give its frame (GP_FRAME), unless the host shows what is inside */
} gp_wants;
/* A packet of these ports went by (TCP 6, UDP 17; errors of ICMP and ICMPv6 are wanted without asking), with these
 * first bytes of payload, at least 4 where there are. Cheap: for every packet. */
GP_API gp_wants gp_pass(gp_thread* thread, int64_t time, uint64_t number, uint8_t protocol, uint16_t source_port,
                        uint16_t destination_port, const uint8_t* payload, uint32_t payload_length);
/* Fills `state`, which may be NULL, with what is then known of the packet's flow: with GP_UNEXPECTED an inline host
 * drops this packet and all later ones of the flow, until that is revised. */
GP_API gp_status gp_packet_in(gp_thread* thread, const gp_packet* packet, gp_state* state);

/* 1 where a finding waits: cheap. */
GP_API int gp_has_findings(const gp_engine* engine);
/* The oldest finding that waits: an EVE record on one line, not terminated. `room`: at least GP_MOST_LINE. */
GP_API gp_status gp_take(gp_engine* engine, char* line, size_t room, gp_finding* finding);

/* --- For hosts that track flows and order bytes themselves. ---
 * The same thread contract; a flow stays on the thread that attached it. Times and numbers as in gp_packet. */

typedef struct gp_ends {
  uint32_t size, version;
  uint8_t family;   /* 4 or 6 */
  uint8_t protocol; /* 6 TCP, 17 UDP */
  uint8_t source[16], destination[16];
  uint16_t source_port, destination_port;
  uint64_t host_flow;
} gp_ends;

typedef struct gp_moment {
  uint32_t size, version;
  int64_t time;
  uint64_t number;
  uint32_t length; /* of the frame, for the record's byte counts */
} gp_moment;

typedef enum gp_signal {
  GP_SYN = 0,
  GP_SYN_ACK = 1,
  GP_ACK = 2,
  GP_RESET = 3,
  GP_FIN = 4,
  GP_ICMP_UNREACHABLE = 5,
  GP_EMPTY = 6 /* a datagram without payload */
} gp_signal;

typedef enum gp_end { GP_END_TIMEOUT = 0, GP_END_CLOSED = 1, GP_END_CAPTURE = 2 } gp_end;

/* A flow begins; `ends` are those of its first packet, whose direction is 0; the other way is 1. */
GP_API gp_status gp_flow_attach(gp_thread* thread, const gp_ends* ends, const gp_moment* at, gp_flow** flow);
GP_API gp_status gp_flow_signal(gp_flow* flow, int direction, gp_signal signal, const gp_moment* at, gp_state* state);
/* Stream bytes at their offset (TCP), as the receiver takes them, or one datagram (UDP; the offset means nothing). */
GP_API gp_status gp_flow_feed(gp_flow* flow, int direction, uint32_t offset, const uint8_t* bytes, size_t count,
                              const gp_moment* at, gp_state* state);

/* A TCP segment as it came: the engine orders it. */
typedef struct gp_segment {
  uint32_t size, version;
  uint32_t sequence, acknowledgment;
  uint8_t flags;        /* as in the header, as the next two */
  uint8_t bad_checksum; /* 1: a receiver would refuse it */
  uint16_t window, urgent;
  uint8_t hop_limit;      /* or TTL; 0: not known */
  uint8_t options_length; /* of the TCP header */
  const uint8_t* options; /* NULL: not known, and then the window counts for nothing */
  const uint8_t* payload;
  uint32_t captured; /* bytes at payload */
  uint32_t length;   /* payload bytes on the wire */
} gp_segment;
GP_API gp_status gp_flow_segment(gp_flow* flow, int direction, const gp_segment* segment, const gp_moment* at,
                                 gp_state* state);
/* The flow is over, and its handle gone. */
GP_API void gp_flow_finish(gp_flow* flow, gp_end why, const gp_moment* at);
/* Packet time has come so far on this thread, also where no packet came. */
GP_API void gp_advance(gp_thread* thread, int64_t time);

#ifdef __cplusplus
}
#endif
// NOLINTEND(readability-identifier-naming)
#endif
