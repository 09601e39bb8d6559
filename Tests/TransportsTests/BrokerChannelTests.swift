import Recognition
import Testing
import Transports
import WorkerLink

@Suite struct BrokerChannelTests {
  /// Two ends of a link, and the messages on their way.
  private final class Wire {
    let gateway = BrokerChannel(link: 1, hasWindow: true)
    let worker = BrokerChannel(link: 1, hasWindow: false)
    var toWorker: [[UInt8]] = []
    var toGateway: [[UInt8]] = []

    init() {
      gateway.onPiece = { [unowned self] in toWorker.append(Array($0) + Array($1)) }
      worker.onPiece = { [unowned self] in toGateway.append(Array($0) + Array($1)) }
    }

    func take(_ message: [UInt8], at end: BrokerChannel) -> BrokerLink.Arrival {
      message.withUnsafeBytes { bytes in
        guard let header = BrokerLink.Header(bytes) else { return .broken }
        return end.take(header, bytes)
      }
    }
  }

  private static let id = StreamID(gateway: 1, number: 2)

  /// Chunks as the worker reads them.
  private func chunks(_ wire: Wire) throws -> [Int] {
    var found: [Int] = []
    for message in wire.toWorker {
      #expect(wire.take(message, at: wire.worker) == .deliver)
      while let request = try wire.worker.nextRequest() {
        guard case .chunk(let header, let piece) = request else { continue }
        #expect(piece.bytes.allSatisfy { Int($0) == header.seq % 256 })
        if piece.isLast { found.append(header.seq) }
      }
    }
    wire.toWorker = []
    return found
  }

  private func send(_ seqs: ClosedRange<Int>, bytes: Int, on wire: Wire) {
    for seq in seqs {
      let header = ChunkHeader(stream: Self.id, seq: seq, startFrame: 0, chunkBytes: bytes)
      [UInt8](repeating: UInt8(seq % 256), count: bytes).withUnsafeBytes { wire.gateway.frames.chunk(header, $0) }
    }
    wire.gateway.flush()
  }

  @Test func `chunks of every size arrive whole and in order, in messages that a broker likes`() throws {
    let wire = Wire()
    send(1...3, bytes: 3200, on: wire)
    send(4...4, bytes: 400_000, on: wire)
    #expect(wire.toWorker.allSatisfy { $0.count <= BrokerLink.headerBytes + BrokerLink.pieceBytes })
    #expect(try chunks(wire) == [1, 2, 3, 4])
  }

  @Test func `beyond the window the rest waits, is full, and has room again when the worker reports`() throws {
    let wire = Wire()
    send(1...1000, bytes: 3200, on: wire)
    #expect(wire.gateway.isFull)
    #expect(wire.toWorker.reduce(0) { $0 + $1.count - BrokerLink.headerBytes } == BrokerLink.windowBytes)
    #expect(!wire.gateway.takeRoom())
    #expect(wire.gateway.fullWindows == 1)
    var found = try chunks(wire)
    while found.count < 1000 {
      // It has nothing to answer, and reports all the same.
      wire.worker.flush()
      #expect(!wire.toGateway.isEmpty)
      for message in wire.toGateway { #expect(wire.take(message, at: wire.gateway) == .deliver) }
      wire.toGateway = []
      wire.gateway.flush()
      found += try chunks(wire)
    }
    #expect(found == Array(1...1000))
    #expect(wire.gateway.takeRoom() && !wire.gateway.takeRoom())
    // The room that a report makes is filled at once by waiting bytes.
    send(1001...1002, bytes: 3200, on: wire)
    #expect(wire.gateway.fullWindows == 1)
  }

  @Test func `a message that was lost breaks the link`() throws {
    let wire = Wire()
    send(1...20, bytes: 3200, on: wire)
    wire.toWorker.remove(at: 1)
    #expect(wire.take(wire.toWorker[0], at: wire.worker) == .deliver)
    #expect(wire.take(wire.toWorker[1], at: wire.worker) == .broken)
  }
}
