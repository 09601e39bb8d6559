import Audio
import Recognition
import Testing

@testable import WorkerLink

@Suite struct FrameTests {
  private static let header = ChunkHeader(
    stream: 9_007_199_254_740_991, seq: 7, startFrame: 1 << 40,
    checkpoint: Checkpoint(frame: 1 << 41, segments: 9, isOpen: true),
    isAnswered: true, chunkBytes: 6,
    format: AudioFormat(sampleRate: 384_000, channels: 8, encoding: .alaw), engine: .speech)

  /// One of each, as text, so that they can be compared after their memory is gone.
  private static let requests = [
    "chunk \(header) [1, 2, 3, 4, 5]", "finish 5 6", "end 7", "shutdown", "ping \(UInt64.max)", "chunk \(header) []",
    "recall \(header) 1600 \(levels)",
  ]
  private static let levels = Levels(samples: 1600, sumOfSquares: 0.1, peak: 0.75, clipped: 3)

  private func written() -> [UInt8] {
    var writer = FrameWriter()
    let odd: [UInt8] = [1, 2]
    let sound: [UInt8] = [3, 4, 5]
    odd.withUnsafeBytes { odd in sound.withUnsafeBytes { writer.chunk(Self.header, odd: odd, sound: $0) } }
    writer.finish(stream: 5, seq: 6)
    writer.end(stream: 7)
    writer.shutdown()
    writer.ping(.max)
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    writer.chunk(Self.header, odd: nothing, sound: nothing)
    writer.recall(Self.header, frames: 1600, levels: Self.levels)
    return Array(writer.bytes)
  }

