// What native code that untrusted sound took over would try. As a library loaded before the C library into an audio-worker it tries
// when a chunk has the words in it; as a program at once: then it has no sandbox. It writes a line for each attempt. With
// TAKEN_OVER_BARE in its environment the worker can't have Landlock, namespaces or another user.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../MortalWorker/lent_frames.h"

extern char **environ;

// Built in for a program whose environment is taken from it.
#ifndef BUILT_FOLDER
#define BUILT_FOLDER NULL
#define BUILT_PORT NULL
#endif

static const char *setting(const char *name, const char *built) { return getenv(name) ? getenv(name) : built; }

static void tell(const char *attempt, int succeeded) {
  char line[200];
  int error = errno;
  int length = snprintf(line, sizeof line, "attempt %s: %s\n", attempt, succeeded ? "succeeded" : strerrordesc_np(error));
  if (write(STDERR_FILENO, line, length) < 0) _exit(72);
}

static const char *file(const char *name, char path[4096]) {
  snprintf(path, 4096, "%s/%s", setting("TAKEN_OVER_FOLDER", BUILT_FOLDER), name);
  return path;
}

static int read_key(void) {
  char path[4096], bytes[16];
  int key = open(file("key.pem", path), O_RDONLY);
  return key >= 0 && read(key, bytes, sizeof bytes) > 0;
}

static int add_token(void) {
  char path[4096];
  int tokens = open(file("tokens", path), O_WRONLY | O_APPEND);
  return tokens >= 0 && write(tokens, "mallory\n", 8) == 8;
}

static int read_memory(pid_t server) {
  char path[64], bytes[8], line[512];
  unsigned long long start = 4096;
  snprintf(path, sizeof path, "/proc/%d/maps", server);
  FILE *maps = fopen(path, "re");
  while (maps && fgets(line, sizeof line, maps)) {
    if (strstr(line, " rw") && sscanf(line, "%llx", &start) == 1) break;
  }
  struct iovec here = {bytes, sizeof bytes}, there = {(void *)start, sizeof bytes};
  // A wrong address is no refusal.
  if (process_vm_readv(server, &here, 1, &there, 1, 0) >= 0 || errno == EFAULT) return 1;
  snprintf(path, sizeof path, "/proc/%d/mem", server);
  int memory = open(path, O_RDONLY);
  if (memory >= 0 && pread(memory, bytes, sizeof bytes, start) == sizeof bytes) return 1;
  if (ptrace(PTRACE_SEIZE, server, 0, 0) != 0) return 0;
  ptrace(PTRACE_DETACH, server, 0, 0);
  return 1;
}

static int any_socket(int type, struct sockaddr_in *address, int port) {
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_port = htons(port);
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return socket(AF_INET, type, 0);
}

static int connect_out(void) {
  struct sockaddr_in address;
  int port = atoi(setting("TAKEN_OVER_PORT", BUILT_PORT));
  int stream = any_socket(SOCK_STREAM, &address, port);
  return stream >= 0 && connect(stream, (struct sockaddr *)&address, sizeof address) == 0;
}

static int listen_for(void) {
  struct sockaddr_in address;
  int stream = any_socket(SOCK_STREAM, &address, 0);
  return stream >= 0 && bind(stream, (struct sockaddr *)&address, sizeof address) == 0 && listen(stream, 1) == 0;
}

static int start_shell(void) {
  char *words[] = {"sh", "-c", "exit 7", NULL};
  pid_t shell = 0;
  int status = 0;
  int result = posix_spawn(&shell, "/bin/sh", NULL, NULL, words, environ);
  if (result == 0 && waitpid(shell, &status, 0) == shell && WIFEXITED(status) && WEXITSTATUS(status) == 7) return 1;
  // In its own place: where programs may be executed, a folder may not for another reason. Of a process that becomes one program and
  // no other, the shell is refused; if it is not, nothing more is told.
  if (execve("/", words, environ) == 0 || errno == EPERM || errno == ENOSYS) return 0;
  return execve("/bin/sh", words, environ) != 0 && errno != EACCES;
}

static int write_files(void) {
  char path[4096], other[4096];
  int made = open(file("written", path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (made >= 0 && write(made, "here", 4) == 4) return 1;
  return mkdir(file("folder", path), 0700) == 0 || symlink("/", file("link", path)) == 0 ||
         rename(file("tokens", path), file("other", other)) == 0 || truncate(file("tokens", path), 0) == 0 ||
         chmod(file("tokens", path), 0777) == 0 || unlink(file("tokens", path)) == 0;
}

// One that is ignored unless asked for.
static int signal_server(pid_t server) {
  if (kill(server, SIGWINCH) == 0 || syscall(SYS_tgkill, server, server, SIGWINCH) == 0) return 1;
  int handle = syscall(SYS_pidfd_open, server, 0);
  if (handle >= 0 && syscall(SYS_pidfd_send_signal, handle, SIGWINCH, NULL, 0) == 0) return 1;
  // Sent by the kernel when the link is readable.
  return fcntl(3, F_SETSIG, SIGWINCH) == 0 && fcntl(3, F_SETOWN, server) == 0;
}

static int read_secrets(pid_t server) {
  char path[64], bytes[65536];
  for (char **variable = environ; *variable; variable++) {
    if (strstr(*variable, "a-secret-of-the-server")) return 1;
  }
  snprintf(path, sizeof path, "/proc/%d/environ", server);
  int variables = open(path, O_RDONLY);
  ssize_t count = variables >= 0 ? read(variables, bytes, sizeof bytes) : -1;
  return count > 0 && memmem(bytes, count, "a-secret-of-the-server", 22) != NULL;
}

static void attempt_all(void) {
  pid_t server = getppid();
  // What none of them sets.
  errno = 0;
  tell("read the key", read_key());
  tell("add a token", add_token());
  tell("read the server's memory", read_memory(server));
  tell("connect", connect_out());
  tell("listen", listen_for());
  tell("start a shell", start_shell());
  tell("signal the server", signal_server(server));
  tell("read the server's secrets", read_secrets(server));
  // The last: it may take the tokens away.
  tell("write files", write_files());
}

ssize_t recv(int descriptor, void *buffer, size_t count, int flags) {
  ssize_t (*next)(int, void *, size_t, int) = dlsym(RTLD_NEXT, "recv");
  ssize_t received = next(descriptor, buffer, count, flags);
  if (received > 0 && has_word(buffer, received, "take this over")) attempt_all();
  return received;
}

static int is_bare(void) {
  errno = EPERM;
  return getenv("TAKEN_OVER_BARE") != NULL;
}

int unshare(int flags) { return is_bare() ? -1 : (int)syscall(SYS_unshare, flags); }

int setresuid(uid_t real, uid_t effective, uid_t saved) {
  return is_bare() ? -1 : (int)syscall(SYS_setresuid, real, effective, saved);
}

long syscall(long number, ...) {
  long (*next)(long, ...) = dlsym(RTLD_NEXT, "syscall");
  long words[6];
  va_list list;
  va_start(list, number);
  for (int i = 0; i < 6; i++) words[i] = va_arg(list, long);
  va_end(list);
  if (number >= SYS_landlock_create_ruleset && number <= SYS_landlock_restrict_self && is_bare()) return -1;
  return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int main(void) { attempt_all(); }
