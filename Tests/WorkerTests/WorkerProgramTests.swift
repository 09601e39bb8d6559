import Audio
import Glibc
import Recognition
import Support
import Testing
import Transports
import WorkerLink

@Suite struct WorkerProgramTests {
  /// Half of full scale, so that the figures are short.
  private static let square: [UInt8] = [0, 0x40, 0, 0xC0]

  @Test func `the first frame says which versions and engines there are`() throws {
    let worker = try SpawnedWorker(arguments: ["--engines", "mock"])
    try worker.exchange { $0.hello != nil }
    let hello = try #require(worker.hello)
    #expect(hello.versions == LinkVersion.supported)
    #expect(hello.pid == worker.process.pid)
    #expect(!hello.hasMemory)
    #expect(hello.engines.map(\.name) == ["mock", "speech"])
    #expect(hello.engines.map(\.isContinuous) == [false, true])
    #expect(hello.engines[0].state == .ready)
    #expect(
      hello.engines[1].state
        == .unavailable(reason: "not enabled: start audio-server with --engine speech or --models NAMES"))
  }

  @Test func `a version that it doesn't support ends it, and so does a request before the welcome`() throws {
    #expect(try SpawnedWorker(version: 4).end() == .exited(1))
    let worker = try SpawnedWorker(version: nil)
    worker.open()
    #expect(try worker.end() == .exited(1))
  }

  @Test func `a chunk is measured and has a text; a finish adds nothing`() throws {
    let worker = try SpawnedWorker()
    worker.open(123_456_789)
    worker.send(.test(stream: 123_456_789, seq: 3, startFrame: 8000, bytes: 5), Self.square)
    worker.process.socket.frames.finish(.test(123_456_789), seq: 3)
    worker.process.socket.frames.close(.test(123_456_789))
    worker.process.socket.frames.shutdown()
    #expect(try worker.end() == .exited(0))

    let text = FinalText(
      segment: 3, start: 0.5, end: 0.500125, text: "mock transcription for client 123456789 msg#3 (binary 5 bytes)",
      words: 9)
    let result = TextResult(
      stream: .test(123_456_789), seq: 3, levels: Levels(samples: 2, sumOfSquares: 0.5, peak: 0.5, clipped: 0),
      text: text)
    #expect(
      Array(worker.replies.dropFirst()) == [
        .text(result),
        .finished(.test(123_456_789), seq: 3, RecognitionProgress(), []),
      ])
  }

  @Test func `chunks that are lent are answered as those that are sent, in order`() throws {
    let worker = try SpawnedWorker(sharingMemory: 8)
    #expect(worker.hello?.hasMemory == true)
    worker.open()
    let sizes = (1...400).map { [2, 640, 3200, 70_000][$0 % 4] }
    for (index, size) in sizes.enumerated() {
      worker.send(.test(seq: index + 1, bytes: size), [UInt8](repeating: UInt8(index % 100), count: size))
      if index % 7 == 0 { _ = worker.process.socket.flush() }
    }
    worker.process.socket.frames.finish(.test(1), seq: sizes.count)
    worker.process.socket.frames.shutdown()
    #expect(try worker.end() == .exited(0))
    #expect(worker.results.map(\.seq) == Array(1...sizes.count))
    #expect(worker.results.map(\.levels.samples) == sizes.map { $0 / 2 })
    let value = { (index: Int) in Double(index % 100 * 257) / 32768 }
    #expect(worker.results.map(\.levels.peak) == sizes.indices.map(value))
    #expect(worker.finished == [.test(1)])
  }

  @Test func `a worker of version 8 returns what it was lent, one of version 7 is lent nothing`() throws {
    let samples = [UInt8](repeating: 1, count: 3200)
    let worker = try SpawnedWorker(sharingMemory: 8)
    worker.open()
    for seq in 1...9 { worker.send(.test(seq: seq, bytes: samples.count), samples) }
    #expect(worker.process.socket.flush() == .drained)
    // As if it had returned it already.
    #expect(worker.process.socket.frames.takeBack())
    #expect(!worker.process.socket.frames.takeBack())
    #expect(throws: WorkerLinkError.malformed("memory returned that was not lent")) {
      try worker.exchange { _ in false }
    }

    let older = try SpawnedWorker(sharingMemory: 7)
    #expect(older.hello?.hasMemory == true)
    older.open()
    for seq in 1...9 { older.send(.test(seq: seq, bytes: samples.count), samples) }
    #expect(older.process.socket.flush() == .drained)
    #expect(!older.process.socket.frames.takeBack())
    try older.exchange { $0.results.count == 9 }
    #expect(older.results.map(\.seq) == Array(1...9))
  }

  @Test func `what is lent and is no frame ends the worker with an error`() throws {
    let worker = try SpawnedWorker(sharingMemory: 8)
    withUnsafeBytes(of: FrameWriter.lent(0..<64)) {
      #expect(send(worker.process.socket.descriptor, $0.baseAddress, $0.count, 0) == $0.count)
    }
    #expect(try worker.end() == .exited(1))
  }

  @Test func `a chunk without a whole sample frame has levels of no samples`() throws {
    let worker = try SpawnedWorker()
    worker.open()
    worker.send(.test(seq: 1, bytes: 1), [])
    try worker.exchange { $0.results.count == 1 }
    #expect(worker.results.first?.levels == Levels())
    #expect(worker.updates.count == 1)
  }

  @Test func `what can't be done fails for that chunk alone`() throws {
    let worker = try SpawnedWorker()
    worker.send(.test(stream: 8, seq: 1, bytes: 4), Self.square)
    worker.open(9, engine: "kaldi")
    worker.send(.test(stream: 9, seq: 1, bytes: 4), Self.square)
    worker.open(9, engine: "speech")
    worker.send(.test(stream: 9, seq: 2, bytes: 4), Self.square)
    worker.process.socket.frames.finish(.test(9), seq: 2)
    worker.open(9)
    worker.send(.test(stream: 9, seq: 5, bytes: 3), [1, 2, 3])
    worker.send(.test(stream: 9, seq: 6, bytes: 4), Self.square)
    worker.process.socket.frames.finish(.test(9), seq: 5)
    worker.process.socket.frames.finish(.test(10), seq: 1)
    worker.process.socket.frames.shutdown()
    #expect(try worker.end() == .exited(0))
    let unavailable =
      "engine speech is unavailable: not enabled: start audio-server with --engine speech or --models NAMES"
    #expect(
      worker.replies.compactMap { if case .failed(_, _, _, let reason) = $0 { reason } else { nil } } == [
        "stream 8 is not open on this worker", "engine: expected one of mock, speech, got \"kaldi\"", unavailable,
        unavailable, "samples: expected a multiple of 2 bytes, got 3", "stream 10 is not open on this worker",
      ])
    #expect(worker.results.map(\.seq) == [6])
  }

  @Test func `SIGTERM answers what was sent, then ends`() throws {
    let worker = try SpawnedWorker()
    worker.open()
    // Otherwise the signal might arrive before the worker listens for it.
    try worker.exchange { !$0.replies.isEmpty }
    for seq in 1...500 { worker.send(.test(seq: seq, bytes: 3200), [UInt8](repeating: 1, count: 3200)) }
    while worker.process.socket.flush() == .blocked { try worker.exchange { $0.process.socket.queuedBytes == 0 } }
    kill(worker.process.pid, SIGTERM)
    #expect(try worker.end() == .exited(0))
    #expect(worker.results.map(\.seq) == Array(1...500))
  }

  @Test func `SIGINT is the server's business`() throws {
    let worker = try SpawnedWorker()
    worker.open()
    try worker.exchange { !$0.replies.isEmpty }
    kill(worker.process.pid, SIGINT)
    worker.send(.test(seq: 1, bytes: 4), Self.square)
    try worker.exchange { $0.replies.count == 2 }
    #expect(worker.results.count == 1)
  }

  @Test func `a worker that is killed is the end of the link`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.replies.isEmpty }
    worker.process.kill()
    #expect(try worker.end() == .signalled(SIGKILL))
    #expect(worker.isClosed)
  }

  @Test(arguments: [SIGABRT, SIGSEGV, SIGILL]) func `a worker that crashes ends at once`(_ number: Int32) throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.replies.isEmpty }
    kill(worker.process.pid, number)
    #expect(try worker.exchange(timeoutMilliseconds: 10_000) { _ in false })
    #expect(worker.isClosed)
  }

  @Test func `a worker doesn't outlive the one who started it`() throws {
    // The shell is the worker's parent; its death alone, with the link still open at this end, must end the worker.
    let shell = try SpawnedWorker(path: "/bin/sh", arguments: ["-c", "'\(SpawnedWorker.path)' & wait"])
    try shell.exchange { !$0.replies.isEmpty }
    shell.process.kill()
    #expect(try shell.exchange { _ in false })
    #expect(shell.isClosed)
  }

  @Test func `a link that ends lets the worker end`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.replies.isEmpty }
    shutdown(worker.process.socket.descriptor, Int32(SHUT_WR))
    #expect(try worker.end() == .exited(0))
  }

  @Test func `garbage on the link ends the worker with an error`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.replies.isEmpty }
    #expect(send(worker.process.socket.descriptor, "GET / HTTP/1.0\r\n", 16, 0) == 16)
    #expect(try worker.end() == .exited(1))
  }

  @Test func `it has little: limits, no new rights, its own group, no descriptor but its own`() throws {
    let worker = try SpawnedWorker(arguments: ["--memory-mb", "200"])
    try worker.exchange { !$0.replies.isEmpty }
    func proc(_ name: String) throws -> String { try ShellCommand.run("cat /proc/\(worker.process.pid)/\(name)") }
    let limits = try proc("limits").split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true)
    }
    func most(_ words: String) -> Substring? {
      limits.first { $0.joined(separator: " ").hasPrefix(words) }.flatMap {
        $0.dropFirst(words.split(separator: " ").count).first
      }
    }
    #expect(most("Max core file size") == "0")
    #expect(most("Max open files") == "64")
    #expect(most("Max data size") == "\(200 << 20)")
    #expect(try proc("status").contains("NoNewPrivs:\t1"))
    #expect(try proc("stat").split(separator: " ")[4] == "\(worker.process.pid)")
    let descriptors = try ShellCommand.run("ls /proc/\(worker.process.pid)/fd").split(separator: "\n")
    #expect(descriptors.count <= 7, "\(descriptors)")
    let sharing = try SpawnedWorker(sharingMemory: 8)
    #expect(try ShellCommand.run("ls /proc/\(sharing.process.pid)/fd").split(separator: "\n").count <= 8)
  }

  @Test func `one that may not have the memory it wants dies, and says nothing wrong`() throws {
    let worker = try SpawnedWorker(arguments: ["--memory-mb", "64", "--engines", "mock"])
    let samples = [UInt8](repeating: 1, count: StreamLayout.largestChunkBytes)
    worker.open()
    for seq in 1...8 { worker.send(.test(seq: seq, bytes: samples.count), samples) }
    worker.process.socket.frames.shutdown()
    let end = try worker.end()
    #expect(end != nil)
    #expect(worker.results.map(\.seq) == worker.results.indices.map { $0 + 1 })
  }

  @Test func `an engine that does not exist is exit code 2, and all that exist are listed`() throws {
    let output = try ShellCommand.run("'\(SpawnedWorker.path)' --engines mock,kaldi 2>&1 || echo $?")
    #expect(output.contains("kaldi") && output.contains("mock, speech") && output.hasSuffix("2\n"), "\(output)")
  }

  @Test func `a wrong flag is exit code 2`() throws {
    #expect(try SpawnedWorker(arguments: ["--descriptor", "three"]).end() == .exited(2))
    #expect(try SpawnedWorker(arguments: ["--descriptor", "77"]).end() == .exited(2))
    #expect(try SpawnedWorker(arguments: ["--version"]).end() == .exited(0))
  }
}