  /// Feeds `bytes` in pieces of the lengths `next` gives.
  private func read(_ bytes: [UInt8], next: () -> Int) throws -> [String] {
    var reader = FrameReader()
    var found: [String] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = rest.prefix(next())
      rest = rest.dropFirst(piece.count)
      reader.room().copyBytes(from: piece)
      reader.commit(piece.count)
      while let request = try reader.nextRequest() { found.append(describe(request)) }
    }
    #expect(reader.partialBytes == 0)
    return found
  }

  private func describe(_ request: WorkerRequest) -> String {
    switch request {
    case .chunk(let header, let payload): "chunk \(header) \(Array(payload))"
    case .recall(let header, let frames, let levels): "recall \(header) \(frames) \(levels)"
    case .finish(let stream, let seq): "finish \(stream) \(seq)"
    case .end(let stream): "end \(stream)"
    case .shutdown: "shutdown"
    case .ping(let mark): "ping \(mark)"
    }
  }

  @Test func `what is written is read again`() throws {
    #expect(try read(written()) { 1 << 20 } == Self.requests)
    #expect(Self.header.format == AudioFormat(sampleRate: 384_000, channels: 8, encoding: .alaw))
    #expect(Self.header.engine == .speech)
  }

  @Test func `frames are found a byte at a time`() throws {
    #expect(try read(written()) { 1 } == Self.requests)
  }

  @Test func `frames are found however they are split`() throws {
    let bytes = (0..<20).flatMap { _ in written() }
    for _ in 0..<50 {
      let found = try read(bytes) { Int.random(in: 1...150) }
      #expect(found == (0..<20).flatMap { _ in Self.requests })
    }
  }

  @Test func `every frame begins at a multiple of eight`() {
    #expect(written().count % 8 == 0)
  }

  @Test func `replies are read again`() throws {
    var writer = FrameWriter()
    let levels = Levels(samples: 1600, sumOfSquares: 0.1, peak: 0.75, clipped: 3)
    writer.ready(pid: 4711, engines: "[{}]")
    Array("{}".utf8).withUnsafeBytes {
      writer.result(ResultHeader(stream: 1, seq: 2, asked: .finish, levels: levels), text: $0)
    }
    Array(#"{"a":1,"segments":[{},{}]}"#.utf8).withUnsafeBytes {
      writer.result(
        ResultHeader(
          stream: 1, seq: 3, asked: .chunk, levels: levels, segmentsBytes: 7, shed: 12,
          checkpoint: Checkpoint(frame: 1 << 40, segments: 8, isOpen: true)),
        text: $0)
    }
    writer.failed(stream: 3, seq: 4, asked: .chunk, message: "no such format: ü")
    writer.pong(5)
    writer.hold(stream: 6)
    writer.release(stream: 7)
    var reader = FrameReader()
    reader.room().copyBytes(from: writer.bytes)
    reader.commit(writer.count)

    guard case .ready(version: WorkerReply.version, pid: 4711, let engines) = try reader.nextReply(),
      String(decoding: engines, as: UTF8.self) == "[{}]",
      case .result(let header, let text) = try reader.nextReply()
    else { throw WorkerLinkError.malformed("other replies") }
    #expect(header == ResultHeader(stream: 1, seq: 2, asked: .finish, levels: levels))
    #expect(String(decoding: text, as: UTF8.self) == "{}")
    #expect(header.segments(in: text) == nil)
    guard case .result(let more, let longer) = try reader.nextReply() else {
      throw WorkerLinkError.malformed("other replies")
    }
    #expect(more.shed == 12)
    #expect(more.checkpoint == Checkpoint(frame: 1 << 40, segments: 8, isOpen: true))
    #expect(header.checkpoint == nil)
    #expect(more.segments(in: longer).map { String(decoding: $0, as: UTF8.self) } == "[{},{}]")
    guard case .failed(3, 4, .chunk, let message) = try reader.nextReply(), case .pong(5) = try reader.nextReply(),
      case .hold(6) = try reader.nextReply(), case .release(7) = try reader.nextReply()
    else {
      throw WorkerLinkError.malformed("other replies")
    }
    #expect(String(decoding: message, as: UTF8.self) == "no such format: ü")
    let end = try reader.nextReply() == nil
    #expect(end)
  }

  private func error(reading bytes: [UInt8]) -> WorkerLinkError? {
    do {
      _ = try read(bytes) { bytes.count }
      return nil
    } catch {
      return error as? WorkerLinkError
    }
  }

  @Test func `garbage is an error`() {
    #expect(error(reading: [16, 0, 0, 0, 99, 0, 0, 0]) == .malformed("a frame of unknown kind 99"))
    #expect(error(reading: Array("GET / HTTP/1.1\r\n".utf8)) == .malformed("a frame of unknown kind 47"))
    #expect(error(reading: [255, 255, 255, 255, 1, 0, 0, 0]) == .oversized(bytes: 4_294_967_295))
    // Too short for its fields; a payload where none belongs; a worker's frame sent to a worker.
    #expect(error(reading: [31, 0, 0, 0, 1, 0, 0, 0]) == .malformed("a chunk frame of 31 bytes"))
    #expect(error(reading: [9, 0, 0, 0, 3, 0, 0, 0]) == .malformed("a end frame of 9 bytes"))
    let pong: [UInt8] = [8, 0, 0, 0, 68, 0, 0, 0] + [UInt8](repeating: 0, count: 8)
    #expect(error(reading: pong) == .malformed("a pong frame to a worker"))
  }

  /// A result as a worker that has lost its mind may write it: `fields` are set in its bytes.
  private func result(_ fields: [(offset: Int, value: UInt64)]) -> WorkerLinkError? {
    var writer = FrameWriter()
    let levels = Levels(samples: 1600, sumOfSquares: 0.1, peak: 0.75, clipped: 3)
    Array("{}".utf8).withUnsafeBytes {
      writer.result(ResultHeader(stream: 1, seq: 2, asked: .chunk, levels: levels), text: $0)
    }
    var bytes = Array(writer.bytes)
    for (offset, value) in fields {
      for index in 0..<8 { bytes[8 + offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
    var reader = FrameReader()
    reader.room().copyBytes(from: bytes)
    reader.commit(bytes.count)
    do throws(WorkerLinkError) { _ = try reader.nextReply() } catch { return error }
    return nil
  }

  @Test func `a result no chunk can have is an error, and not a trap where it is added up`() {
    #expect(result([]) == nil)
    let impossible = WorkerLinkError.malformed("levels that no chunk has")
    let beyond = WorkerLinkError.malformed("a count beyond 2^63")
    // The seq, the samples, the clipped ones and the checkpoint's frame.
    for offset in [8, 16, 40, 56] { #expect(result([(offset, 1 << 63)]) == beyond) }
    #expect(result([(16, 1 << 40)]) == impossible)
    #expect(result([(16, 0)]) == impossible)
    #expect(result([(40, 1601)]) == impossible)
    for wrong in [-1, Double.nan, .infinity, 1e300] {
      #expect(result([(24, wrong.bitPattern)]) == impossible)
      #expect(result([(32, wrong.bitPattern)]) == impossible)
    }
    let loudest = Double(Float.greatestFiniteMagnitude)
    #expect(result([(24, (loudest * loudest * 1600).bitPattern), (32, loudest.bitPattern)]) == nil)
  }

  @Test func `a number that is counted with fits an integer`() {
    var writer = FrameWriter()
    let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
    writer.chunk(Self.header, odd: nothing, sound: nothing)
    // The last bytes of the seq and of the checkpoint's frame.
    for offset in [8 + 15, 8 + 39] {
      var bytes = Array(writer.bytes)
      bytes[offset] = 0x80
      #expect(error(reading: bytes) == .malformed("a count beyond 2^63"))
    }
    writer = FrameWriter()
    writer.failed(stream: 1, seq: 1 << 63, asked: .chunk, message: "")
    var reader = FrameReader()
    reader.room().copyBytes(from: writer.bytes)
    reader.commit(writer.count)
    #expect(throws: WorkerLinkError.malformed("a count beyond 2^63")) { _ = try reader.nextReply() }
  }

  @Test func `random bytes never trap`() {
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 8...200)).map { _ in UInt8.random(in: 0...255) }
      var reader = FrameReader()
      reader.room().copyBytes(from: bytes)
      reader.commit(bytes.count)
      do { while try reader.nextReply() != nil {} } catch { continue }
    }
  }

  @Test func `a message of the largest size passes and its memory is let go`() throws {
    let sound = [UInt8](repeating: 9, count: StreamLayout.largestChunkBytes)
    let odd = [UInt8](repeating: 8, count: AudioFormat.largestFrameBytes - 1)
    var writer = FrameWriter()
    odd.withUnsafeBytes { odd in sound.withUnsafeBytes { writer.chunk(Self.header, odd: odd, sound: $0) } }
    var reader = FrameReader()
    var found = 0
    while writer.count > 0 {
      let room = reader.room()
      let count = min(room.count, writer.bytes.count, 300_000)
      room.copyBytes(from: writer.bytes.prefix(count))
      reader.commit(count)
      writer.consume(count)
      while let request = try reader.nextRequest() {
        guard case .chunk(_, let payload) = request else { continue }
        found += 1
        #expect(payload.count == odd.count + sound.count)
        #expect(payload[odd.count - 1] == 8 && payload[odd.count] == 9)
      }
    }
    #expect(found == 1)
    #expect(reader.room().count == FrameReader.readBytes)
  }
}
