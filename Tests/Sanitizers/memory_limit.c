// Lets a worker that limits its memory run under a sanitizer, whose shadow is terabytes of private memory, hardly any of it used.
// Linked into a program this stands before the C library's function.

#define _GNU_SOURCE
#include <sys/resource.h>

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
  return resource == RLIMIT_DATA ? 0 : prlimit(0, resource, limit, 0);
}
