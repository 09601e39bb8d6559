import Audio
import Recognition
import Support
import Testing

@testable import WorkerLink

@Suite struct FrameTests {
  private static let stream = StreamID(gateway: .max, number: 9_007_199_254_740_991)
  private static let header = ChunkHeader(
    stream: stream, seq: 7, startFrame: 1 << 40, chunkBytes: 6, isAnswered: true, yields: true)
  private static let request = StreamRequest(
    format: AudioFormat(sampleRate: 384_000, channels: 8, encoding: .alaw), engine: "speech", wantsWords: true,
    utterances: UtteranceWishes(partials: false, bounds: true, silenceMilliseconds: 700))
  private static let checkpoint = Checkpoint(frame: 1 << 41, segments: 9, isOpen: true)
  private static let levels = Levels(samples: 1600, sumOfSquares: 0.1, peak: 0.75, clipped: 3)
  private static let key = SessionKey(1...32)!
  private static let state = SessionState(
    key: key, stream: stream, epoch: .max, received: 1 << 40, answered: 7, firstKept: 5)
  private static var nothing: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }

  /// One of each, as text, so that they can be compared after their memory is gone.
  private static let requests = [
    "welcome 5", "open \(stream) \(request) \(checkpoint)", "chunk \(header) 0 true [1, 2, 3, 4, 5]",
    "chunk \(header) 0 true []", "finish \(stream) 6", "close \(stream)", "shutdown",
    "\(state) \(StatePiece(isFirst: true, isLast: true, bytes: [1, 2, 3, 4, 5]))",
    "\(state) \(StatePiece(isFirst: false, isLast: true, bytes: []))", "take \(key) 9", "forget \(key) 10",
  ]

  private func written() -> [UInt8] {
    let writer = FrameWriter()
    let samples: [UInt8] = [1, 2, 3, 4, 5]
    writer.welcome(version: 5)
    writer.open(stream: Self.stream, request: Self.request, from: Self.checkpoint)
    samples.withUnsafeBytes { writer.chunk(Self.header, $0) }
    writer.chunk(Self.header, Self.nothing)
    writer.finish(Self.stream, seq: 6)
    writer.close(Self.stream)
    writer.shutdown()
    samples.withUnsafeBytes { writer.state(Self.state, isFull: true, $0) }
    writer.state(Self.state, isFull: false, Self.nothing)
    writer.take(Self.key, epoch: 9)
    writer.forget(Self.key, epoch: 10)
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
    case .welcome(let version): "welcome \(version)"
    case .open(let stream, let request, let checkpoint): "open \(stream) \(request) \(checkpoint)"
    case .chunk(let header, let piece): "chunk \(header) \(piece.offset) \(piece.isLast) \(Array(piece.bytes))"
    case .finish(let stream, let seq): "finish \(stream) \(seq)"
    case .close(let stream): "close \(stream)"
    case .shutdown: "shutdown"
    case .state(let state, let piece): "\(state) \(piece)"
    case .take(let key, let epoch): "take \(key) \(epoch)"
    case .forget(let key, let epoch): "forget \(key) \(epoch)"
    }
  }

  @Test func `requests are read as they were written`() throws {
    #expect(try read(written()) { 1 << 20 } == Self.requests)
  }

  @Test func `frames are found a byte at a time`() throws {
    #expect(try read(written()) { 1 } == Self.requests)
  }

  @Test(arguments: Seed.fresh) func `frames are found however they are split`(_ seed: Seed) throws {
    var random = seed.random
    let bytes = (0..<20).flatMap { _ in written() }
    for _ in 0..<50 {
      let found = try read(bytes) { Int.random(in: 1...150, using: &random) }
      #expect(found == (0..<20).flatMap { _ in Self.requests })
    }
  }

  @Test func `every frame begins at a multiple of eight`() {
    #expect(written().count % 8 == 0)
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
    #expect(error(reading: [255, 255, 255, 255, 18, 0, 0, 0]) == .oversized(bytes: 4_294_967_295))
    #expect(error(reading: [1, 0, 4, 0, 18, 0, 0, 0]) == .oversized(bytes: 256 << 10 | 1))
    // Too short for its fields; a payload that doesn't belong; a worker's frame sent to a worker.
    #expect(error(reading: [31, 0, 0, 0, 18, 0, 0, 0]) == .malformed("a frame `chunk` of 31 bytes"))
    #expect(error(reading: [17, 0, 0, 0, 20, 0, 0, 0]) == .malformed("a frame `close` of 17 bytes"))
    let behind: [UInt8] = [16, 0, 0, 0, 85, 0, 0, 0] + [UInt8](repeating: 0, count: 16)
    #expect(error(reading: behind) == .malformed("a frame `behind` to a worker"))
  }

  @Test func `a format that does not exist is an error`() {
    let writer = FrameWriter()
    writer.open(stream: Self.stream, request: Self.request, from: Self.checkpoint)
    let alaw = SampleEncoding.alaw.code
    for (index, value, found) in [
      (5, 99, "99, 8 channels"), (6, 9, "\(alaw), 9 channels"), (6, 0, "\(alaw), 0 channels"),
    ]
      as [(Int, UInt8, String)]
    {
      var bytes = Array(writer.bytes)
      bytes[index] = value
      #expect(error(reading: bytes) == .malformed("a format with encoding \(found), 384000 Hz"))
    }
  }

  /// Reads a reply in whose body `fields` were overwritten.
  private func problem(_ fields: [(offset: Int, value: UInt64)], in bytes: UnsafeRawBufferPointer) -> WorkerLinkError? {
    var bytes = Array(bytes)
    for (offset, value) in fields {
      for index in 0..<8 { bytes[8 + offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
    var reader = FrameReader()
    reader.room().copyBytes(from: bytes)
    reader.commit(bytes.count)
    do throws(WorkerLinkError) { _ = try reader.nextReply() } catch { return error }
    return nil
  }

  private func result(_ fields: [(offset: Int, value: UInt64)]) -> WorkerLinkError? {
    let writer = FrameWriter()
    let progress = RecognitionProgress(checkpoint: Self.checkpoint)
    writer.result(ChunkResult(stream: Self.stream, seq: 2, levels: Self.levels, progress: progress), [])
    return problem(fields, in: writer.bytes)
  }

  @Test func `a result that no chunk has is an error, and not a trap where it is added up`() {
    #expect(result([]) == nil)
    let impossible = WorkerLinkError.malformed("levels that no chunk has")
    let beyond = WorkerLinkError.malformed("a count beyond 2^63")
    // The seq, the samples, the clipped ones and the checkpoint's frame.
    for offset in [16, 24, 48, 56] { #expect(result([(offset, 1 << 63)]) == beyond) }
    #expect(result([(24, 1 << 40)]) == impossible)
    #expect(result([(24, 0)]) == impossible)
    #expect(result([(48, 1601)]) == impossible)
    for wrong in [-1, Double.nan, .infinity, 1e300] {
      #expect(result([(32, wrong.bitPattern)]) == impossible)
      #expect(result([(40, wrong.bitPattern)]) == impossible)
    }
    let loudest = Double(Float.greatestFiniteMagnitude)
    #expect(result([(32, (loudest * loudest * 1600).bitPattern), (40, loudest.bitPattern)]) == nil)
  }

  private static let update = TranscriptUpdate(
    segment: Segment(
      number: 3, start: 1, end: 2, text: "two words", words: [Word(text: "two", start: 1, end: 1.5)], language: "en"),
    stableWords: 1, isFinal: false)

  @Test func `an update that no engine makes is an error`() {
    func updates(_ fields: [(offset: Int, value: UInt64)]) -> WorkerLinkError? {
      let writer = FrameWriter()
      writer.updates(Self.stream, RecognitionProgress(), [Self.update])
      return problem(fields.map { (32 + $0.offset, $0.value) }, in: writer.bytes)
    }
    #expect(updates([]) == nil)
    #expect(updates([(0, 1 << 63)]) == .malformed("a segment beyond 2^63"))
    #expect(updates([(8, 3.0.bitPattern)]) == .malformed("a segment that ends before it starts"))
    #expect(updates([(8, (-1.0).bitPattern)]) == .malformed("a time of -1.0 s"))
    #expect(updates([(16, Double.nan.bitPattern)]) == .malformed("a time of nan s"))
    #expect(updates([(24, 0xFFFF << 32)]) == .malformed("a payload shorter than its fields"))
    #expect(updates([(24, 0xFFFF << 16)]) == .malformed("a payload shorter than its fields"))
  }

  @Test func `a number that is counted with fits an integer`() {
    let writer = FrameWriter()
    writer.chunk(Self.header, Self.nothing)
    // The last bytes of the seq and of the start frame.
    for offset in [8 + 23, 8 + 31] {
      var bytes = Array(writer.bytes)
      bytes[offset] = 0x80
      #expect(error(reading: bytes) == .malformed("a count beyond 2^63"))
    }
  }

  @Test func `text too long for a frame is cut between characters, and words are left out`() throws {
    var update = Self.update
    update.segment.text = String(repeating: "漢", count: 20_000)
    update.segment.words = (0..<5000).map { Word(text: "word\($0)", start: 0, end: 0) }
    let writer = FrameWriter()
    writer.updates(Self.stream, RecognitionProgress(), [update, update])
    writer.failed(Self.stream, seq: 1, .chunk, reason: String(repeating: "ü", count: 3000))
    var reader = FrameReader()
    while writer.count > 0 {
      let room = reader.room()
      let count = min(room.count, writer.bytes.count)
      room.copyBytes(from: writer.bytes.prefix(count))
      reader.commit(count)
      writer.consume(count)
    }
    guard case .updates(_, _, let updates) = try reader.nextReply() else {
      Issue.record("no updates")
      return
    }
    #expect(updates.count == 2)
    #expect(updates[0].segment.text == String(repeating: "漢", count: (32 << 10) / 3))
    #expect((1000..<5000).contains(updates[0].segment.words.count))
    #expect(updates[0].segment.words == Array(update.segment.words.prefix(updates[0].segment.words.count)))
    #expect(
      try reader.nextReply()
        == .failed(Self.stream, seq: 1, .chunk, reason: String(repeating: "ü", count: 2048)))
  }

  @Test(arguments: [StreamLayout.largestChunkBytes + AudioFormat.largestFrameBytes - 1, 262_080, 262_081, 1])
  func `a chunk of any size is split at whole sample frames, and is whole again`(_ bytes: Int) throws {
    var samples = [UInt8](repeating: 9, count: bytes)
    for (number, place) in stride(from: 0, to: bytes, by: 65_521).enumerated() { samples[place] = UInt8(number % 251) }
    let writer = FrameWriter()
    samples.withUnsafeBytes { writer.chunk(Self.header, $0) }
    var reader = FrameReader()
    var whole: [UInt8] = []
    var isComplete = false
    while writer.count > 0 {
      let room = reader.room()
      let count = min(room.count, writer.bytes.count, 300_000)
      room.copyBytes(from: writer.bytes.prefix(count))
      reader.commit(count)
      writer.consume(count)
      while let request = try reader.nextRequest() {
        guard case .chunk(let header, let piece) = request else { continue }
        #expect(header == Self.header && piece.offset == whole.count && !isComplete)
        // Of every frame size that exists.
        for frameBytes in 1...32 where 10_080 % frameBytes == 0 { #expect(piece.offset % frameBytes == 0) }
        whole += piece.bytes
        isComplete = piece.isLast
      }
    }
    #expect(isComplete)
    #expect(whole == samples)
    #expect(reader.room().count == FrameReader.readBytes)
  }

  @Test func `a chunk beyond the largest message is an error`() {
    let writer = FrameWriter()
    writer.chunk(Self.header, Self.nothing)
    var bytes = Array(writer.bytes)
    // The last byte of the piece's offset.
    bytes[8 + 39] = 0x7F
    #expect(error(reading: bytes) == .malformed("a chunk beyond 16 MiB"))
  }
}
