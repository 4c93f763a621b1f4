/* The floor of bench/compare: libpcap reads a capture and one byte of each of a packet's first cache lines is touched.
 */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char** argv) {
  char error[PCAP_ERRBUF_SIZE];
  struct pcap_pkthdr* header;
  const u_char* data;
  unsigned long packets = 0, sum = 0;
  int status;
  pcap_t* capture = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
  if (capture == NULL) {
    fprintf(stderr, "usage: libpcap_floor CAPTURE\n");
    return 2;
  }
  while ((status = pcap_next_ex(capture, &header, &data)) == 1) {
    bpf_u_int32 at;
    for (at = 0; at < header->caplen && at <= 64; at += 64) sum += data[at];
    ++packets;
  }
  pcap_close(capture);
  printf("%lu packets, %lu\n", packets, sum);
  return status == PCAP_ERROR_BREAK ? 0 : 1;
}
