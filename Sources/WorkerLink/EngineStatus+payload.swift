internal import Recognition

// An engine in a payload: u16 bytes of the name, u16 bytes of the reason, u8 flags (bit 0: ready, bit 1: continuous);
// then name and reason.

extension PayloadReader {
  mutating func engine() throws(WorkerLinkError) -> EngineStatus {
    let fields = try fields(EngineStatus.fieldBytes)
    let flags = fields.number(at: 4, UInt8.self)
    let name = try text(Int(fields.number(at: 0, UInt16.self)))
    let reason = try text(Int(fields.number(at: 2, UInt16.self)))
    return EngineStatus(
      name: name, state: flags & 1 != 0 ? .ready : .unavailable(reason: reason), isContinuous: flags & 2 != 0)
  }
}

extension EngineStatus {
  fileprivate static let fieldBytes = 5
  /// Bytes of a reason; of a longer one the end is cut.
  static let reasonBytes = 4 << 10

  private var reason: String {
    if case .unavailable(let reason) = state { reason } else { "" }
  }

  /// Size in a payload.
  var payloadBytes: Int {
    Self.fieldBytes + min(name.utf8.count, FrameWriter.engineBytes) + min(reason.utf8.count, Self.reasonBytes)
  }

  func write(to frame: inout OpenFrame) {
    let lengths = frame.reserve(4)
    frame.put((state == .ready ? 1 : 0) | (isContinuous ? 2 : 0) as UInt8)
    let nameBytes = frame.put(name, atMost: FrameWriter.engineBytes)
    let reasonBytes = frame.put(reason, atMost: Self.reasonBytes)
    lengths.storeBytes(of: UInt16(nameBytes).littleEndian, as: UInt16.self)
    lengths.storeBytes(of: UInt16(reasonBytes).littleEndian, toByteOffset: 2, as: UInt16.self)
  }
}
