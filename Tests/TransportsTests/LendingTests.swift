import Audio
import Glibc
import Recognition
import Support
import Testing

@testable import Transports
@testable import WorkerLink

/// A gateway's end of a link that lends a worker its frames, and the worker's.
@Suite struct LendingTests {
  private static let stream = StreamID(gateway: 1, number: 1)
  /// A frame `lent`, as it goes over the socket.
  private static let lentBytes = 16

  private let memory: SharedMemory

  init() throws { memory = try #require(SharedMemory()) }

  private func borrowed() throws -> SharedMemory { try #require(SharedMemory(inherited: dup(memory.descriptor))) }

  /// The gateway's end and the worker's.
  private func makePair() throws -> (FrameSocket, FrameSocket) {
    let ends = try FrameSocket.pair()
    return (
      try FrameSocket(owning: ends.0, lending: memory), try FrameSocket(owning: ends.1, borrowing: try borrowed())
    )
  }

  /// The gateway's end, and the bare descriptor of the worker's.
  private func makeEnd(version: Int? = 8, hasMemory: Bool = true) throws -> (FrameSocket, Int32) {
    let ends = try FrameSocket.pair()
    let ours = try FrameSocket(owning: ends.0, lending: memory)
    if let version { ours.agreed(on: version, with: Self.hello(hasMemory)) }
    return (ours, ends.1)
  }

  private static func hello(_ hasMemory: Bool = true) -> WorkerHello {
    WorkerHello(pid: 1, engines: [], hasMemory: hasMemory)
  }

  private func chunk(_ seq: Int, _ bytes: [UInt8], over socket: FrameSocket) {
    bytes.withUnsafeBytes {
      socket.frames.chunk(ChunkHeader(stream: Self.stream, seq: seq, startFrame: 0, chunkBytes: $0.count), $0)
    }
  }

  /// Bytes that the kernel has for the worker's end.
  private func received(_ end: Int32) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = recv(end, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
  }

  private func giveBack(to end: Int32) {
    let writer = FrameWriter()
    writer.returned()
    #expect(write(end, writer.bytes.baseAddress, writer.bytes.count) == writer.bytes.count)
  }

  @Test(arguments: Seed.fresh)
  func `chunks arrive as they were sent, whether they are lent, sent or blocked`(_ seed: Seed) throws {
    var random = seed.random
    let (ours, theirs) = try makePair()
    let sound = (0..<70_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let sizes = (0..<4000).map { _ in [2, 640, 3200, 32_000, 60_000].randomElement(using: &random) ?? 2 }
    var (sent, received, returned) = (0, 0, 0)
    var isSame = true
    while received < sizes.count {
      // Now the worker is slow, now fast.
      let isSlow = received / 500 % 2 == 0
      for _ in 0..<Int.random(in: 0...(isSlow ? 40 : 4), using: &random) where sent < sizes.count {
        chunk(sent + 1, Array(sound[(sent % 7000)..<(sent % 7000 + sizes[sent])]), over: ours)
        sent += 1
        if sent == 100 { ours.agreed(on: 8, with: Self.hello()) }
      }
      if Bool.random(using: &random) || sent == sizes.count { _ = ours.flush() }
      if isSlow, sent - received < 200, sent < sizes.count { continue }
      _ = try theirs.read()
      while let request = try theirs.nextRequest() {
        guard case .chunk(let header, let piece) = request else { throw TestFailure("\(request)") }
        let start = received % 7000
        isSame = isSame && header.seq == received + 1 && piece.isLast
        isSame = isSame && piece.bytes.elementsEqual(sound[start..<start + sizes[received]])
        received += 1
      }
      returned += theirs.queuedBytes / 8
      _ = theirs.flush()
      if Bool.random(using: &random) {
        _ = try ours.read()
        #expect(try ours.nextFrame() == nil)
      }
    }
    #expect(isSame)
    #expect(ours.flush() == .drained)
    #expect(returned > 100)
  }

  @Test func `of a chunk that is lent the socket carries where it lies, and nothing waits`() throws {
    let (ours, end) = try makeEnd()
    chunk(1, [UInt8](repeating: 7, count: 3200), over: ours)
    let bytes = Array(ours.frames.bytes)
    #expect(ours.flush() == .drained)
    #expect(ours.queuedBytes == 0)
    let frame = received(end)
    #expect(frame == [8, 0, 0, 0, 25, 0, 0, 0, 0, 0, 0, 0] + withUnsafeBytes(of: UInt32(bytes.count)) { Array($0) })
    #expect(Array(memory.region[..<bytes.count]) == bytes)
  }

  @Test func `few bytes are sent as they are`() throws {
    let (ours, end) = try makeEnd()
    for count in [2 << 10, (2 << 10) - 8] {
      chunk(1, [UInt8](repeating: 7, count: count - 48), over: ours)
      #expect(ours.queuedBytes == count)
      #expect(ours.flush() == .drained)
      #expect(received(end).count == (count == 2 << 10 ? Self.lentBytes : count))
    }
  }

  @Test(arguments: [(7, true), (8, false), (nil, true)] as [(Int?, Bool)])
  func `a worker of an earlier version, one without the memory, and one that has not come up are lent nothing`(
    _ version: Int?, _ hasMemory: Bool
  ) throws {
    let (ours, end) = try makeEnd(version: version, hasMemory: hasMemory)
    for seq in 1...100 {
      chunk(seq, [UInt8](repeating: 7, count: 3200), over: ours)
      let count = ours.queuedBytes
      #expect(ours.flush() == .drained)
      #expect(received(end).count == count)
    }
    #expect(!ours.frames.takeBack())
  }

  @Test func `with every block at the worker bytes are sent, and lent again when one was returned`() throws {
    let (ours, end) = try makeEnd()
    func carried() -> Int {
      chunk(1, [UInt8](repeating: 7, count: 3200), over: ours)
      #expect(ours.flush() == .drained)
      return received(end).count
    }
    func giveAllBack(_ blocks: Int) throws {
      for _ in 0..<blocks { giveBack(to: end) }
      #expect(try ours.read() == .bytes)
      #expect(try ours.nextFrame() == nil)
    }
    let (first, all) = (BlockQueue.firstSharedBlocks, SharedMemory.bytes / BlockQueue.blockBytes)
    for _ in 0..<first { #expect(carried() == Self.lentBytes) }
    for _ in 0..<3 { #expect(carried() == 3200 + 48) }
    try giveAllBack(first)
    for _ in 0..<first { #expect(carried() == Self.lentBytes) }
    // Others are missing again and again: all of them are used.
    for _ in 0..<all * BlockQueue.toleratedShortages { _ = carried() }
    try giveAllBack(all)
    for _ in 0..<all { #expect(carried() == Self.lentBytes) }
    #expect(carried() == 3200 + 48)
  }

  @Test func `a worker returns what it was lent when it has read all of it, and gets more in the same memory`() throws {
    let (ours, theirs) = try makePair()
    ours.agreed(on: 8, with: Self.hello())
    for round in 0..<100 {
      for seq in 1...3 { chunk(seq, [UInt8](repeating: UInt8(round), count: 3200), over: ours) }
      #expect(ours.flush() == .drained)
      #expect(try theirs.read() == .bytes)
      for seq in 1...3 {
        guard case .chunk(let header, let piece)? = try theirs.nextRequest() else { throw TestFailure("no chunk") }
        #expect(header.seq == seq && piece.bytes.allSatisfy { $0 == UInt8(round) })
        #expect(theirs.queuedBytes == 0)
      }
      #expect(try theirs.nextRequest() == nil)
      #expect(theirs.queuedBytes == 8)
      #expect(theirs.flush() == .drained)
      #expect(try ours.read() == .bytes)
      #expect(try ours.nextFrame() == nil)
    }
    #expect(!ours.frames.takeBack())
  }

  @Test func `a block that was sent in part is not lent, and nothing is sent twice`() throws {
    let (ours, theirs) = try makePair()
    var sent = 0
    while ours.flush() == .drained {
      sent += 1
      chunk(sent, [UInt8](repeating: UInt8(truncatingIfNeeded: sent), count: 200_000), over: ours)
    }
    #expect(ours.frames.lendable == nil)
    for _ in 0..<3 {
      sent += 1
      chunk(sent, [UInt8](repeating: UInt8(truncatingIfNeeded: sent), count: 200_000), over: ours)
    }
    ours.agreed(on: 8, with: Self.hello())
    var found: [Int] = []
    while try theirs.read() != .nothing {
      while case .chunk(let header, let piece)? = try theirs.nextRequest() {
        #expect(piece.bytes.count == 200_000)
        #expect(piece.bytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: header.seq) })
        found.append(header.seq)
      }
      _ = ours.flush()
    }
    #expect(found == Array(1...sent))
    #expect(theirs.queuedBytes > 0)
  }

  @Test func `a worker that returns more than it was lent is at fault`() throws {
    let (ours, end) = try makeEnd()
    chunk(1, [UInt8](repeating: 7, count: 3200), over: ours)
    #expect(ours.flush() == .drained)
    giveBack(to: end)
    giveBack(to: end)
    #expect(try ours.read() == .bytes)
    #expect(throws: WorkerLinkError.malformed("memory returned that was not lent")) { try ours.nextFrame() }
  }

  @Test func `a worker without memory that is lent some says so`() throws {
    let ends = try FrameSocket.pair()
    let (ours, theirs) = (
      try FrameSocket(owning: ends.0, lending: memory), try FrameSocket(owning: ends.1)
    )
    #expect(ours.hasMemory && !theirs.hasMemory)
    ours.agreed(on: 8, with: Self.hello())
    chunk(1, [UInt8](repeating: 7, count: 3200), over: ours)
    #expect(ours.flush() == .drained)
    #expect(try theirs.read() == .bytes)
    #expect(throws: WorkerLinkError.malformed("lent memory where none is shared")) { try theirs.nextRequest() }
  }

  @Test(arguments: [
    (SharedMemory.bytes - 8..<SharedMemory.bytes + 8, "16 bytes lent at 2097144 of 2097152"),
    (0..<4, "lent memory that ends within a frame"),
  ])
  func `a worker refuses what lies outside of its memory, or is no frame`(
    _ range: Range<Int>, _ problem: String
  ) throws {
    let ends = try FrameSocket.pair()
    let theirs = try FrameSocket(owning: ends.1, borrowing: try borrowed())
    withUnsafeBytes(of: FrameWriter.lent(range)) { #expect(write(ends.0, $0.baseAddress, $0.count) == $0.count) }
    #expect(try theirs.read() == .bytes)
    #expect(throws: WorkerLinkError.malformed(problem)) { try theirs.nextRequest() }
    close(ends.0)
  }
}
