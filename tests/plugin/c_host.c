/* A host in plain C: reads a capture with libpcap and brings it to Ghostport through plugin/c_api.h alone.
 * Usage: c_host [--threads N] [--flows] [--live] CONFIGURATION CAPTURE   writes the records to standard output
 *   --threads N  packets are dealt to N threads by five-tuple, as a host with many queues would
 *   --flows      the host parses and tracks flows itself, and brings segments and datagrams instead of packets
 * Exit status: 0 done, 2 wrong usage or configuration, 3 the capture could not be read, 77 --flows: there are packets
 * that this host cannot read. */
#define _GNU_SOURCE
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/c_api.h"

#define MOST_THREADS 16
#define MOST_FLOWS 65536

struct packet {
  int64_t time;
  uint64_t number;
  uint32_t captured, length;
  uint8_t* data;
};

/* What the host itself finds in an Ethernet frame. */
struct parsed {
  uint8_t protocol;
  int fragment;
  gp_ends ends; /* valid where protocol is TCP or UDP */
  const uint8_t* transport;
  uint32_t transport_captured, transport_length;
  uint8_t hop_limit;
  int bad; /* a receiver would refuse its IP or TCP header */
};

struct flow {
  uint8_t family, protocol;
  uint8_t a[16], b[16];
  uint16_t a_port, b_port;
  gp_flow* handle; /* its direction 0 is from a to b */
  struct flow* next;
};

struct lane {
  gp_engine* engine;
  gp_thread* thread;
  pthread_t runs;
  const struct packet* packets;
  size_t count;
  unsigned index, lanes;
  int link_type, by_flows;
  struct flow* flows[MOST_FLOWS];
};

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static uint16_t get16(const uint8_t* at) { return (uint16_t)(at[0] << 8 | at[1]); }
static uint32_t get32(const uint8_t* at) { return (uint32_t)get16(at) << 16 | get16(at + 2); }

static void fail(const char* what) {
  fprintf(stderr, "c_host: %s\n", what);
  exit(2);
}

static void expect(gp_status status, const char* what) {
  if (status == GP_OK) return;
  fprintf(stderr, "c_host: %s: %s\n", what, gp_status_text(status));
  exit(2);
}

static void say(void* user, const char* line) {
  (void)user;
  fprintf(stderr, "%s\n", line);
}

static void take_all(gp_engine* engine) {
  char line[GP_MOST_LINE];
  gp_finding finding;
  GP_INIT(&finding);
  pthread_mutex_lock(&output);
  while (gp_take(engine, line, sizeof line, &finding) == GP_OK) {
    fwrite(line, 1, finding.length, stdout);
    fputc('\n', stdout);
  }
  pthread_mutex_unlock(&output);
}

static uint32_t sum_of(const uint8_t* at, size_t count) {
  uint32_t sum = 0;
  size_t i;
  for (i = 0; i + 1 < count; i += 2) sum += get16(at + i);
  return count % 2 != 0 ? sum + (uint32_t)(at[count - 1] << 8) : sum;
}

static uint16_t folded(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xFFFFU) + (sum >> 16);
  return (uint16_t)sum;
}

/* RFC 1071; what is cut cannot be wrong. */
static int is_bad(const uint8_t* ip, const struct parsed* of) {
  uint32_t sum = of->protocol + of->transport_length;
  if (of->ends.family == 4 && get16(ip + 10) != 0 && folded(sum_of(ip, (ip[0] & 15U) * 4U)) != 0xFFFF) return 1;
  if (of->protocol != 6 || of->transport_captured < of->transport_length) return 0;
  sum += sum_of(of->ends.source, 16) + sum_of(of->ends.destination, 16);
  return folded(sum + sum_of(of->transport, of->transport_length)) != 0xFFFF;
}

static int read_ip(const uint8_t* at, uint32_t captured, struct parsed* out) {
  uint32_t header, total;
  if (captured < 20) return 0;
  GP_INIT(&out->ends);
  if (at[0] >> 4 == 4) {
    header = (at[0] & 15U) * 4U;
    total = get16(at + 2);
    out->fragment = (get16(at + 6) & 0x3FFF) != 0;
    out->protocol = at[9];
    out->hop_limit = at[8];
    out->ends.family = 4;
    memcpy(out->ends.source, at + 12, 4);
    memcpy(out->ends.destination, at + 16, 4);
  } else if (at[0] >> 4 == 6 && captured >= 40) {
    header = 40;
    total = 40U + get16(at + 4);
    out->fragment = at[6] == 44;
    out->protocol = at[6];
    out->hop_limit = at[7];
    out->ends.family = 6;
    memcpy(out->ends.source, at + 8, 16);
    memcpy(out->ends.destination, at + 24, 16);
  } else {
    return 0;
  }
  if (header < 20 || header > captured || header > total) return 0;
  out->transport = at + header;
  out->transport_length = total - header;
  out->transport_captured = captured - header < out->transport_length ? captured - header : out->transport_length;
  out->ends.protocol = out->protocol;
  if (out->transport_captured >= 4 && !out->fragment) {
    out->ends.source_port = get16(out->transport);
    out->ends.destination_port = get16(out->transport + 2);
  }
  out->bad = total > captured || is_bad(at, out);
  return 1;
}

