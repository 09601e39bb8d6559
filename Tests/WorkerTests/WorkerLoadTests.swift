import Audio
import Glibc
import Recognition
import Testing
import Transports
import WorkerLink

@Suite struct WorkerLoadTests {
  @Test func `streams that have ended leave nothing behind`() throws {
    let worker = try SpawnedWorker()
    var stream: UInt64 = 0
    func openAndClose(_ count: Int) throws {
      for _ in 0..<count / 1000 {
        for _ in 0..<1000 {
          stream += 1
          worker.open(stream)
          worker.send(.test(stream: stream, seq: 1, bytes: 2), [1, 2])
          worker.process.socket.frames.close(.test(stream))
        }
        try worker.exchange {
          $0.replies.last?.result?.chunk.stream.number == stream
        }
      }
    }
    try openAndClose(10_000)
    let after10k = worker.residentBytes
    try openAndClose(90_000)
    #expect(after10k > 0)
    // A stream that stayed would take at least 200 bytes, 18 MB all together.
    #expect(worker.residentBytes - after10k < 2 << 20)
    #expect(worker.results.count == 100_000)
  }

  @Test func `a gateway that doesn't read stops the worker, and loses nothing`() throws {
    let worker = try SpawnedWorker()
    worker.open()
    try worker.exchange { !$0.replies.isEmpty }
    // Replies are longer than these chunks: the worker's queue fills first, then the link, then the gateway's queue.
    let samples: [UInt8] = [1, 2]
    var sent = 0
    while worker.process.socket.queuedBytes < 1 << 20 {
      for _ in 0..<2000 {
        sent += 1
        worker.send(.test(seq: sent, bytes: 2), samples)
      }
      // Until the worker has taken nothing for a while.
      while worker.process.socket.flush() == .blocked {
        var watched = pollfd(fd: worker.process.socket.descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&watched, 1, 300) == 1 else { break }
      }
    }
    let resident = worker.residentBytes
    #expect(resident < 64 << 20)
    #expect(sent * 150 > 4 << 20)
    try worker.exchange { $0.replies.count == sent + 1 }
    #expect(worker.results.map(\.seq) == Array(1...sent))
    worker.process.socket.frames.shutdown()
    #expect(try worker.end() == .exited(0))
  }

  @Test func `a message of the largest size is measured whole`() throws {
    let worker = try SpawnedWorker()
    let bytes = StreamLayout.largestChunkBytes
    worker.open()
    worker.send(.test(seq: 1, bytes: bytes), [UInt8](repeating: 0x20, count: bytes))
    worker.send(.test(seq: 2, startFrame: bytes / 2, bytes: 2), [0, 0])
    try worker.exchange { $0.results.count == 2 }
    #expect(worker.results.map(\.levels.samples) == [bytes / 2, 1])
    #expect(
      worker.updates.map(\.segment.text)
        == [1, 2].map { seq in
          "mock transcription for client 1 msg#\(seq) (binary \(seq == 1 ? bytes : 2) bytes)"
        })
    #expect(worker.updates.first?.segment.end == Double(bytes / 2) / 16_000)
  }

  @Test func `many streams are answered each in its own order`() throws {
    let worker = try SpawnedWorker()
    for stream in 1...100 { worker.open(UInt64(stream)) }
    for seq in 1...40 {
      for stream in 1...100 {
        let samples = [UInt8](repeating: UInt8(stream), count: 2 * stream)
        worker.send(.test(stream: UInt64(stream), seq: seq, bytes: samples.count), samples)
      }
    }
    try worker.exchange { $0.replies.count == 4001 }
    var texts: [UInt64: [String]] = [:]
    for (chunk, updates) in worker.replies.compactMap(\.result) {
      texts[chunk.stream.number, default: []] += updates.map(\.segment.text)
    }
    #expect(texts.count == 100)
    for (stream, texts) in texts {
      #expect(
        texts == (1...40).map { "mock transcription for client \(stream) msg#\($0) (binary \(stream * 2) bytes)" })
    }
  }
}
