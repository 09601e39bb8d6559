internal import Recognition

// An engine in a payload: u16 bytes of the name, u16 bytes of the reason, u8 flags (bit 0: ready, bit 1: continuous);
// then name and reason.
//
// After the sandbox the first model of each engine that can be used, in the same order: u16 bytes of its name, 0 for
// none, u16 bytes of its languages; then both, the languages separated by commas.
//
// After these all models of each engine: u16 of them, then each as above, u8 flags (bit 0: detects the language, bit 1:
// has a problem), u16 bytes of the problem, problem.

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
    let fields = try fields(EngineModel.fieldBytes)
    let name = try text(Int(fields.number(at: 0, UInt16.self)))
    let languages = try text(Int(fields.number(at: 2, UInt16.self)))
    return name.isEmpty ? nil : EngineModel(name: name, languages: languages.split(separator: ",").map(String.init))
  }

  mutating func models() throws(WorkerLinkError) -> [EngineModel] {
    var models: [EngineModel] = []
    for _ in 0..<(try fields(2).number(at: 0, UInt16.self)) {
      guard var model = try model() else { throw .malformed("a model without a name") }
      let fields = try fields(3)
      let flags = fields.number(at: 0, UInt8.self)
      let problem = try text(Int(fields.number(at: 1, UInt16.self)))
      model.detectsLanguage = flags & 1 != 0
      model.problem = flags & 2 != 0 ? problem : nil
      models.append(model)
    }
    return models
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

  /// The one that workers before several models had.
  private var firstModel: EngineModel { models.first { $0.problem == nil } ?? EngineModel(name: "", languages: []) }

  /// Size of its models in a payload, at most.
  var modelBytes: Int { firstModel.payloadBytes + models.reduce(2) { $0 + $1.payloadBytes + $1.moreBytes } }

  func writeFirstModel(to frame: inout OpenFrame) { firstModel.write(to: &frame) }

  func writeModels(to frame: inout OpenFrame) {
    frame.put(UInt16(clamping: models.count))
    for model in models.prefix(Int(UInt16.max)) {
      model.write(to: &frame)
      model.writeMore(to: &frame)
    }
  }
}

extension EngineModel {
  fileprivate static let fieldBytes = 4
  /// Bytes of a name, or of the languages; of longer ones the end is cut.
  private static let textBytes = 1 << 10

  private var joined: String { languages.joined(separator: ",") }

  fileprivate var payloadBytes: Int {
    Self.fieldBytes + min(name.utf8.count, Self.textBytes) + min(joined.utf8.count, Self.textBytes)
  }

  fileprivate func write(to frame: inout OpenFrame) {
    let lengths = frame.reserve(Self.fieldBytes)
    let nameBytes = frame.put(name, atMost: Self.textBytes)
    let languageBytes = frame.put(joined, atMost: Self.textBytes)
    lengths.storeBytes(of: UInt16(nameBytes).littleEndian, as: UInt16.self)
    lengths.storeBytes(of: UInt16(languageBytes).littleEndian, toByteOffset: 2, as: UInt16.self)
  }

  fileprivate var moreBytes: Int { 3 + min(problem?.utf8.count ?? 0, Self.textBytes) }

  fileprivate func writeMore(to frame: inout OpenFrame) {
    frame.put((detectsLanguage ? 1 : 0) | (problem == nil ? 0 : 2) as UInt8)
    let length = frame.reserve(2)
    let bytes = frame.put(problem ?? "", atMost: Self.textBytes)
    length.storeBytes(of: UInt16(bytes).littleEndian, as: UInt16.self)
  }
}
