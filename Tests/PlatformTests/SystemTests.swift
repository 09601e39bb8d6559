import Glibc
import Platform
import Synchronization
import Testing

struct SystemTests {
  @Test func `a thread runs its body once and can be joined`() throws {
    let count = Count()
    let thread = try SystemThread { count.value.withLock { $0 += 1 } }
    thread.join()
    #expect(count.value.withLock(\.self) == 1)
  }

  @Test func `a wakeup is readable from its signal to its reset`() throws {
    let wakeup = try Wakeup()
    #expect(!isReadable(wakeup.descriptor))
    wakeup.signal()
    wakeup.signal()
    #expect(isReadable(wakeup.descriptor))
    wakeup.reset()
    #expect(!isReadable(wakeup.descriptor))
  }

  @Test func `a program gets the descriptors that are named, and no other`() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    var program = ProgramSpawn(
      path: "/bin/sh", arguments: ["sh", "-c", "echo to link >&3; ls /proc/self/fd | wc -l >&3"])
    program.link = ends[1]
    let pid = try program.start()
    close(ends[1])
    let text = text(from: ends[0])
    waitpid(pid, nil, 0)
    // Those of `ls`: three, the link, and the folder it reads.
    #expect(text == "to link\n5\n")
  }

  @Test func `a program gets a second descriptor beside the link, and no other`() throws {
    var (link, memory): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
    #expect(pipe(&link) == 0 && pipe(&memory) == 0)
    var program = ProgramSpawn(
      path: "/bin/sh", arguments: ["sh", "-c", "echo to link >&3; echo to memory >&4; ls /proc/self/fd | wc -l >&4"])
    (program.link, program.memory) = (link[1], memory[1])
    let pid = try program.start()
    close(link[1])
    close(memory[1])
    let texts = [text(from: link[0]), text(from: memory[0])]
    waitpid(pid, nil, 0)
    #expect(texts == ["to link\n", "to memory\n6\n"])
  }

  @Test func `a program that is not there is an error with its call and reason`() {
    #expect(throws: SystemError(call: "posix_spawn /nowhere", code: ENOENT)) {
      try ProgramSpawn(path: "/nowhere", arguments: ["nowhere"]).start()
    }
  }

  @Test func `random bytes are as many as asked for, and others each time`() {
    #expect(randomBytes(16).count == 16)
    #expect(randomBytes(16) != randomBytes(16))
  }

  @Test func `the clock goes on, and the program has a path`() {
    let first = MonotonicClock.now
    #expect(MonotonicClock.now >= first)
    #expect(executablePath().hasPrefix("/"))
    #expect(Duration.milliseconds(1500).inSeconds == 1.5)
  }

  /// Bytes written to a pipe until its other end is closed.
  private func text(from end: Int32) -> String {
    defer { close(end) }
    var bytes = [UInt8](repeating: 0, count: 64)
    var text = ""
    while case let count = read(end, &bytes, bytes.count), count > 0 {
      text += String(decoding: bytes[..<count], as: UTF8.self)
    }
    return text
  }

  private func isReadable(_ descriptor: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&watched, 1, 0) == 1
  }
}

private final class Count: Sendable {
  let value = Mutex(0)
}
