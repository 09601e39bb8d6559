import Glibc
import Testing

@testable import Worker

@Suite struct SystemCallRuleTests {
  private func rules(_ name: String, readsFiles: Bool = true, isInstrumented: Bool = false) -> [SystemCallRule] {
    SystemCallRule.worker(pid: 42, readsFiles: readsFiles, isInstrumented: isInstrumented).filter { $0.name == name }
  }

  /// Whether a call with this argument is allowed by any of the rules.
  private func allows(_ name: String, _ argument: UInt32, _ value: some BinaryInteger) -> Bool {
    rules(name).contains { rule in
      rule.conditions.allSatisfy { condition in
        condition.argument != argument || UInt64(truncatingIfNeeded: value) & condition.mask == condition.value
      }
    }
  }

  @Test(arguments: [
    "socket", "connect", "bind", "listen", "accept", "accept4", "execve", "execveat", "fork", "vfork", "clone3",
    "ptrace", "process_vm_readv", "process_vm_writev", "kill", "tkill", "pidfd_open", "pidfd_send_signal", "creat",
    "openat2", "truncate", "ftruncate", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat",
    "rmdir", "link", "linkat", "symlink", "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "mount", "umount2",
    "pivot_root", "chroot", "unshare", "setns", "io_uring_setup", "bpf", "perf_event_open", "userfaultfd", "keyctl",
    "memfd_create", "sendmsg", "recvmsg", "setuid", "capset", "seccomp", "open_by_handle_at", "name_to_handle_at",
  ])
  func `what reaches beyond the process is on no list`(_ name: String) { #expect(rules(name).isEmpty) }

  @Test func `only a process that becomes ffmpeg may be another program, and copy a descriptor of its own`() {
    let decoder = SystemCallRule.worker(pid: 42, readsFiles: true, runsProgram: true, isInstrumented: false)
    for name in ["execve", "dup"] {
      #expect(decoder.contains { $0.name == name } && rules(name).isEmpty)
    }
  }

  @Test func `only a worker that its parent gives connections receives descriptors, and none sends any`() {
    let names = SystemCallRule.worker(pid: 42, readsFiles: true, receivesDescriptors: true, isInstrumented: false)
      .map(\.name)
    #expect(names.contains("recvmsg") && !names.contains("sendmsg") && !names.contains("connect"))
  }

  @Test func `files are opened for reading, and only by a worker that has some to read`() {
    for flags in [O_RDONLY, O_RDONLY | O_CLOEXEC, O_RDONLY | O_DIRECTORY | O_NONBLOCK] {
      #expect(allows("openat", 2, flags) && allows("open", 1, flags))
    }
    for flags in [O_WRONLY, O_RDWR, O_RDONLY | O_CREAT, O_RDONLY | O_TRUNC, 3, 0x410002] {
      #expect(!allows("openat", 2, flags) && !allows("open", 1, flags))
    }
    #expect(rules("openat", readsFiles: false).isEmpty && rules("open", readsFiles: false).isEmpty)
  }

  @Test func `threads may be made, processes and namespaces not`() {
    // Those of pthread_create, of fork, and of a thread with a network of its own.
    #expect(allows("clone", 0, 0x3D_0F00))
    #expect(!allows("clone", 0, SIGCHLD))
    #expect(!allows("clone", 0, 0x4001_0000))
  }

  @Test func `a thread lowers its own priority, and no other's`() {
    #expect(allows("setpriority", 0, 0) && allows("setpriority", 1, 0))
    #expect(!allows("setpriority", 0, 1) && !allows("setpriority", 0, 2) && !allows("setpriority", 1, 42))
  }

  @Test func `signals go to the process itself, whatever the upper half of the register holds`() {
    #expect(allows("tgkill", 0, 42) && allows("tgkill", 0, 0xFFFF_FFFF_0000_002A as UInt64))
    #expect(!allows("tgkill", 0, 41) && !allows("tgkill", 0, -1))
    // By the kernel, when a descriptor is ready.
    #expect(!allows("fcntl", 1, F_SETOWN) && !allows("fcntl", 1, 10) && !allows("fcntl", 1, F_SETFL))
    // Typed into the terminal the server was started from.
    #expect(!allows("ioctl", 1, 0x5412) && allows("ioctl", 1, 0x5401))
  }

  @Test func `no code is loaded`() {
    #expect(allows("mmap", 2, PROT_READ | PROT_WRITE) && !allows("mmap", 2, PROT_READ | PROT_EXEC))
    #expect(!allows("mprotect", 2, PROT_READ | PROT_EXEC))
  }

  @Test func `only a sanitizer writes files`() {
    #expect(rules("openat", isInstrumented: true).contains { $0.conditions.isEmpty })
    #expect(!rules("openat").contains { $0.conditions.isEmpty })
  }
}
