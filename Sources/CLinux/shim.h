#pragma once
// What Linux has and Swift's Glibc module leaves out.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
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
extern int memfd_create(const char *name, unsigned flags);
// Variadic in C, which Swift doesn't import: what nobody may do any more to a file in memory (F_ADD_SEALS).
static inline int linux_add_seals(int descriptor, int seals) { return fcntl(descriptor, 1033, seals); }
// Likewise: another number for the same file, from `least` on (F_DUPFD_CLOEXEC).
static inline int linux_duplicate(int descriptor, int least) { return fcntl(descriptor, 1030, least); }
// Likewise: what nobody may do (F_GET_SEALS); -1 for what is no file in memory.
static inline int linux_seals(int descriptor) { return fcntl(descriptor, 1034); }
// Likewise: the bytes in a pipe that were not read yet, at either of its ends.
static inline int linux_unread_bytes(int descriptor) {
  int count = 0;
  return ioctl(descriptor, FIONREAD, &count) < 0 ? 0 : count;
}

// Whether the descriptor is a stream socket that accepts connections.
static inline int listens_as_stream(int descriptor) {
  int kind = 0, accepts = 0;
  socklen_t size = sizeof kind;
  if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &size) != 0 || kind != SOCK_STREAM) return 0;
  size = sizeof accepts;
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts;
}

// Which module the enumerators of enum __socket_type belong to depends on which C module the compiler reads first.
static inline int nonblocking_stream_socket(void) { return SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC; }
static inline int stream_socket(void) { return SOCK_STREAM; }
static inline int no_signal(void) { return MSG_NOSIGNAL; }
// Swift's Glibc module is built without _GNU_SOURCE and has no accept4.
extern int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);
static inline int accept_nonblocking(int listening) {
  return accept4(listening, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
// Readiness of many descriptors (epoll(7)). Here because enumerators are imported as a type of their own.
enum linux_readiness {
  linux_readable = EPOLLIN,
  linux_writable = EPOLLOUT,
  // The end, an error, or bytes behind an urgent one, at which a read stops.
  linux_more = EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI,
};
static inline int linux_poller(void) { return epoll_create1(EPOLL_CLOEXEC); }
// Reports when readiness changes; of a Unix socket as long as it lasts, as a read stops at descriptors that are passed.
static inline int linux_poller_watch(int poller, int is_new, int descriptor, unsigned events, void *owner) {
  int family = 0;
  socklen_t size = sizeof family;
  if (events & EPOLLIN) events |= EPOLLRDHUP | EPOLLPRI;
  if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) || family != AF_UNIX) events |= EPOLLET;
  struct epoll_event event = {.events = events, .data.ptr = owner};
  return epoll_ctl(poller, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event);
}
static inline int linux_poller_remove(int poller, int descriptor) {
  return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, 0);
}
// Has the processor fetch memory, as so many cache lines. None of it need be there any more.
static inline void linux_prefetch(const void *start, int lines) {
  if (!start) return;
  for (int line = 0; line < lines; line++) __builtin_prefetch((const char *)start + 64 * line);
}

// Passes a descriptor over a Unix socket, with bytes, at least one. The macros for that are none of Swift's.
static inline ssize_t linux_send_descriptor(int over, int descriptor, const void *bytes, size_t count) {
  struct iovec part = {(void *)bytes, count};
  union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = {{0}};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  __builtin_memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  return sendmsg(over, &message, MSG_NOSIGNAL);
}
// Takes one; `descriptor` is -1 if there came only bytes. No program that is started inherits it.
static inline ssize_t linux_receive_descriptor(int over, int *descriptor, void *bytes, size_t count) {
  struct iovec part = {bytes, count};
  union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = {{0}};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg(over, &message, 0x40000000 /* MSG_CMSG_CLOEXEC */);
  struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : 0;
  *descriptor = -1;
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
    __builtin_memcpy(descriptor, CMSG_DATA(header), sizeof(int));
  return got;
}
// Variadic in C, which Swift doesn't import: asks for `signal` when the thread that started this process ends.
static inline int linux_signal_when_parent_dies(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }
// Likewise: nothing this process starts gets rights that it has not itself.
static inline int linux_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
// Likewise: this process's memory and environment can be read by root only, and no core is written.
static inline int linux_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Processors that this process may run on; 0 if the kernel does not say. As many as the kernel can have fit in.
static inline int linux_processors(void) {
  unsigned long set[128] = {0};
  long words = syscall(SYS_sched_getaffinity, 0, sizeof set, set) / (long)sizeof *set;
  int count = 0;
  for (long i = 0; i < words; i++) count += __builtin_popcountl(set[i]);
  return count;
}

