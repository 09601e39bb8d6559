import Audio
import Glibc
import Testing
import WorkerLink

/// The real `audio-worker`, as it was built beside the tests, and what it answers.
final class SpawnedWorker {
  enum Answer: Equatable {
    case ready(pid: Int32)
    case result(ResultHeader, String)
    case failed(stream: UInt64, seq: UInt64, Asked, String)
    case pong(UInt64)
    case hold(stream: UInt64)
    case release(stream: UInt64)
  }

  let process: WorkerProcess
  private(set) var answers: [Answer] = []
  private(set) var isClosed = false

  static let path: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    return own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/audio-worker"
  }()

  init(path: String = SpawnedWorker.path, arguments: [String] = []) throws {
    process = try WorkerProcess.spawn(path: path, arguments: arguments)
  }

  func send(_ header: ChunkHeader, _ sound: [UInt8]) {
    sound.withUnsafeBytes {
      process.channel.send(header, odd: UnsafeRawBufferPointer(start: nil, count: 0), sound: $0)
    }
  }

  /// Writes and reads until `isEnough` or the worker is gone; false after a minute in which nothing came: long segments, a sanitizer
  /// and a busy machine take ten seconds together.
  @discardableResult
  func exchange(until isEnough: (SpawnedWorker) -> Bool) throws -> Bool {
    while !isClosed, !isEnough(self) {
      let blocked = try process.channel.flush() == .blocked
      var watched = pollfd(
        fd: process.channel.descriptor, events: Int16(POLLIN | (blocked ? POLLOUT : 0)), revents: 0)
      guard poll(&watched, 1, 60_000) == 1 else { return false }
      guard watched.revents & ~Int16(POLLOUT) != 0 else { continue }
      isClosed = try process.channel.receive { answers.append(Self.copy($0)) } == .closed
    }
    return true
  }

  /// Reads until the worker is gone and tells how it ended.
  func end() throws -> WorkerExit? {
    try exchange { _ in false }
    for _ in 0..<10_000 {
      if let exit = process.reap() { return exit }
      usleep(1000)
    }
    return nil
  }

  var results: [(header: ResultHeader, text: String)] {
    answers.compactMap { if case .result(let header, let text) = $0 { (header, text) } else { nil } }
  }

  /// Resident memory.
  var residentBytes: Int {
    guard let file = fopen("/proc/\(process.pid)/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    fgets(&line, 256, file)
    let numbers = String(decoding: line.map(UInt8.init(bitPattern:)), as: UTF8.self).split(separator: " ")
    return (Int(numbers[1]) ?? 0) * Int(getpagesize())
  }

  private static func copy(_ reply: WorkerReply) -> Answer {
    switch reply {
    case .ready(_, let pid, _): .ready(pid: pid)
    case .result(let header, let text): .result(header, String(decoding: text, as: UTF8.self))
    case .failed(let stream, let seq, let asked, let message):
      .failed(stream: stream, seq: seq, asked, String(decoding: message, as: UTF8.self))
    case .pong(let mark): .pong(mark)
    case .hold(let stream): .hold(stream: stream)
    case .release(let stream): .release(stream: stream)
    }
  }
}

extension ChunkHeader {
  /// A chunk of the standard format for the mock.
  static func standard(stream: UInt64 = 1, seq: UInt64, startFrame: UInt64 = 0, bytes: Int) -> ChunkHeader {
    ChunkHeader(
      stream: stream, seq: seq, startFrame: startFrame, chunkBytes: bytes, format: .standard, engine: .mock)
  }
}
