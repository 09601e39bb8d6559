// Loaded before the C library into an audio-worker, makes it die of what it is sent, a chunk with one of these words in it; and
// with SLOW_WORKER in the environment it takes 64 KiB a millisecond at most.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lent_frames.h"

static void leave(int signal) { _exit(71); }

ssize_t recv(int descriptor, void *buffer, size_t count, int flags) {
  ssize_t (*next)(int, void *, size_t, int) = dlsym(RTLD_NEXT, "recv");
  if (getenv("SLOW_WORKER")) {
    usleep(1000);
    if (count > 65536) count = 65536;
  }
  ssize_t received = next(descriptor, buffer, count, flags);
  if (received <= 0) return received;
  if (getenv("SLOW_WORKER")) {
    const char *rest = buffer;
    size_t lent;
    while (next_lent(&rest, (char *)buffer + received, &lent)) usleep(1000 * (lent / 65536));
  }
  if (has_word(buffer, received, "crash of this")) _exit(70);
  if (has_word(buffer, received, "be killed of this")) raise(SIGKILL);
  if (has_word(buffer, received, "want more for this")) {
    // Half a gigabyte, unless it may not have that; then it ends as Swift does without memory.
    for (int count = 0; count < 512; count++) {
      void *some = malloc(1 << 20);
      if (!some) abort();
      memset(some, 1, 1 << 20);
    }
  }
  while (has_word(buffer, received, "hang of this")) pause();
  if (has_word(buffer, received, "crash later of this")) {
    signal(SIGALRM, leave);
    ualarm(100000, 0);
  }
  return received;
}
