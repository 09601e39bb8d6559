#pragma once
#include <alsa/asoundlib.h>
#include <stdarg.h>
#include <stdio.h>

// libasound prints every error to stderr unless it is given a handler, and that handler is variadic, which Swift can't write.
// This one keeps the first words of the calling thread since they were last forgotten: the first is the cause, what follows
// only passes it on.
// (A function's own variable: Swift's importer emits no thread-local ones of the file.)
enum { capture_alsa_bytes = 256 };
static inline char *capture_alsa_kept(void) {
  static __thread char kept[capture_alsa_bytes];
  return kept;
}

static void capture_alsa_keep(const char *file, int line, const char *function, int err, const char *fmt, ...) {
  (void)file, (void)line, (void)function, (void)err;
  if (*capture_alsa_kept()) return;
  va_list arguments;
  va_start(arguments, fmt);
  vsnprintf(capture_alsa_kept(), capture_alsa_bytes, fmt, arguments);
  va_end(arguments);
}

static inline void capture_alsa_silence(void) {
  *capture_alsa_kept() = 0;
  snd_lib_error_set_handler(capture_alsa_keep);
}
