import CLinux
import Glibc
import JSON
import Platform

/// Has a worker program check its engine `speech`, in a process of its own with the worker's own restrictions.
enum ModelCheck {
  /// A model on a slow disk is loaded three times by then.
  private static let timeout = Duration.seconds(180)
  private static let longestOutput = 64 << 10

  /// Why the engine is unavailable; nil if it is ready. Where the program says nothing of it, its own workers will.
  static func problem(path: String, arguments: [String]) -> String? {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC) == 0 else { return nil }
    defer { close(ends[0]) }
    var program = ProgramSpawn(path: path, arguments: [path] + arguments)
    program.standardOutput = ends[1]
    program.environment = sandboxVariables()
    let started = Result { () throws(SystemError) in try program.start() }
    close(ends[1])
    guard case .success(let pid) = started else { return nil }
    let output = output(of: ends[0])
    if output == nil { kill(pid, SIGKILL) }
    while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    guard let output else { return "loading the model takes more than \(timeout)" }
    return problem(in: output)
  }

  /// The reason in a report of `audio-worker --check`.
  static func problem(in report: String) -> String? {
    let engines = (try? JSONValue(parsing: report))?["engines"]?.array
    return engines?.lazy.compactMap { $0["reason"]?.string }.first
  }

  /// Everything until the other end is closed; nil if that takes too long.
  private static func output(of descriptor: Int32) -> String? {
    let end = ContinuousClock.now + timeout
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while bytes.count < longestOutput {
      let left = (end - ContinuousClock.now) / .milliseconds(1)
      var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = left > 0 ? poll(&watched, 1, Int32(left)) : 0
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return nil }
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += buffer.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
