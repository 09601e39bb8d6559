// The limit: what the service does for a chunk and nothing else, in plain C.
//
//   Limit --port PORT [--without-digest]
//
// It acknowledges a chunk, adds it to the SHA-256 of its stream, has a worker process measure it, and passes the answer
// on: the same bytes as the service's, for chunks of whole 16-bit samples. There are no sessions, no replay, no control
// messages and no limits.
// Each round waits in epoll_wait, reads once from each readable connection, writes once to the worker, and writes once
// to each connection that is owed something. No busy-polling, no batch window.
#include "limit.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <signal.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { most_descriptors = 65536, events_at_once = 512, read_bytes = 256 << 10, link_bytes = 4 << 20 };

struct connection {
  int descriptor;
  uint64_t client;
  enum { state_request, state_open, state_closing, state_ended } state;
  // Whether it is in `touched`.
  bool is_touched;
  // Whether its socket took less than it was given.
  bool is_blocked;
  uint64_t seq, frames;
  EVP_MD_CTX *digest;
  // The beginning of a frame, or of the request.
  struct buffer held;
  struct buffer replies;
};

static int poller;
static bool has_digest = true;
// As many digits as most of the service's have.
static uint64_t last_client = 1000000000000000;
// By descriptor.
static struct connection *connections[most_descriptors];
// Those that are owed something in this round.
static int touched[most_descriptors];
static int touched_count;
static int worker_socket;
static bool is_worker_blocked;
static struct buffer to_worker, from_worker;
// What was read from one connection.
static struct buffer input;

static void watch(int operation, int descriptor, bool writing) {
  struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.fd = descriptor};
  if (epoll_ctl(poller, operation, descriptor, &event)) fail("epoll_ctl");
}

static void touch(struct connection *connection) {
  if (connection->is_touched) return;
  connection->is_touched = true;
  touched[touched_count++] = connection->descriptor;
}

static void end(struct connection *connection) {
  connection->state = state_ended;
  touch(connection);
}

// Chunks

// Copies a chunk behind its header for the worker, without its mask.
static const uint8_t *queue_chunk(const struct link_header *header, const uint8_t *payload, const uint8_t mask[4]) {
  uint8_t *place = buffer_room(&to_worker, sizeof *header + header->bytes);
  memcpy(place, header, sizeof *header);
  uint8_t *samples = place + sizeof *header;
  uint64_t eight_masks;
  memcpy(&eight_masks, mask, 4);
  memcpy((uint8_t *)&eight_masks + 4, mask, 4);
  size_t index = 0;
  for (; index + 8 <= header->bytes; index += 8) {
    uint64_t eight;
    memcpy(&eight, payload + index, 8);
    eight ^= eight_masks;
    memcpy(samples + index, &eight, 8);
  }
  for (; index < header->bytes; index++) samples[index] = payload[index] ^ mask[index & 3];
  to_worker.count += sizeof *header + header->bytes;
  return samples;
}

static void add_to_digest(struct connection *connection, const uint8_t *samples, size_t bytes) {
  if (!connection->digest) {
    connection->digest = EVP_MD_CTX_new();
    if (!connection->digest || !EVP_DigestInit_ex(connection->digest, EVP_sha256(), NULL)) fail("SHA-256");
  }
  if (!EVP_DigestUpdate(connection->digest, samples, bytes)) fail("SHA-256");
}

static void acknowledge(struct connection *connection, size_t chunk_bytes) {
  uint8_t text[largest_answer];
  uint8_t *place = put_literal(text, "{\"client_id\":");
  place = put_number(place, connection->client);
  place = put_literal(place, ",\"seq\":");
  place = put_number(place, connection->seq);
  place = put_literal(place, ",\"chunk_size\":");
  place = put_number(place, chunk_bytes);
  place = put_literal(place, "}");
  size_t bytes = (size_t)(place - text);
  uint8_t *start = buffer_room(&connection->replies, largest_frame_header + bytes);
  place = put_frame_header(start, opcode_text, bytes);
  memcpy(place, text, bytes);
  connection->replies.count += (size_t)(place + bytes - start);
}

static void take_chunk(struct connection *connection, const uint8_t *payload, size_t bytes, const uint8_t mask[4]) {
  connection->seq++;
  struct link_header header = {
      .bytes = (uint32_t)bytes, .descriptor = connection->descriptor, .client = connection->client,
      .seq = connection->seq, .start_frame = connection->frames,
  };
  const uint8_t *samples = queue_chunk(&header, payload, mask);
  connection->frames += bytes / 2;
  if (has_digest) add_to_digest(connection, samples, bytes);
  acknowledge(connection, bytes);
}

