import CLinux
import Glibc
import JSON
import Platform

/// A worker program's report on its engine `speech`, from a process with the worker's own restrictions.
struct ModelCheck: Equatable {
  /// Why the engine is unavailable; nil if it is ready. Where the program says nothing of it, its own workers will.
  var problem: String?
  /// Why models cannot be used, by name.
  var modelProblems: [String: String] = [:]

  /// Models on a slow disk are loaded three times by then.
  private static let timeout = Duration.seconds(180)
  private static let longestOutput = 64 << 10

  init(problem: String? = nil) { self.problem = problem }

  /// Runs the program; it says nothing if it can't be started.
  static func run(path: String, arguments: [String]) -> ModelCheck {
    switch output(path: path, arguments: arguments) {
    case .all(let text): ModelCheck(report: text)
    case .late: ModelCheck(problem: "loading the models takes more than \(timeout)")
    case nil: ModelCheck()
    }
  }

  /// Reads a report of `audio-worker --check`.
  init(report: String) {
    let engines = (try? JSONValue(parsing: report))?["engines"]?.array ?? []
    problem = engines.lazy.compactMap { $0["reason"]?.string }.first
    for model in engines.compactMap({ $0["models"]?.array }).joined() {
      guard let name = model["model"]?.string, let reason = model["reason"]?.string else { continue }
      modelProblems[name] = reason
    }
  }

  /// The same for the workers' command lines.
  var arguments: [String] {
    var list = problem.map { ["--speech-problem", $0] } ?? []
    if !modelProblems.isEmpty {
      let members = modelProblems.sorted { $0.key < $1.key }.map { JSONValue.Member(key: $0, value: .string($1)) }
      list += ["--model-problems", JSONValue.object(members).text]
    }
    return list
  }

  private enum Output {
    case all(String)
    /// It took too long.
    case late
  }

  /// Nil if the program can't be started.
  private static func output(path: String, arguments: [String]) -> Output? {
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
    return output.map(Output.all) ?? .late
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
