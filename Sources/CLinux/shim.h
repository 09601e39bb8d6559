#pragma once
// What Linux has and Swift's Glibc module leaves out.
#include <malloc.h>
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
