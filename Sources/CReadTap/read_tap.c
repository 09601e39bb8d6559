// libwebsockets reads its sockets with recv(2) and SSL_read(3), and offers no way to look at a frame's header before it is
// parsed. A program's own functions of those names come before the libraries' (ELF symbol interposition), so these do.
#define _GNU_SOURCE
#include "CReadTap.h"
#include <dlfcn.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct tap {
  readtap_reader reader;
  void *owner;
};
// Indexed by descriptor; there only while somebody is in it.
static _Thread_local struct tap *taps;
static _Thread_local size_t tap_count, owner_count;

static struct tap *tap_of(int descriptor) {
  return descriptor >= 0 && (size_t)descriptor < tap_count && taps[descriptor].owner ? &taps[descriptor] : NULL;
}

void readtap_set(int descriptor, readtap_reader reader, void *owner) {
  if (descriptor < 0) return;
  if ((size_t)descriptor >= tap_count) {
    if (!owner) return;
    size_t count = tap_count ? tap_count : 64;
    while (count <= (size_t)descriptor) count *= 2;
    struct tap *grown = realloc(taps, count * sizeof *grown);
    if (!grown) abort();
    memset(grown + tap_count, 0, (count - tap_count) * sizeof *grown);
    taps = grown;
    tap_count = count;
  }
  if (owner && !taps[descriptor].owner) owner_count++;
  if (!owner && taps[descriptor].owner) owner_count--;
  taps[descriptor] = (struct tap){reader, owner};
  if (owner_count == 0) {
    free(taps);
    taps = NULL;
    tap_count = 0;
  }
}

void *readtap_owner(int descriptor) {
  struct tap *tap = tap_of(descriptor);
  return tap ? tap->owner : NULL;
}

typedef int (*ssl_read)(SSL *, void *, int);
static ssl_read real_ssl_read(void) {
  static _Atomic(ssl_read) found;
  if (!found) found = (ssl_read)dlsym(RTLD_NEXT, "SSL_read");
  if (!found) abort();
  return found;
}

__attribute__((visibility("default"))) ssize_t recv(int descriptor, void *buffer, size_t count, int flags) {
  struct tap *tap = flags == 0 ? tap_of(descriptor) : NULL;
  return tap ? tap->reader(tap->owner, NULL, descriptor, buffer, count) : recvfrom(descriptor, buffer, count, flags, NULL, NULL);
}

__attribute__((visibility("default"))) int SSL_read(SSL *tls, void *buffer, int count) {
  int descriptor = SSL_get_fd(tls);
  struct tap *tap = count > 0 ? tap_of(descriptor) : NULL;
  return tap ? (int)tap->reader(tap->owner, tls, descriptor, buffer, (size_t)count) : real_ssl_read()(tls, buffer, count);
}

ssize_t readtap_read(void *tls, int descriptor, void *buffer, size_t count) {
  return tls ? real_ssl_read()(tls, buffer, (int)count) : recvfrom(descriptor, buffer, count, 0, NULL, NULL);
}

ssize_t readtap_peek(void *tls, int descriptor, void *buffer, size_t count) {
  return tls ? SSL_peek(tls, buffer, (int)count) : recvfrom(descriptor, buffer, count, MSG_PEEK, NULL, NULL);
}

size_t readtap_pending(void *tls) { return tls ? (size_t)SSL_pending(tls) : 0; }

int readtap_works(void) {
  return dlsym(RTLD_DEFAULT, "recv") == (void *)recv && dlsym(RTLD_DEFAULT, "SSL_read") == (void *)SSL_read;
}
