/* The quick way past most packets, inline in the host: no function is called for a packet that concerns nobody. Part of
 * plugin/c_api.h; the engine keeps it up to date. */
#ifndef GHOSTPORT_GATE_H
#define GHOSTPORT_GATE_H

#include <stdint.h>

/* Of the whole C interface. */
#define GP_VERSION 1U

// NOLINTBEGIN(readability-identifier-naming): names as C has them
/* One for each thread of the host, which alone touches the last two fields. */
typedef struct gp_gate {
  uint32_t size, version;
  const uint8_t* ports[2];  /* TCP, UDP: 65,536 each; not 0: somebody cares */
  const uint32_t* threads;  /* that are open */
  const uint32_t* findings; /* that wait to be taken */
  int64_t quiet_until;      /* packet time up to which nobody waits to hear how far this thread has got */
  uint64_t passed;          /* packets that went this way */
} gp_gate;

/* 1: the packet concerns nobody. 0: gp_pass says more. May connections on other threads announce it yet? H.245 begins
 * with a TPKT header (RFC 1006 section 6). */
static inline int gp_gate_passes(gp_gate* gate, int64_t time, int is_tcp, uint16_t source_port,
                                 uint16_t destination_port, const uint8_t* payload, uint32_t payload_length) {
  const uint8_t* const ports = gate->ports[is_tcp ? 0 : 1];
  const int cares = __atomic_load_n(&ports[source_port], __ATOMIC_RELAXED) |
                    __atomic_load_n(&ports[destination_port], __ATOMIC_RELAXED);
  if (cares != 0 || time >= gate->quiet_until) return 0;
  if (is_tcp && payload_length >= 4 && payload[0] == 3 && payload[1] == 0 &&
      __atomic_load_n(gate->threads, __ATOMIC_RELAXED) > 1)
    return 0;
  __atomic_store_n(&gate->passed, gate->passed + 1, __ATOMIC_RELAXED);
  return 1;
}

// NOLINTEND(readability-identifier-naming)

#endif