// Answers a close or ping with the same payload.
static void echo(
    struct connection *connection, enum opcode opcode, const uint8_t *payload, size_t bytes, const uint8_t mask[4]) {
  uint8_t *start = buffer_room(&connection->replies, largest_frame_header + bytes);
  uint8_t *place = put_frame_header(start, opcode, bytes);
  for (size_t index = 0; index < bytes; index++) *place++ = payload[index] ^ mask[index & 3];
  connection->replies.count += (size_t)(place - start);
}

// Takes the whole frames at the beginning; returns their size.
static size_t take_frames(struct connection *connection, const uint8_t *bytes, size_t count) {
  size_t taken = 0;
  while (count - taken >= 2 && connection->state == state_open) {
    const uint8_t *frame = bytes + taken;
    size_t length_bytes = (frame[1] & 127) < 126 ? 0 : (frame[1] & 127) == 126 ? 2 : 8;
    size_t header_bytes = 2 + length_bytes + 4;
    if (count - taken < header_bytes) break;
    size_t payload_bytes = length_bytes == 0 ? frame[1] & 127 : 0;
    for (size_t index = 0; index < length_bytes; index++) payload_bytes = payload_bytes << 8 | frame[2 + index];
    if (count - taken - header_bytes < payload_bytes) break;
    const uint8_t *payload = frame + header_bytes, *mask = payload - 4;
    switch (frame[0] & 15) {
    case opcode_binary: take_chunk(connection, payload, payload_bytes, mask); break;
    case opcode_ping: echo(connection, opcode_pong, payload, payload_bytes, mask); break;
    case opcode_pong: break;
    case opcode_close:
      echo(connection, opcode_close, payload, payload_bytes, mask);
      connection->state = state_closing;
      break;
    default: end(connection);
    }
    taken += header_bytes + payload_bytes;
  }
  return taken;
}

// Requests

static void reply(struct connection *connection, const char *text) {
  buffer_append(&connection->replies, text, strlen(text));
}

static void upgrade(struct connection *connection, const char *key, size_t key_bytes) {
  char joined[128], accept[32], response[256];
  int bytes = snprintf(joined, sizeof joined, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", (int)key_bytes, key);
  uint8_t digest[SHA_DIGEST_LENGTH];
  SHA1((const uint8_t *)joined, (size_t)bytes, digest);
  EVP_EncodeBlock((uint8_t *)accept, digest, sizeof digest);
  snprintf(response, sizeof response,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
  reply(connection, response);
  connection->state = state_open;
}

// Takes the request, if it is whole; returns its size. One that is no upgrade asks whether the server is up.
static size_t take_request(struct connection *connection, const uint8_t *bytes, size_t count) {
  static const char key_name[] = "\r\nSec-WebSocket-Key: ";
  const uint8_t *last = memmem(bytes, count, "\r\n\r\n", 4);
  if (!last) return 0;
  size_t head_bytes = (size_t)(last - bytes) + 2;
  const uint8_t *name = memmem(bytes, head_bytes, key_name, sizeof key_name - 1);
  if (name) {
    const char *key = (const char *)name + sizeof key_name - 1;
    upgrade(connection, key, strcspn(key, "\r") < 64 ? strcspn(key, "\r") : 64);
  } else {
    reply(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}");
    connection->state = state_closing;
  }
  return head_bytes + 2;
}

// Sockets

static void accept_all(int listener) {
  int descriptor;
  while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection || descriptor >= most_descriptors) fail("accept");
    connection->descriptor = descriptor;
    connection->client = ++last_client;
    connections[descriptor] = connection;
    watch(EPOLL_CTL_ADD, descriptor, false);
  }
}

static void receive(struct connection *connection) {
  input.count = input.taken = 0;
  if (connection->held.count > 0) buffer_append(&input, connection->held.bytes, connection->held.count);
  ssize_t received = recv(connection->descriptor, buffer_room(&input, read_bytes), read_bytes, 0);
  if (received < 0 && errno == EAGAIN) return;
  if (received <= 0) return end(connection);
  input.count += (size_t)received;
  if (connection->state == state_request) input.taken = take_request(connection, input.bytes, input.count);
  if (connection->state != state_request)
    input.taken += take_frames(connection, input.bytes + input.taken, input.count - input.taken);
  connection->held.count = 0;
  if (input.taken < input.count) buffer_append(&connection->held, input.bytes + input.taken, input.count - input.taken);
  else buffer_free(&connection->held);
  touch(connection);
}

