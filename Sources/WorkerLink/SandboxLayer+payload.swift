// A layer in a payload: u16 bytes of the name, u16 bytes of the problem, 0 for none; then both.

extension PayloadReader {
  mutating func sandboxLayer() throws(WorkerLinkError) -> SandboxLayer {
    let fields = try fields(SandboxLayer.fieldBytes)
    let name = try text(Int(fields.number(at: 0, UInt16.self)))
    let problem = try text(Int(fields.number(at: 2, UInt16.self)))
    return SandboxLayer(name, problem: problem.isEmpty ? nil : problem)
  }
}

extension SandboxLayer {
  fileprivate static let fieldBytes = 4
  /// Bytes of a name or a problem; of a longer one the end is cut.
  private static let textBytes = 1 << 10

  /// Size in a payload, at most.
  var payloadBytes: Int {
    Self.fieldBytes + min(name.utf8.count, Self.textBytes) + min(problem?.utf8.count ?? 0, Self.textBytes)
  }

  func write(to frame: inout OpenFrame) {
    let lengths = frame.reserve(Self.fieldBytes)
    let nameBytes = frame.put(name, atMost: Self.textBytes)
    let problemBytes = frame.put(problem ?? "", atMost: Self.textBytes)
    lengths.storeBytes(of: UInt16(nameBytes).littleEndian, as: UInt16.self)
    lengths.storeBytes(of: UInt16(problemBytes).littleEndian, toByteOffset: 2, as: UInt16.self)
  }
}
