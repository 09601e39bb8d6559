// What the limit's server and its worker share: the frames between them, growing buffers, and text.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Before the samples of a chunk on their way to the worker, and before a WebSocket frame on its way back.
struct link_header {
  uint32_t bytes;
  // The connection's descriptor. It may have been closed and given to another: the number tells.
  int32_t descriptor;
  uint64_t client;
  // Of the chunk, and the sample frames before it.
  uint64_t seq, start_frame;
};

// Answers the chunks that arrive on this socket until it is closed.
_Noreturn void run_worker(int socket);

_Noreturn static inline void fail(const char *call) {
  perror(call);
  exit(1);
}

// Bytes in one piece. Of the first `count`, the first `taken` are done with.
struct buffer {
  uint8_t *bytes;
  size_t taken, count, capacity;
};

// Room for this many bytes more.
static inline uint8_t *buffer_room(struct buffer *buffer, size_t bytes) {
  if (buffer->count + bytes > buffer->capacity) {
    buffer->capacity = (buffer->count + bytes) * 2;
    buffer->bytes = realloc(buffer->bytes, buffer->capacity);
    if (!buffer->bytes) fail("realloc");
  }
  return buffer->bytes + buffer->count;
}

static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t count) {
  memcpy(buffer_room(buffer, count), bytes, count);
  buffer->count += count;
}

// What is not taken moves to the front.
static inline void buffer_compact(struct buffer *buffer) {
  if (buffer->taken > 0) memmove(buffer->bytes, buffer->bytes + buffer->taken, buffer->count - buffer->taken);
  buffer->count -= buffer->taken;
  buffer->taken = 0;
}

static inline void buffer_free(struct buffer *buffer) {
  free(buffer->bytes);
  *buffer = (struct buffer){0};
}

// Writes once; false if the socket is broken.
static inline bool buffer_send(struct buffer *buffer, int socket) {
  if (buffer->taken == buffer->count) return true;
  ssize_t sent = send(socket, buffer->bytes + buffer->taken, buffer->count - buffer->taken, MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN;
  buffer->taken += (size_t)sent;
  if (buffer->taken == buffer->count) buffer->taken = buffer->count = 0;
  return true;
}

// The rest writes text at a place and returns the place after it.

#define put_literal(place, text) ((uint8_t *)memcpy(place, text, sizeof(text) - 1) + sizeof(text) - 1)

static inline uint8_t *put_number(uint8_t *place, uint64_t number) {
  uint8_t digits[20];
  int count = 0;
  do digits[count++] = (uint8_t)('0' + number % 10);
  while (number /= 10);
  while (count > 0) *place++ = digits[--count];
  return place;
}

enum opcode { opcode_text = 1, opcode_binary = 2, opcode_close = 8, opcode_ping = 9, opcode_pong = 10 };
enum { largest_frame_header = 10, largest_answer = 512 };

// The header of a server's frame (RFC 6455, 5.2).
static inline uint8_t *put_frame_header(uint8_t *place, enum opcode opcode, size_t bytes) {
  *place++ = (uint8_t)(0x80 | opcode);
  int length_bytes = bytes < 126 ? 0 : bytes < 65536 ? 2 : 8;
  *place++ = (uint8_t)(length_bytes == 0 ? bytes : length_bytes == 2 ? 126 : 127);
  while (length_bytes-- > 0) *place++ = (uint8_t)(bytes >> 8 * length_bytes);
  return place;
}
