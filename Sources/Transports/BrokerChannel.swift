public import WorkerLink

/// One end of a link over a broker: frames as bytes, cut into messages.
public final class BrokerChannel: FrameOutput {
  // Accessed for each message: checks took 2 % of the server's instructions, with those of `BrokerConnection`.
  @exclusivity(unchecked) private var link: BrokerLink
  @exclusivity(unchecked) private var reader = FrameReader()
  /// Gives the broker a message: its header and its bytes.
  public var onPiece: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Void = { _, _ in }
  private var wasFull = false
  /// Times that the window became full with more to be sent.
  public private(set) var fullWindows = 0
  private var windowIsFull = false

  /// What a gateway may have waiting besides what is under way.
  private static let queueBytes = BrokerLink.windowBytes

  /// - Parameter hasWindow: see `BrokerLink`.
  public init(link number: UInt64, hasWindow: Bool) {
    link = BrokerLink(number: number, hasWindow: hasWindow)
    super.init(limitBytes: Self.queueBytes)
  }

  public var number: UInt64 { link.number }

  // MARK: Writing

  /// The first message of a link, with which it begins.
  public func begin() { send(UnsafeRawBufferPointer(start: nil, count: 0)) }

  public override func roundEnds() { flush() }
  public override func writeEarly() { flush() }

  /// Gives the broker what is queued, as far as the other side has room for it.
  public func flush() {
    if isFull { wasFull = true }
    while true {
      let count = link.piece(of: frames.bytes.count)
      guard count > 0 else { break }
      send(UnsafeRawBufferPointer(rebasing: frames.bytes[..<count]))
      frames.consume(count)
    }
    if frames.bytes.count > 0, !windowIsFull { fullWindows += 1 }
    windowIsFull = frames.bytes.count > 0
    if link.owesReport { begin() }
  }

  private func send(_ bytes: UnsafeRawBufferPointer) { link.send(bytes.count).withBytes { onPiece($0, bytes) } }

  /// Whether a queue that was full has room again since this was last called.
  public func takeRoom() -> Bool {
    guard wasFull, !isFull else { return false }
    wasFull = false
    return true
  }

  // MARK: Reading

  /// Takes a message. Everything whole has to be taken out before.
  public func take(_ header: BrokerLink.Header, _ message: UnsafeRawBufferPointer) -> BrokerLink.Arrival {
    let bytes = UnsafeRawBufferPointer(rebasing: message[BrokerLink.headerBytes...])
    let room = reader.room()
    guard bytes.count <= room.count else { return .broken }
    let arrival = link.receive(header, bytes: bytes.count)
    if arrival == .deliver {
      room.copyMemory(from: bytes)
      reader.commit(bytes.count)
    }
    return arrival
  }

  /// The next whole frame from a worker.
  public func nextFrame() throws(WorkerLinkError) -> Frame? { try reader.next() }
  /// The next whole frame from a gateway.
  public func nextRequest() throws(WorkerLinkError) -> WorkerRequest? { try reader.nextRequest() }
}
