// Loaded before the C library into an audio-worker, makes it die of what it is sent, a chunk with one of these words in it; and
// with SLOW_WORKER in the environment it takes 64 KiB a millisecond at most.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void leave(int signal) { _exit(71); }

ssize_t recv(int descriptor, void *buffer, size_t count, int flags) {
  ssize_t (*next)(int, void *, size_t, int) = dlsym(RTLD_NEXT, "recv");
  if (getenv("SLOW_WORKER")) {
    usleep(1000);
    if (count > 65536) count = 65536;
  }
  ssize_t received = next(descriptor, buffer, count, flags);
  if (received <= 0) return received;
  if (memmem(buffer, received, "crash of this", 13)) _exit(70);
  if (memmem(buffer, received, "be killed of this", 17)) raise(SIGKILL);
  if (memmem(buffer, received, "want more for this", 18)) {
    // Half a gigabyte, unless it may not have that; then it ends as Swift does without memory.
    for (int count = 0; count < 512; count++) {
      void *some = malloc(1 << 20);
      if (!some) abort();
      memset(some, 1, 1 << 20);
    }
  }
  while (memmem(buffer, received, "hang of this", 12)) pause();
  if (memmem(buffer, received, "crash later of this", 19)) {
    signal(SIGALRM, leave);
    ualarm(100000, 0);
  }
  return received;
}
