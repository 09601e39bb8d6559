#pragma once
#include <errno.h>
#include <seccomp.h>

// Function-like macros, which Swift does not import.
static inline uint32_t cseccomp_allow(void) { return SCMP_ACT_ALLOW; }
static inline uint32_t cseccomp_kill(void) { return SCMP_ACT_KILL_PROCESS; }
static inline uint32_t cseccomp_fail(uint16_t code) { return SCMP_ACT_ERRNO(code); }
// An initializer with a macro for its kind of comparison: (argument & mask) == value.
static inline struct scmp_arg_cmp cseccomp_masked(unsigned argument, uint64_t mask, uint64_t value) {
  return (struct scmp_arg_cmp){argument, SCMP_CMP_MASKED_EQ, mask, value};
}