static int parse(const struct packet* packet, int link_type, struct parsed* out) {
  memset(out, 0, sizeof *out);
  if (link_type != DLT_EN10MB || packet->captured < 14) return 0;
  const uint16_t type = get16(packet->data + 12);
  if (type != 0x0800 && type != 0x86DD) return 0;
  return read_ip(packet->data + 14, packet->captured - 14, out);
}

/* TCP, UDP or ICMP without fragments, tags, tunnels or extension headers? */
static int is_plain(const struct packet* packet, int link_type) {
  struct parsed parsed;
  if (!parse(packet, link_type, &parsed) || parsed.fragment) return 0;
  if (parsed.ends.family == 4 && parsed.transport != packet->data + 34) return 0;
  return parsed.protocol == 6 || parsed.protocol == 17 || parsed.protocol == 1 || parsed.protocol == 58;
}

/* The same for both directions of a flow. */
static unsigned lane_of(const struct packet* packet, int link_type, unsigned lanes) {
  struct parsed parsed;
  uint32_t sum = 0;
  int i;
  if (lanes == 1 || !parse(packet, link_type, &parsed)) return 0;
  if (parsed.protocol == 1 || parsed.protocol == 58) { /* an error goes with the flow that it is about */
    struct parsed quoted;
    memset(&quoted, 0, sizeof quoted);
    if (parsed.transport_captured > 8 && read_ip(parsed.transport + 8, parsed.transport_captured - 8, &quoted))
      parsed = quoted;
  }
  for (i = 0; i < 16; ++i) sum += (uint32_t)(parsed.ends.source[i] + parsed.ends.destination[i]);
  sum += (uint32_t)(parsed.ends.source_port + parsed.ends.destination_port) * 2654435761U >> 7;
  return sum % lanes;
}

static struct flow* find_flow(struct lane* lane, const gp_ends* ends, const gp_moment* at, int* direction, int make) {
  uint32_t hash = ends->source_port * 31U + ends->destination_port * 31U + ends->protocol;
  int i;
  for (i = 0; i < 16; ++i) hash += (uint32_t)(ends->source[i] + ends->destination[i]) * 7U;
  struct flow** place = &lane->flows[hash % MOST_FLOWS];
  struct flow* one;
  for (one = *place; one != NULL; one = one->next) {
    if (one->family != ends->family || one->protocol != ends->protocol) continue;
    if (!memcmp(one->a, ends->source, 16) && !memcmp(one->b, ends->destination, 16) &&
        one->a_port == ends->source_port && one->b_port == ends->destination_port) {
      *direction = 0;
      return one;
    }
    if (!memcmp(one->a, ends->destination, 16) && !memcmp(one->b, ends->source, 16) &&
        one->a_port == ends->destination_port && one->b_port == ends->source_port) {
      *direction = 1;
      return one;
    }
  }
  if (!make) return NULL;
  one = calloc(1, sizeof *one);
  if (one == NULL) fail("out of memory");
  one->family = ends->family;
  one->protocol = ends->protocol;
  memcpy(one->a, ends->source, 16);
  memcpy(one->b, ends->destination, 16);
  one->a_port = ends->source_port;
  one->b_port = ends->destination_port;
  one->next = *place;
  *place = one;
  *direction = 0;
  gp_moment begin = *at;
  begin.length = 0; /* the packet itself counts once, with what it brings */
  expect(gp_flow_attach(lane->thread, ends, &begin, &one->handle), "attach");
  return one;
}

