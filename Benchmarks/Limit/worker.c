// The limit's worker: measures chunks of 16-bit samples at 16 kHz, and answers each with the frame its client gets.
#include "limit.h"
#include <math.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct levels {
  size_t samples;
  uint64_t sum_of_squares;
  int lowest, highest;
  size_t clipped;
};

static inline int16_t sample_at(const uint8_t *bytes, size_t index) {
  int16_t sample;
  memcpy(&sample, bytes + 2 * index, sizeof sample);
  return sample;
}

#ifdef __SSE2__
// As many of the samples as fill vectors; returns how many.
static size_t measure_vectors(const uint8_t *bytes, size_t samples, struct levels *levels) {
  const __m128i zero = _mm_setzero_si128();
  __m128i sums = zero, lowest = zero, highest = zero;
  size_t index = 0;
  for (; index + 8 <= samples; index += 8) {
    __m128i eight = _mm_loadu_si128((const __m128i *)(bytes + 2 * index));
    // Sums of two squares fit 32 bits without a sign.
    __m128i pairs = _mm_madd_epi16(eight, eight);
    sums = _mm_add_epi64(sums, _mm_add_epi64(_mm_unpacklo_epi32(pairs, zero), _mm_unpackhi_epi32(pairs, zero)));
    lowest = _mm_min_epi16(lowest, eight);
    highest = _mm_max_epi16(highest, eight);
  }
  uint64_t both[2];
  int16_t least[8], most[8];
  memcpy(both, &sums, sizeof both);
  memcpy(least, &lowest, sizeof least);
  memcpy(most, &highest, sizeof most);
  levels->sum_of_squares += both[0] + both[1];
  for (int lane = 0; lane < 8; lane++) {
    if (least[lane] < levels->lowest) levels->lowest = least[lane];
    if (most[lane] > levels->highest) levels->highest = most[lane];
  }
  return index;
}
#else
static size_t measure_vectors(const uint8_t *bytes, size_t samples, struct levels *levels) {
  (void)bytes, (void)samples, (void)levels;
  return 0;
}
#endif

// As Levels+s16.swift does it: in integers, and what is clipped is counted only if anything is.
static struct levels measure(const uint8_t *bytes, size_t samples) {
  struct levels levels = {.samples = samples};
  for (size_t index = measure_vectors(bytes, samples, &levels); index < samples; index++) {
    int sample = sample_at(bytes, index);
    levels.sum_of_squares += (uint64_t)(sample * sample);
    if (sample < levels.lowest) levels.lowest = sample;
    if (sample > levels.highest) levels.highest = sample;
  }
  if (levels.highest < INT16_MAX && levels.lowest > -INT16_MAX) return levels;
  for (size_t index = 0; index < samples; index++) {
    int16_t sample = sample_at(bytes, index);
    levels.clipped += sample == INT16_MAX || sample <= -INT16_MAX;
  }
  return levels;
}

// As TextCursor+figure.swift writes it, for figures from 0.0001 to below a million million; others as C does.
static uint8_t *put_figure(uint8_t *place, double figure) {
  static const uint64_t powers_of_ten[] = {
      1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
      1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
      1000000000000000000,
  };
  double magnitude = fabs(figure);
  if (magnitude == 0) return put_literal(place, "0.0");
  if (magnitude < 1e-4 || magnitude >= 1e12) return place + sprintf((char *)place, "%.15g", figure);
  uint64_t bits;
  memcpy(&bits, &magnitude, sizeof bits);
  int exponent = (int)(bits >> 52) - 1023;
  // Fifteen digits or sixteen.
  int decimals = 14 - (exponent * 1233 >> 12);
  uint64_t scaled = (uint64_t)(magnitude * (double)powers_of_ten[decimals] + 0.5);
  if (figure < 0) *place++ = '-';
  while (decimals > 4 && scaled % 10000 == 0) scaled /= 10000, decimals -= 4;
  while (decimals > 1 && scaled % 10 == 0) scaled /= 10, decimals--;
  place = put_number(place, scaled / powers_of_ten[decimals]);
  *place++ = '.';
  uint64_t fraction = scaled % powers_of_ten[decimals];
  for (int digit = decimals; digit-- > 0; fraction /= 10) place[digit] = (uint8_t)('0' + fraction % 10);
  return place + decimals;
}

// The transcription that the mock engine's clients get.
static uint8_t *put_transcription(uint8_t *place, const struct link_header *chunk, const struct levels *levels) {
  double rms = levels->samples == 0 ? 0 : sqrt((double)levels->sum_of_squares * 0x1p-30 / (double)levels->samples);
  int peak = levels->highest > -levels->lowest ? levels->highest : -levels->lowest;
  place = put_literal(place, "{\"seq\":");
  place = put_number(place, chunk->seq);
  place = put_literal(place, ",\"transcription\":\"mock transcription for client ");
  place = put_number(place, chunk->client);
  place = put_literal(place, " msg#");
  place = put_number(place, chunk->seq);
  place = put_literal(place, " (binary ");
  place = put_number(place, chunk->bytes);
  place = put_literal(place, " bytes)\",\"rms\":");
  place = put_figure(place, rms);
  place = put_literal(place, ",\"dbfs\":");
  place = rms > 0 ? put_figure(place, 20 * log10(rms)) : put_literal(place, "null");
  place = put_literal(place, ",\"peak\":");
  place = put_figure(place, peak * 0x1p-15);
  place = put_literal(place, ",\"clipped\":");
  place = put_number(place, levels->clipped);
  place = put_literal(place, ",\"duration\":");
  place = put_figure(place, (double)levels->samples / 16000);
  place = put_literal(place, ",\"start\":");
  place = put_figure(place, (double)chunk->start_frame / 16000);
  place = put_literal(place, ",\"final\":true,\"segment\":");
  place = put_number(place, chunk->seq);
  return put_literal(place, "}");
}

static void answer(const struct link_header *chunk, const uint8_t *samples, struct buffer *answers) {
  struct levels levels = measure(samples, chunk->bytes / 2);
  uint8_t text[largest_answer];
  size_t text_bytes = (size_t)(put_transcription(text, chunk, &levels) - text);
  uint8_t *start = buffer_room(answers, sizeof *chunk + largest_frame_header + text_bytes);
  uint8_t *place = put_frame_header(start + sizeof *chunk, opcode_text, text_bytes);
  memcpy(place, text, text_bytes);
  struct link_header header = *chunk;
  header.bytes = (uint32_t)(place + text_bytes - start - sizeof header);
  memcpy(start, &header, sizeof header);
  answers->count += sizeof header + header.bytes;
}

_Noreturn void run_worker(int socket) {
  enum { read_bytes = 2 << 20 };
  struct buffer chunks = {0}, answers = {0};
  for (;;) {
    ssize_t received = read(socket, buffer_room(&chunks, read_bytes), read_bytes);
    if (received <= 0) exit(received < 0);
    chunks.count += (size_t)received;
    struct link_header chunk;
    while (chunks.count - chunks.taken >= sizeof chunk) {
      memcpy(&chunk, chunks.bytes + chunks.taken, sizeof chunk);
      if (chunks.count - chunks.taken - sizeof chunk < chunk.bytes) break;
      answer(&chunk, chunks.bytes + chunks.taken + sizeof chunk, &answers);
      chunks.taken += sizeof chunk + chunk.bytes;
    }
    buffer_compact(&chunks);
    while (answers.count > 0)
      if (!buffer_send(&answers, socket)) exit(0);
  }
}
