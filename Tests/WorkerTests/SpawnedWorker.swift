import Audio
import Glibc
import Recognition
import Testing
import Transports
import WorkerLink

/// The real `audio-worker`, as it was built beside the tests, and its replies.
final class SpawnedWorker {
  let process: WorkerProcess
  private(set) var replies: [WorkerReply] = []
  private(set) var isClosed = false

  static let path: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    return own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/audio-worker"
  }()

  init(path: String = SpawnedWorker.path, arguments: [String] = [], version: Int? = 5) throws {
    process = try WorkerProcess.spawn(path: path, arguments: arguments)
    if let version { process.socket.frames.welcome(version: version) }
  }

  /// One that has shared memory, and is welcome once it has said so.
  init(sharingMemory version: Int) throws {
    process = try WorkerProcess.spawn(path: Self.path, arguments: [], sharesMemory: true)
    try exchange { $0.hello != nil }
    process.socket.agreed(on: version, with: try #require(hello))
    process.socket.frames.welcome(version: version)
  }

  func open(_ number: UInt64 = 1, engine: String = "mock", from checkpoint: Checkpoint = Checkpoint(frame: 0)) {
    process.socket.frames.open(
      stream: .test(number), request: StreamRequest(format: .standard, engine: engine), from: checkpoint)
  }

  func send(_ header: ChunkHeader, _ samples: [UInt8]) {
    samples.withUnsafeBytes {
      process.socket.frames.chunk(header, $0)
    }
  }

  /// Writes and reads until `isEnough` or the worker is gone; false after a minute in which nothing arrived: long
  /// segments, a sanitizer and a busy machine take ten seconds together.
  @discardableResult
  func exchange(timeoutMilliseconds: Int32 = 60_000, until isEnough: (SpawnedWorker) -> Bool) throws -> Bool {
    while !isClosed, !isEnough(self) {
      let blocked = process.socket.flush() == .blocked
      var watched = pollfd(
        fd: process.socket.descriptor, events: Int16(POLLIN | (blocked ? POLLOUT : 0)), revents: 0)
      guard poll(&watched, 1, timeoutMilliseconds) == 1 else { return false }
      guard watched.revents & ~Int16(POLLOUT) != 0 else { continue }
      isClosed = try process.socket.read() == .closed
      while let frame = try process.socket.nextFrame() { replies.append(try WorkerReply(frame)) }
    }
    return true
  }

  /// Reads until the worker is gone; returns how it ended.
  func end() throws -> WorkerExit? {
    try exchange { _ in false }
    for _ in 0..<10_000 {
      if let exit = process.reap() { return exit }
      usleep(1000)
    }
    return nil
  }

  var hello: WorkerHello? { replies.lazy.compactMap { if case .hello(let hello) = $0 { hello } else { nil } }.first }

  var results: [ChunkResult] { replies.compactMap(\.result?.chunk) }

  /// All updates, whatever they came with.
  var updates: [TranscriptUpdate] {
    replies.flatMap { reply -> [TranscriptUpdate] in
      switch reply {
      case .result, .text: reply.result?.updates ?? []
      case .updates(_, _, let updates), .finished(_, _, _, let updates): updates
      case .hello, .failed, .behind, .decoded, .image, .untaken, .fenced: []
      }
    }
  }

  /// Streams whose finish was answered.
  var finished: [StreamID] {
    replies.compactMap { if case .finished(let stream, _, _, _) = $0 { stream } else { nil } }
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
}

extension StreamID {
  static func test(_ number: UInt64) -> StreamID { StreamID(gateway: 0xABCD, number: number) }
}

extension ChunkHeader {
  static func test(
    stream: UInt64 = 1, seq: Int, startFrame: Int = 0, bytes: Int, isAnswered: Bool = false
  ) -> ChunkHeader {
    ChunkHeader(stream: .test(stream), seq: seq, startFrame: startFrame, chunkBytes: bytes, isAnswered: isAnswered)
  }
}