static void bring_to_flow(struct lane* lane, const struct packet* packet) {
  struct parsed parsed;
  gp_moment at;
  gp_state state;
  int direction = 0;
  GP_INIT(&at);
  GP_INIT(&state);
  at.time = packet->time;
  at.number = packet->number;
  at.length = packet->length;
  if (!parse(packet, lane->link_type, &parsed) || parsed.fragment) {
    gp_advance(lane->thread, packet->time);
    return;
  }
  if (parsed.protocol == 6 && parsed.transport_captured >= 20) {
    const uint32_t header = (uint32_t)(parsed.transport[12] >> 4) * 4U;
    if (header < 20 || header > parsed.transport_length) return;
    struct flow* const flow = find_flow(lane, &parsed.ends, &at, &direction, 1);
    gp_segment segment;
    GP_INIT(&segment);
    segment.sequence = get32(parsed.transport + 4);
    segment.acknowledgment = get32(parsed.transport + 8);
    segment.flags = parsed.transport[13];
    segment.window = get16(parsed.transport + 14);
    segment.urgent = get16(parsed.transport + 18);
    segment.hop_limit = parsed.hop_limit;
    segment.bad_checksum = (uint8_t)parsed.bad;
    segment.options = parsed.transport + 20;
    segment.options_length = (uint8_t)(header - 20);
    segment.length = parsed.transport_length - header;
    segment.captured = parsed.transport_captured > header ? parsed.transport_captured - header : 0;
    segment.payload = parsed.transport + header;
    expect(gp_flow_segment(flow->handle, direction, &segment, &at, &state), "segment");
  } else if (parsed.protocol == 17 && parsed.transport_captured >= 8) {
    uint32_t length = get16(parsed.transport + 4);
    if (length < 8 || length > parsed.transport_captured) length = parsed.transport_captured;
    struct flow* const flow = find_flow(lane, &parsed.ends, &at, &direction, 1);
    expect(gp_flow_feed(flow->handle, direction, 0, parsed.transport + 8, length - 8, &at, &state), "feed");
  } else if ((parsed.protocol == 1 || parsed.protocol == 58) && parsed.transport_captured > 8 &&
             parsed.transport[0] == (parsed.protocol == 1 ? 3 : 1)) {
    struct parsed quoted;
    memset(&quoted, 0, sizeof quoted);
    if (!read_ip(parsed.transport + 8, parsed.transport_captured - 8, &quoted)) return;
    struct flow* const flow = find_flow(lane, &quoted.ends, &at, &direction, 0);
    at.length = 0;
    if (flow != NULL) expect(gp_flow_signal(flow->handle, direction, GP_ICMP_UNREACHABLE, &at, &state), "signal");
  } else {
    gp_advance(lane->thread, packet->time);
  }
}

static void bring(struct lane* lane, const struct packet* packet) {
  struct parsed parsed;
  gp_packet given;
  gp_state state;
  if (lane->by_flows) {
    bring_to_flow(lane, packet);
    return;
  }
  GP_INIT(&given);
  GP_INIT(&state);
  given.data = packet->data;
  given.captured = packet->captured;
  given.length = packet->length;
  given.link_type = (uint16_t)lane->link_type;
  given.network_offset = GP_FRAME;
  given.time = packet->time;
  given.number = packet->number;
  /* The gate for what this host can parse itself. */
  if (parse(packet, lane->link_type, &parsed) && !parsed.fragment && parsed.protocol == 6 &&
      parsed.transport_captured >= 20) {
    const uint32_t header = (uint32_t)(parsed.transport[12] >> 4) * 4U;
    const uint32_t payload = parsed.transport_captured > header ? parsed.transport_captured - header : 0;
    if (gp_gate_passes(gp_thread_gate(lane->thread), packet->time, 1, parsed.ends.source_port,
                       parsed.ends.destination_port, parsed.transport + header, payload))
      return;
    if (gp_pass(lane->thread, packet->time, packet->number, 6, parsed.ends.source_port, parsed.ends.destination_port,
                parsed.transport + header, payload) == GP_WANTS_NOTHING)
      return;
  }
  expect(gp_packet_in(lane->thread, &given, &state), "packet");
}

static void* run(void* argument) {
  struct lane* const lane = argument;
  size_t i;
  for (i = 0; i < lane->count; ++i) {
    if (lane_of(&lane->packets[i], lane->link_type, lane->lanes) == lane->index) bring(lane, &lane->packets[i]);
    if (gp_has_findings(lane->engine)) take_all(lane->engine);
  }
  if (lane->by_flows) {
    gp_moment at;
    GP_INIT(&at);
    if (lane->count != 0) at.time = lane->packets[lane->count - 1].time;
    for (i = 0; i < MOST_FLOWS; ++i) {
      while (lane->flows[i] != NULL) {
        struct flow* const one = lane->flows[i];
        lane->flows[i] = one->next;
        gp_flow_finish(one->handle, GP_END_CAPTURE, &at);
        free(one);
      }
    }
  }
  gp_thread_close(lane->thread);
  return NULL;
}

