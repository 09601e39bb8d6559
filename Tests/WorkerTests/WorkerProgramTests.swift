import Audio
import Glibc
import Support
import Testing
import WorkerLink

@Suite struct WorkerProgramTests {
  /// Half of full scale, so that the figures are short.
  private static let square: [UInt8] = [0, 0x40, 0, 0xC0]

  @Test func `a chunk is measured and answered, a finish repeats it`() throws {
    let worker = try SpawnedWorker()
    worker.send(.standard(stream: 123_456_789, seq: 3, startFrame: 8000, bytes: 5), Self.square)
    worker.process.channel.sendFinish(stream: 123_456_789, seq: 3)
    worker.process.channel.sendEnd(stream: 123_456_789)
    worker.process.channel.sendPing(42)
    worker.process.channel.sendShutdown()
    #expect(try worker.end() == .exited(0))

    let text =
      #"{"seq":3,"transcription":"mock transcription for client 123456789 msg#3 (binary 5 bytes)","rms":0.5,"#
      + #""dbfs":-6.02059991327962,"peak":0.5,"clipped":0,"duration":0.000125,"start":0.5,"final":true,"segment":3}"#
    let levels = Levels(samples: 2, sumOfSquares: 0.5, peak: 0.5, clipped: 0)
    func header(_ asked: Asked) -> ResultHeader {
      ResultHeader(stream: 123_456_789, seq: 3, asked: asked, levels: levels)
    }
    #expect(
      worker.answers == [
        .ready(pid: worker.process.pid), .result(header(.chunk), text), .result(header(.finish), text), .pong(42),
      ])
  }

  @Test func `a chunk without a whole frame is silence of no length`() throws {
    let worker = try SpawnedWorker()
    worker.send(.standard(seq: 1, bytes: 1), [])
    try worker.exchange { $0.results.count == 1 }
    let text = try #require(worker.results.first).text
    #expect(text.contains(#""rms":0.0,"dbfs":null,"peak":0.0,"clipped":0,"duration":0.0,"start":0.0"#))
  }

  @Test func `what can't be done fails for that chunk alone`() throws {
    let worker = try SpawnedWorker()
    var header = ChunkHeader.standard(stream: 9, seq: 1, bytes: 4)
    header.engineCode = 77
    worker.send(header, Self.square)
    header = .standard(stream: 9, seq: 2, bytes: 4)
    header.engineCode = Engine.speech.code
    worker.send(header, Self.square)
    header = .standard(stream: 9, seq: 3, bytes: 4)
    header.encodingCode = 99
    worker.send(header, Self.square)
    header = .standard(stream: 9, seq: 4, bytes: 4)
    header.sampleRate = 0
    worker.send(header, Self.square)
    worker.send(.standard(stream: 9, seq: 5, bytes: 3), [1, 2, 3])
    worker.send(.standard(stream: 9, seq: 6, bytes: 4), Self.square)
    worker.process.channel.sendFinish(stream: 9, seq: 5)
    worker.process.channel.sendFinish(stream: 10, seq: 1)
    worker.process.channel.sendShutdown()
    #expect(try worker.end() == .exited(0))
    #expect(
      worker.answers.compactMap { if case .failed(_, _, _, let message) = $0 { message } else { nil } } == [
        "this worker has no engine 77", "this worker has no engine speech",
        "no such format: encoding 99, 1 channels, 16000 Hz", "no such format: encoding 2, 1 channels, 0 Hz",
        "3 bytes are not whole frames of 2", "chunk 5 is not the last of stream 9 here",
        "chunk 1 is not the last of stream 10 here",
      ])
    #expect(worker.results.map(\.header.seq) == [6])
  }

  @Test func `SIGTERM answers what was sent, then ends`() throws {
    let worker = try SpawnedWorker()
    // Otherwise it might come before the worker listens for it.
    try worker.exchange { !$0.answers.isEmpty }
    for seq in 1...500 { worker.send(.standard(seq: UInt64(seq), bytes: 3200), [UInt8](repeating: 1, count: 3200)) }
    while try worker.process.channel.flush() == .blocked { try worker.exchange { $0.process.channel.queuedBytes == 0 } }
    worker.process.terminate()
    #expect(try worker.end() == .exited(0))
    #expect(worker.results.map(\.header.seq) == Array(1...500))
  }

  @Test func `SIGINT is the server's business`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.answers.isEmpty }
    kill(worker.process.pid, SIGINT)
    worker.process.channel.sendPing(1)
    try worker.exchange { $0.answers.count == 2 }
    #expect(worker.answers.last == .pong(1))
  }

  @Test func `a worker that is killed is the end of the link`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.answers.isEmpty }
    worker.process.kill()
    #expect(try worker.end() == .signalled(SIGKILL))
    #expect(worker.isClosed)
  }

  @Test func `a worker doesn't outlive the one who started it`() throws {
    // The shell is the worker's parent; its death alone, with the link still open at this end, must end the worker.
    let shell = try SpawnedWorker(path: "/bin/sh", arguments: ["-c", "'\(SpawnedWorker.path)' & wait"])
    try shell.exchange { !$0.answers.isEmpty }
    shell.process.kill()
    #expect(try shell.exchange { _ in false })
    #expect(shell.isClosed)
  }

  @Test func `a link that ends lets the worker end`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.answers.isEmpty }
    shutdown(worker.process.channel.descriptor, Int32(SHUT_WR))
    #expect(try worker.end() == .exited(0))
  }

  @Test func `garbage on the link ends the worker with an error`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.answers.isEmpty }
    #expect(send(worker.process.channel.descriptor, "GET / HTTP/1.0\r\n", 16, 0) == 16)
    #expect(try worker.end() == .exited(1))
  }

  @Test func `it has little: limits, no new rights, its own group, no descriptor but its own`() throws {
    let worker = try SpawnedWorker(arguments: ["--memory-mb", "200"])
    try worker.exchange { !$0.answers.isEmpty }
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
  }

  @Test func `one that may not have the memory it wants dies, and says nothing wrong`() throws {
    let worker = try SpawnedWorker(arguments: ["--memory-mb", "64", "--engines", "mock"])
    let sound = [UInt8](repeating: 1, count: StreamLayout.largestChunkBytes)
    for seq in 1...8 { worker.send(.standard(seq: UInt64(seq), bytes: sound.count), sound) }
    worker.process.channel.sendShutdown()
    let end = try worker.end()
    #expect(end != nil)
    #expect(worker.results.map(\.header.seq) == worker.results.indices.map { UInt64($0 + 1) })
  }

  @Test func `a wrong flag is exit code 2`() throws {
    #expect(try SpawnedWorker(arguments: ["--descriptor", "three"]).end() == .exited(2))
    #expect(try SpawnedWorker(arguments: ["--descriptor", "77"]).end() == .exited(1))
    #expect(try SpawnedWorker(arguments: ["--version"]).end() == .exited(0))
  }
}
