internal import Recognition

// An engine in a payload: u16 bytes of the name, u16 bytes of the reason, u8 flags (bit 0: ready, bit 1: continuous);
// then name and reason.
//
// After the sandbox the model of each engine, in the same order: u16 bytes of its name, 0 for none, u16 bytes of its
// languages; then both, the languages separated by commas.

extension PayloadReader {
  mutating func engine() throws(WorkerLinkError) -> EngineStatus {
    let fields = try fields(EngineStatus.fieldBytes)
    let flags = fields.number(at: 4, UInt8.self)
    let name = try text(Int(fields.number(at: 0, UInt16.self)))
    let reason = try text(Int(fields.number(at: 2, UInt16.self)))
    return EngineStatus(
      name: name, state: flags & 1 != 0 ? .ready : .unavailable(reason: reason), isContinuous: flags & 2 != 0)
  }

  mutating func model() throws(WorkerLinkError) -> EngineModel? {
    let fields = try fields(EngineStatus.modelFieldBytes)
    let name = try text(Int(fields.number(at: 0, UInt16.self)))
    let languages = try text(Int(fields.number(at: 2, UInt16.self)))
    return name.isEmpty ? nil : EngineModel(name: name, languages: languages.split(separator: ",").map(String.init))
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

  fileprivate static let modelFieldBytes = 4
  /// Bytes of a model's name, or of its languages; of longer ones the end is cut.
  private static let modelTextBytes = 1 << 10

  private var languages: String { model?.languages.joined(separator: ",") ?? "" }

  /// Size of its model in a payload, at most.
  var modelBytes: Int {
    Self.modelFieldBytes + min(model?.name.utf8.count ?? 0, Self.modelTextBytes)
      + min(languages.utf8.count, Self.modelTextBytes)
  }

  func writeModel(to frame: inout OpenFrame) {
    let lengths = frame.reserve(Self.modelFieldBytes)
    let nameBytes = frame.put(model?.name ?? "", atMost: Self.modelTextBytes)
    let languageBytes = frame.put(languages, atMost: Self.modelTextBytes)
    lengths.storeBytes(of: UInt16(nameBytes).littleEndian, as: UInt16.self)
    lengths.storeBytes(of: UInt16(languageBytes).littleEndian, toByteOffset: 2, as: UInt16.self)
  }
}
