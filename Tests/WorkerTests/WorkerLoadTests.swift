import Audio
import Glibc
import Testing
import WorkerLink

@testable import Worker

@Suite struct WorkerLoadTests {
  @Test func `streams that have ended leave nothing behind`() throws {
    let worker = try SpawnedWorker()
    var stream: UInt64 = 0
    func openAndEnd(_ count: Int) throws {
      for _ in 0..<count / 1000 {
        for _ in 0..<1000 {
          stream += 1
          worker.send(.standard(stream: stream, seq: 1, bytes: 2), [1, 2])
          worker.process.channel.sendEnd(stream: stream)
        }
        worker.process.channel.sendPing(stream)
        try worker.exchange { $0.answers.last == .pong(stream) }
      }
    }
    try openAndEnd(10_000)
    let after10k = worker.residentBytes
    try openAndEnd(90_000)
    #expect(after10k > 0)
    // A stream that stayed would take 200 bytes at the least, 18 MB all together.
    #expect(worker.residentBytes - after10k < 2 << 20)
    #expect(worker.results.count == 100_000)
  }

  @Test func `a server that doesn't read stops the worker, and loses nothing`() throws {
    let worker = try SpawnedWorker()
    try worker.exchange { !$0.answers.isEmpty }
    // Replies are longer than these chunks: the worker's queue fills first, then the link, then the server's queue.
    let sound: [UInt8] = [1, 2]
    var sent = 0
    while worker.process.channel.queuedBytes < 1 << 20 {
      for _ in 0..<2000 {
        sent += 1
        worker.send(.standard(seq: UInt64(sent), bytes: 2), sound)
      }
      // Until the worker has taken nothing for a while.
      while try worker.process.channel.flush() == .blocked {
        var watched = pollfd(fd: worker.process.channel.descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&watched, 1, 300) == 1 else { break }
      }
    }
    let resident = worker.residentBytes
    #expect(resident < 64 << 20)
    #expect(sent * 200 > WorkerLoop.largestQueueBytes)
    try worker.exchange { $0.results.count == sent }
    #expect(worker.results.map { Int($0.header.seq) } == Array(1...sent))
    worker.process.channel.sendShutdown()
    #expect(try worker.end() == .exited(0))
  }

  @Test func `a message of the largest size is measured whole`() throws {
    let worker = try SpawnedWorker()
    worker.send(
      .standard(seq: 1, bytes: StreamLayout.largestChunkBytes),
      [UInt8](repeating: 0x20, count: StreamLayout.largestChunkBytes))
    worker.send(.standard(seq: 2, bytes: 2), [0, 0])
    try worker.exchange { $0.results.count == 2 }
    #expect(worker.results.first?.header.levels.samples == StreamLayout.largestChunkBytes / 2)
    #expect(worker.results.last?.header.levels.samples == 1)
  }

  @Test func `many streams are answered each in its own order`() throws {
    let worker = try SpawnedWorker()
    for seq in 1...40 {
      for stream in 1...100 {
        let sound = [UInt8](repeating: UInt8(stream), count: 2 * stream)
        worker.send(.standard(stream: UInt64(stream), seq: UInt64(seq), bytes: sound.count), sound)
      }
    }
    try worker.exchange { $0.results.count == 4000 }
    for (stream, results) in Dictionary(grouping: worker.results, by: \.header.stream) {
      #expect(results.map(\.header.seq) == Array(1...40))
      for result in results {
        #expect(result.text.contains("client \(stream) msg#\(result.header.seq) (binary \(stream * 2) bytes)"))
      }
    }
  }
}
