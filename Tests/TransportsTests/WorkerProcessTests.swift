import Glibc
import Testing
import WorkerLink

@testable import Transports

@Suite struct WorkerProcessTests {
  private func shell(_ script: String) throws -> WorkerProcess {
    try WorkerProcess.spawn(path: "/bin/sh", arguments: ["-c", script])
  }

  /// What the program writes to the link until it ends.
  private func output(of process: WorkerProcess) -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      var watched = pollfd(fd: process.socket.descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 10_000) == 1 else { return "nothing came in ten seconds" }
      let count = recv(process.socket.descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += buffer.prefix(count)
    }
  }

  private func wait(for process: WorkerProcess) -> WorkerExit? {
    for _ in 0..<10_000 {
      if let exit = process.reap() { return exit }
      usleep(1000)
    }
    return nil
  }

  @Test func `the exit code is reported`() throws {
    let process = try shell("exit 3")
    #expect(wait(for: process) == .exited(3))
    #expect(process.reap() == .exited(3))
    // A pid that may be somebody else's now is left alone.
    process.kill()
    #expect("\(WorkerExit.exited(3))" == "exited with 3")
  }

  @Test func `a kill is reported and closes the link`() throws {
    let process = try shell("exec sleep 60")
    #expect(process.reap() == nil)
    process.kill()
    #expect(output(of: process) == "")
    #expect(wait(for: process) == .signalled(SIGKILL))
    #expect("\(WorkerExit.signalled(SIGKILL))" == "killed by signal 9 (Killed)")
  }

  @Test func `only the link and the standard descriptors are inherited`() throws {
    // One that a careless program would pass on.
    let stray = open("/dev/null", O_RDONLY)
    defer { close(stray) }
    #expect(stray >= 0)
    // Tried one by one: listing the folder would open another.
    let process = try shell(
      "for n in $(seq 0 99); do [ -e /proc/$$/fd/$n ] && echo $n >&3; done; readlink /proc/$$/fd/0 >&3")
    #expect(getpgid(process.pid) == process.pid)
    #expect(output(of: process) == "0\n1\n2\n3\n/dev/null\n")
  }

  @Test func `memory that is shared comes after the link, to be read only`() throws {
    let process = try WorkerProcess.spawn(
      path: "/bin/sh",
      arguments: [
        "-c",
        "for n in $(seq 0 99); do [ -e /proc/$$/fd/$n ] && echo $n >&3; done; wc -c <&4 >&3; "
          + "(echo x >&4) 2>/dev/null || echo no >&3",
      ],
      sharesMemory: true)
    #expect(output(of: process) == "0\n1\n2\n3\n4\n\(SharedMemory.bytes)\nno\n")
  }

  @Test func `of the variables only those reach it that a sanitizer or the loader needs`() throws {
    setenv("AUDIO_SECRET", "hush", 1)
    setenv("UBSAN_OPTIONS", "halt_on_error=1", 1)
    defer {
      unsetenv("AUDIO_SECRET")
      unsetenv("UBSAN_OPTIONS")
    }
    let process = try shell("tr '\\0' '\\n' </proc/$$/environ >&3")
    let names = output(of: process).split(separator: "\n").map { $0.prefix { $0 != "=" } }
    #expect(names.contains("UBSAN_OPTIONS"))
    let allowed: Set<Substring> = [
      "LD_LIBRARY_PATH", "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
      "UBSAN_OPTIONS",
    ]
    #expect(allowed.isSuperset(of: names), "\(names)")
  }

  @Test func `signals ignored here are not ignored there`() throws {
    let process = try shell("grep -E 'Sig(Ign|Blk)' /proc/self/status >&3")
    let lines = output(of: process).split(separator: "\n").map { $0.suffix(7) }
    // The eighth digit and beyond have the C library's own two signals, which it ignores in what it spawns.
    #expect(lines == ["0000000", "0000000"])
  }

  @Test func `a program that isn't there is an error that names it`() {
    #expect(throws: WorkerLinkError.system(call: "posix_spawn /nowhere/audio-worker", errno: ENOENT)) {
      try WorkerProcess.spawn(path: "/nowhere/audio-worker", arguments: [])
    }
  }

  @Test func `a process that nobody reaped doesn't stay`() throws {
    let pid = try shell("exec sleep 60").pid
    #expect(kill(pid, 0) == -1)
  }
}
