internal import CLinux
internal import Glibc
internal import Synchronization

/// How a program ended.
public enum ProgramEnd: Equatable, Sendable {
  case status(Int32)
  case signal(Int32)
}

/// A program that runs beside the test, with its output collected; killed when this goes away.
public final class Program: Sendable {
  public enum Input: Sendable {
    case nothing
    /// These bytes, then the end.
    case bytes([UInt8])
  }

  /// What the threads share with the program's owner; they do not keep the owner itself alive.
  private final class Life: Sendable {
    let end = Mutex<ProgramEnd?>(nil)
  }

  public let path: String
  public let pid: Int32
  public let standardOutput: ProgramOutput
  public let standardError: ProgramOutput
  private let life = Life()

  /// Starts `path`, or the program of that name built beside the tests when it has no slash.
  ///
  /// The environment is the tests' own without the variables our programs read, then `environment`.
  public init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Input = .nothing,
    folder: String? = nil
  ) throws {
    self.path = path.contains("/") ? path : "\(Self.buildFolder)/\(path)"
    let output = try Pipe()
    let error = try Pipe()
    let feed = if case .bytes = input { try Pipe() } else { Pipe?.none }
    pid = try Self.spawn(
      self.path, arguments, environment: Self.environment(adding: environment), input: feed?.readEnd,
      output: output.writeEnd, error: error.writeEnd, folder: folder)
    close(output.writeEnd)
    close(error.writeEnd)
    standardOutput = ProgramOutput(reading: output.readEnd)
    standardError = ProgramOutput(reading: error.readEnd)
    if let feed, case .bytes(let bytes) = input {
      close(feed.readEnd)
      Self.write(bytes, to: feed.writeEnd)
    }
    reap()
  }

  deinit {
    signal(SIGKILL)
  }

  /// How it ended, or nil while it runs.
  public var end: ProgramEnd? { life.end.withLock { $0 } }

  /// Sends a signal if it still runs.
  public func signal(_ number: Int32) {
    life.end.withLock { end in
      if end == nil { kill(pid, number) }
    }
  }

  /// Waits until it has ended and everything it wrote is there.
  @discardableResult
  public func ended(within deadline: Duration = .seconds(60)) async throws -> ProgramEnd {
    try await eventually("\(self) ends\n\(standardError.text.suffix(4000))", within: deadline) {
      end != nil && standardOutput.isOver && standardError.isOver
    }
    guard let end else { preconditionFailure("It has ended.") }
    return end
  }

  /// Starts a program and waits for its end.
  public static func run(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Input = .nothing,
    folder: String? = nil, within deadline: Duration = .seconds(120)
  ) async throws -> Program {
    let program = try Program(path, arguments, environment: environment, input: input, folder: folder)
    try await program.ended(within: deadline)
    return program
  }

  /// Where the tests' own bundle lies, and the programs beside it.
  public static let buildFolder: String = {
    let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      let count = readlink("/proc/self/exe", start, buffer.count)
      return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return path.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" }
  }()

  private func reap() {
    BackgroundThread.start { [life, pid] in
      var info = siginfo_t()
      // Not taken away yet: until the end is known under the lock, the number is the program's and may be signalled.
      while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
      life.end.withLock { end in
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        let number = status & 0x7F
        end = number == 0 ? .status((status >> 8) & 0xFF) : .signal(number)
      }
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    BackgroundThread.start {
      bytes.withUnsafeBytes { all in
        var rest = all[...]
        while !rest.isEmpty {
          guard let next = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
            case let count = Glibc.write(descriptor, next, rest.count), count > 0
          else { break }
          rest = rest.dropFirst(count)
        }
      }
      close(descriptor)
    }
  }
}

extension Program: CustomStringConvertible {
  public var description: String { "\(path.split(separator: "/").last ?? "") (pid \(pid))" }
}
