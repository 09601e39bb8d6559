#pragma once
// What Linux has and Swift's Glibc module leaves out.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <spawn.h>
#include <sys/signalfd.h>

// spawn.h declares it for _GNU_SOURCE only, with which Swift's Glibc module is not built. glibc 2.34 or later.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
// Likewise, for programs that are started in a folder of their own.
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
// Likewise, from unistd.h: a pipe no other program inherits.
extern int pipe2(int ends[2], int flags);

// Which module the enumerators of enum __socket_type belong to depends on which C module the compiler reads first.
static inline int nonblocking_stream_socket(void) { return SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC; }
static inline int stream_socket(void) { return SOCK_STREAM; }
static inline int no_signal(void) { return MSG_NOSIGNAL; }
// Swift's Glibc module is built without _GNU_SOURCE and has no accept4.
extern int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);
static inline int accept_nonblocking(int listening) {
  return accept4(listening, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
// Variadic in C, which Swift doesn't import: asks for `signal` when the thread that started this process ends.
static inline int linux_signal_when_parent_dies(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }
// Likewise: nothing this process starts gets rights that it has not itself.
static inline int linux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

// Standard error for this program's own words alone: descriptor 2, to which libraries write, leads into a pipe that
// nobody reads; once it is full, they write nothing. A program that dies writes its reason there, too: the handler of
// the signal passes it on, and leaves the rest to the action before it, which may be the Swift runtime's.
enum { linux_signals = 32 };
struct linux_diverted_error {
  int own, pipe;
  struct sigaction before[linux_signals];
};
static inline struct linux_diverted_error *linux_diverted(void) {
  static struct linux_diverted_error diverted = {.own = STDERR_FILENO, .pipe = -1};
  return &diverted;
}
static void linux_tell_reason(int signal, siginfo_t *info, void *context) {
  struct linux_diverted_error *error = linux_diverted();
  char bytes[4096];
  ssize_t count;
  (void)context;
  while ((count = read(error->pipe, bytes, sizeof bytes)) > 0) {
    if (write(error->own, bytes, (size_t)count) < 0) break;
  }
  dup2(error->own, STDERR_FILENO);
  sigaction(signal, &error->before[signal], NULL);
  // A fault happens again when this returns; what was sent comes but once.
  if (info->si_code <= 0 || signal == SIGTRAP) raise(signal);
}
// Returns the descriptor of standard error as the program was started with; 2 if it cannot be diverted.
static inline int linux_divert_error(void) {
  static const int fatal[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
  struct linux_diverted_error *error = linux_diverted();
  int ends[2];
  int own = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (own < 0 || pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0) return STDERR_FILENO;
  error->own = own;
  error->pipe = ends[0];
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  struct sigaction action = {.sa_sigaction = linux_tell_reason, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  for (unsigned i = 0; i < sizeof fatal / sizeof *fatal; i++) sigaction(fatal[i], &action, &error->before[fatal[i]]);
  return own;
}
