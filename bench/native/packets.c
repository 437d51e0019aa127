/*
 * Load generator for the data path: a sender and a receiver, each in a network namespace.
 *
 *   packets receive udp|tcp ADDRESS PORT CPU     prints "ready", then, after 60 ms without traffic, its count
 *   packets send udp|tcp ADDRESS PORT SECONDS CPU
 *
 * udp: 18 bytes of payload (IPv4: frames of 64 bytes), as fast as sendmmsg(2) allows; tcp: one stream. Addresses of
 * both families. A veth runs in the sender's context, so the sender's CPU time is that of the path.
 * Answer: <packets or bytes> <ns> <cpu us>.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, PAYLOAD = 18, CHUNK = 1 << 17, IDLE_MS = 60, PATIENCE_S = 5 };

static char buffer[CHUNK];

static void fail(const char *what) {
  fprintf(stderr, "packets: %s: %s\n", what, strerror(errno));
  exit(1);
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

static void set_timeout(int fd, int ms) {
  struct timeval time = {ms / 1000, ms % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

struct place {
  struct sockaddr_storage name;
  socklen_t size;
};

static struct place place_of(const char *address, int port) {
  struct place place = {0};
  struct sockaddr_in *v4 = (struct sockaddr_in *)&place.name;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&place.name;
  if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    place.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    place.size = sizeof *v6;
  } else {
    fail(address);
  }
  return place;
}

static void receive(int is_udp, struct place place) {
  int fd = socket(place.name.ss_family, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0), size = 1 << 24, yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (is_udp) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
  if (bind(fd, (struct sockaddr *)&place.name, place.size) < 0) fail("bind");
  if (!is_udp && listen(fd, 1) < 0) fail("listen");
  printf("ready\n");
  fflush(stdout);
  set_timeout(fd, PATIENCE_S * 1000);
  if (!is_udp && (fd = accept(fd, NULL, NULL)) < 0) fail("accept");
  struct mmsghdr messages[BATCH] = {0};
  struct iovec vectors[BATCH];
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){buffer + i * 64, 64};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  long long count = 0, first = 0, last = 0;
  int is_begun = !is_udp;
  for (;;) {
    long long got = is_udp ? recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL) : recv(fd, buffer, CHUNK, 0);
    if (got <= 0) break;
    if (!is_begun) { /* the datagram that resolves neighbours, some time before all others */
      is_begun = 1;
      continue;
    }
    last = now();
    if (first == 0) {
      first = last;
      set_timeout(fd, is_udp ? IDLE_MS : PATIENCE_S * 1000);
    }
    count += got;
  }
  if (count == 0) {
    errno = ETIMEDOUT;
    fail("nothing came");
  }
  printf("%lld %lld %lld\n", count, last - first, cpu_us());
}

static void send_all(int is_udp, struct place place, double seconds) {
  int fd = socket(place.name.ss_family, is_udp ? SOCK_DGRAM : SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&place.name, place.size) < 0) fail("connect");
  struct mmsghdr messages[BATCH] = {0};
  struct iovec vector = {buffer, PAYLOAD};
  for (int i = 0; i < BATCH; i++) {
    messages[i].msg_hdr.msg_iov = &vector;
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  if (is_udp) { /* the neighbours are resolved before the clock starts */
    send(fd, buffer, PAYLOAD, 0);
    usleep(30000);
  }
  long long count = 0, started = now(), cpu = cpu_us(), end = started + (long long)(seconds * 1e9);
  while (now() < end) {
    long long sent = is_udp ? sendmmsg(fd, messages, BATCH, 0) : send(fd, buffer, CHUNK, 0);
    if (sent < 0 && errno != ENOBUFS) fail("send");
    if (sent > 0) count += sent;
  }
  printf("%lld %lld %lld\n", count, now() - started, cpu_us() - cpu);
}

int main(int argc, char **argv) {
  if (argc == 6 && strcmp(argv[1], "receive") == 0) {
    pin(atoi(argv[5]));
    receive(strcmp(argv[2], "udp") == 0, place_of(argv[3], atoi(argv[4])));
    return 0;
  }
  if (argc == 7 && strcmp(argv[1], "send") == 0) {
    pin(atoi(argv[6]));
    send_all(strcmp(argv[2], "udp") == 0, place_of(argv[3], atoi(argv[4])), atof(argv[5]));
    return 0;
  }
  fprintf(stderr, "usage: packets receive udp|tcp ADDRESS PORT CPU | packets send udp|tcp ADDRESS PORT SECONDS CPU\n");
  return 64;
}