static struct packet* read_capture(const char* path, size_t* count, int* link_type) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t* const capture = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
  struct pcap_pkthdr* header;
  const u_char* data;
  struct packet* all = NULL;
  size_t room = 0;
  int got;
  if (capture == NULL) {
    fprintf(stderr, "c_host: %s\n", error);
    exit(3);
  }
  *link_type = pcap_datalink(capture);
  *count = 0;
  while ((got = pcap_next_ex(capture, &header, &data)) == 1) {
    if (*count == room) {
      room = room == 0 ? 256 : 2 * room;
      all = realloc(all, room * sizeof *all);
      if (all == NULL) fail("out of memory");
    }
    struct packet* const one = &all[(*count)++];
    one->time = (int64_t)header->ts.tv_sec * 1000000000 + header->ts.tv_usec;
    one->number = *count;
    one->captured = header->caplen;
    one->length = header->len;
    one->data = malloc(header->caplen + 1U);
    if (one->data == NULL) fail("out of memory");
    memcpy(one->data, data, header->caplen);
  }
  pcap_close(capture);
  if (got != PCAP_ERROR_BREAK) exit(3);
  return all;
}

static void free_packets(struct packet* packets, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) free(packets[i].data);
  free(packets);
}

/* A struct of another version is refused, and nothing happens. */
static void refuse_other_versions(gp_engine* engine, gp_thread* thread) {
  gp_options options;
  gp_packet packet;
  gp_engine* none = NULL;
  const uint8_t byte = 0;
  GP_INIT(&options);
  options.version = GP_VERSION + 1;
  if (gp_engine_new(&options, say, NULL, &none) != GP_WRONG_VERSION || none != NULL) fail("took a later version");
  options.version = GP_VERSION;
  options.size -= 8;
  if (gp_engine_new(&options, say, NULL, &none) != GP_WRONG_VERSION || none != NULL) fail("took a shorter struct");
  GP_INIT(&packet);
  packet.data = &byte;
  packet.version = 0;
  if (gp_packet_in(thread, &packet, NULL) != GP_WRONG_VERSION) fail("took an old packet");
  if (gp_flow_attach(thread, NULL, NULL, NULL) != GP_INVALID) fail("attached nothing");
  if (gp_take(engine, NULL, 0, NULL) != GP_INVALID) fail("took into nothing");
  if (gp_version() != GP_VERSION) fail("loaded another version");
}

int main(int count, char** words) {
  static struct lane lanes[MOST_THREADS];
  gp_options options;
  gp_engine* engine = NULL;
  gp_thread* tried = NULL;
  struct packet* packets;
  size_t packet_count, i;
  unsigned threads = 1;
  int link_type, by_flows = 0, live = 0, at = 1;
  for (; at < count && words[at][0] == '-' && words[at][1] == '-'; ++at) {
    if (!strcmp(words[at], "--flows")) {
      by_flows = 1;
    } else if (!strcmp(words[at], "--live")) {
      live = 1;
    } else if (!strcmp(words[at], "--threads") && at + 1 < count) {
      threads = (unsigned)atoi(words[++at]);
    } else {
      fail("an unknown option");
    }
  }
  if (count - at != 2 || threads < 1 || threads > MOST_THREADS) fail("usage: c_host [options] CONFIGURATION CAPTURE");
  GP_INIT(&options);
  options.configuration = words[at];
  options.live = live;
  if (gp_engine_new(&options, say, NULL, &engine) != GP_OK) return 2;
  expect(gp_thread_open(engine, &tried), "open");
  refuse_other_versions(engine, tried);
  gp_thread_close(tried);
  packets = read_capture(words[at + 1], &packet_count, &link_type);
  /* A host deals flows to threads once it knows them; this one knows but plain packets. */
  for (i = 0; i < packet_count; ++i) {
    if (is_plain(&packets[i], link_type)) continue;
    if (by_flows) {
      printf("a packet that this host does not read\n");
      gp_engine_free(engine);
      free_packets(packets, packet_count);
      return 77;
    }
    threads = 1;
  }
  for (i = 0; i < threads; ++i) {
    lanes[i].engine = engine;
    lanes[i].packets = packets;
    lanes[i].count = packet_count;
    lanes[i].index = (unsigned)i;
    lanes[i].lanes = threads;
    lanes[i].link_type = link_type;
    lanes[i].by_flows = by_flows;
    expect(gp_thread_open(engine, &lanes[i].thread), "open");
  }
  for (i = 0; i < threads; ++i) {
    if (pthread_create(&lanes[i].runs, NULL, run, &lanes[i]) != 0) fail("no thread");
  }
  for (i = 0; i < threads; ++i) pthread_join(lanes[i].runs, NULL);
  take_all(engine);
  const char* name;
  uint64_t value;
  uint32_t index;
  for (index = 0; gp_engine_counter(engine, index, &name, &value) == GP_OK; ++index) {
    if (value != 0) fprintf(stderr, "%s %llu\n", name, (unsigned long long)value);
  }
  gp_engine_free(engine);
  free_packets(packets, packet_count);
  return 0;
}