static void receive_answers(void) {
  ssize_t received = read(worker_socket, buffer_room(&from_worker, read_bytes), read_bytes);
  if (received < 0 && errno == EAGAIN) return;
  if (received <= 0) fail("the worker");
  from_worker.count += (size_t)received;
  struct link_header header;
  while (from_worker.count - from_worker.taken >= sizeof header) {
    const uint8_t *frame = from_worker.bytes + from_worker.taken;
    memcpy(&header, frame, sizeof header);
    if (from_worker.count - from_worker.taken - sizeof header < header.bytes) break;
    from_worker.taken += sizeof header + header.bytes;
    struct connection *connection = connections[header.descriptor];
    if (!connection || connection->client != header.client) continue;
    buffer_append(&connection->replies, frame + sizeof header, header.bytes);
    touch(connection);
  }
  buffer_compact(&from_worker);
}

static void send_to_worker(void) {
  if (!buffer_send(&to_worker, worker_socket)) fail("the worker");
  bool is_blocked = to_worker.count > 0;
  if (is_blocked != is_worker_blocked) watch(EPOLL_CTL_MOD, worker_socket, is_blocked);
  is_worker_blocked = is_blocked;
}

static void drop(struct connection *connection) {
  connections[connection->descriptor] = NULL;
  close(connection->descriptor);
  EVP_MD_CTX_free(connection->digest);
  buffer_free(&connection->held);
  buffer_free(&connection->replies);
  free(connection);
}

static void send_replies(struct connection *connection) {
  connection->is_touched = false;
  bool is_open = connection->state != state_ended && buffer_send(&connection->replies, connection->descriptor);
  bool is_blocked = connection->replies.count > 0;
  if (!is_open || (connection->state == state_closing && !is_blocked)) return drop(connection);
  if (!is_blocked) buffer_free(&connection->replies);
  if (is_blocked != connection->is_blocked) watch(EPOLL_CTL_MOD, connection->descriptor, is_blocked);
  connection->is_blocked = is_blocked;
}

static int listen_on(uint16_t port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) fail("listen");
  return listener;
}

static void start_worker(void) {
  int sockets[2], bytes = link_bytes;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets)) fail("socketpair");
  for (int side = 0; side < 2; side++) setsockopt(sockets[side], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(sockets[0]);
    run_worker(sockets[1]);
  }
  close(sockets[1]);
  worker_socket = sockets[0];
  // The worker's end is blocking; only this one is not.
  fcntl(worker_socket, F_SETFL, O_NONBLOCK);
}

int main(int count, char **arguments) {
  long port = 0;
  for (int index = 1; index < count; index++) {
    if (strcmp(arguments[index], "--without-digest") == 0) has_digest = false;
    else if (strcmp(arguments[index], "--port") == 0 && index + 1 < count) port = atol(arguments[++index]);
    else port = -1;
  }
  if (port <= 0 || port > 65535) {
    fprintf(stderr, "usage: %s --port PORT [--without-digest]\n", arguments[0]);
    return 2;
  }
  struct rlimit descriptors = {most_descriptors, most_descriptors};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  setrlimit(RLIMIT_NOFILE, &descriptors);
  start_worker();
  int listener = listen_on((uint16_t)port);
  poller = epoll_create1(EPOLL_CLOEXEC);
  watch(EPOLL_CTL_ADD, listener, false);
  watch(EPOLL_CTL_ADD, worker_socket, false);
  for (;;) {
    struct epoll_event events[events_at_once];
    int ready = epoll_wait(poller, events, events_at_once, -1);
    for (int index = 0; index < ready; index++) {
      int descriptor = events[index].data.fd;
      bool is_readable = events[index].events & (EPOLLIN | EPOLLHUP | EPOLLERR);
      if (descriptor == listener) accept_all(listener);
      else if (descriptor == worker_socket && is_readable) receive_answers();
      else if (descriptor != worker_socket && is_readable) receive(connections[descriptor]);
      else if (descriptor != worker_socket) touch(connections[descriptor]);
    }
    // Where more are ready than fit, the worker's turn would come too rarely for all their answers.
    if (ready == events_at_once) receive_answers();
    send_to_worker();
    for (int index = 0; index < touched_count; index++) send_replies(connections[touched[index]]);
    touched_count = 0;
  }
}