// For what a process takes away from itself. Declared for _GNU_SOURCE only.
extern int unshare(int flags);
extern int setresuid(uid_t real, uid_t effective, uid_t saved);
extern int setresgid(gid_t real, gid_t effective, gid_t saved);
extern int setgroups(size_t count, const gid_t *groups);
enum {
  linux_new_mounts = 0x00020000,  // CLONE_NEWNS
  linux_new_control_groups = 0x02000000,
  linux_new_host_names = 0x04000000,
  linux_new_ipc = 0x08000000,
  linux_new_user = 0x10000000,
  linux_new_network = 0x40000000,
  linux_thread = 0x00010000,          // CLONE_THREAD
  linux_temporary_file = 0x00400000,  // __O_TMPFILE without O_DIRECTORY
  linux_path_only = 0x00200000,       // O_PATH
  linux_get_terminal = 0x5401,        // TCGETS
};
// Without wrappers in the C library: this process's root is `new_root` from now on, and the old one is mounted on top of it.
static inline int linux_pivot_root(const char *new_root) { return (int)syscall(SYS_pivot_root, new_root, new_root); }
// Adds attributes (MOUNT_ATTR_*) to every mount from `path` on. Since Linux 5.12.
static inline int linux_restrict_mounts(const char *path, unsigned long long attributes) {
  const unsigned long long change[4] = {attributes};
  return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, 0x8000 /* AT_RECURSIVE */, change, sizeof change);
}
static inline int linux_drop_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const struct __user_cap_data_struct none[2] = {{0}};
  struct __user_cap_data_struct held[2];
  // A service manager that left it none may refuse the call, too.
  if (syscall(SYS_capget, &header, held) == 0 && memcmp(held, none, sizeof none) == 0) return 0;
  return (int)syscall(SYS_capset, &header, none);
}

// Sends one datagram to a Unix socket without waiting; `name` is a path, or abstract behind an '@'. Here because Swift
// sees sockaddr_un as a tuple of 108 elements.
static inline int linux_send_datagram(const char *name, const void *bytes, size_t count) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(name);
  int descriptor, sent;
  if (length == 0 || length >= sizeof address.sun_path) return -1;
  memcpy(address.sun_path, name, length);
  if (name[0] == '@') address.sun_path[0] = 0;
  descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -1;
  sent = (int)sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address,
    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
  close(descriptor);
  return sent;
}

// Landlock, whose header in Debian 12 ends with Linux 6.1. A kernel takes the longer structure if what it does not know is 0.
static inline int linux_landlock_version(void) { return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1); }
static inline int linux_landlock_rules(unsigned long long files, unsigned long long network, unsigned long long scopes) {
  const unsigned long long handled[3] = {files, network, scopes};
  return (int)syscall(SYS_landlock_create_ruleset, handled, sizeof handled, 0);
}
static inline int linux_landlock_allow(int rules, unsigned long long access, int parent) {
  const struct __attribute__((packed)) {
    unsigned long long access;
    int parent;
  } rule = {access, parent};
  return (int)syscall(SYS_landlock_add_rule, rules, 1 /* LANDLOCK_RULE_PATH_BENEATH */, &rule, 0);
}
static inline int linux_landlock_restrict(int rules) { return (int)syscall(SYS_landlock_restrict_self, rules, 0); }

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
