// Frames that a worker is lent in shared memory, which no `recv` brings: for libraries that look at what it receives.
#pragma once
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

// The bytes that the next frame `lent` in `*rest` names, and their number; NULL after the last.
static const char *next_lent(const char **rest, const char *end, size_t *count) {
  static const char prefix[8] = {8, 0, 0, 0, 25};
  static const size_t size = 2 << 20;
  static const char *memory;
  const char *found = memmem(*rest, end - *rest, prefix, sizeof prefix);
  uint32_t place[2];
  if (!found || end - found < 16) return NULL;
  *rest = found + 16;
  memcpy(place, found + 8, sizeof place);
  if (!memory) memory = mmap(NULL, size, PROT_READ, MAP_SHARED, 4, 0);
  if (memory == MAP_FAILED || place[0] > size || place[1] > size - place[0]) return NULL;
  *count = place[1];
  return memory + place[0];
}

// Whether the word is in these bytes, or in what they lend.
static int has_word(const char *bytes, size_t count, const char *word) {
  const char *rest = bytes, *lent;
  size_t size;
  if (memmem(bytes, count, word, strlen(word))) return 1;
  while ((lent = next_lent(&rest, bytes + count, &size))) {
    if (memmem(lent, size, word, strlen(word))) return 1;
  }
  return 0;
}
