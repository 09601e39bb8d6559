internal import Recognition

// The model and the language that a stream names in the payload of its `open`, before the engine's name, if it names
// any (bit 3 of the flags): u8 bytes of the model's name, u8 bytes of the language, 0 for none; then both.

extension PayloadReader {
  mutating func modelWish() throws(WorkerLinkError) -> (model: String?, language: String?) {
    let fields = try fields(StreamRequest.modelFieldBytes)
    let model = try text(Int(fields.number(at: 0, UInt8.self)))
    let language = try text(Int(fields.number(at: 1, UInt8.self)))
    return (model.isEmpty ? nil : model, language.isEmpty ? nil : language)
  }
}

extension StreamRequest {
  fileprivate static let modelFieldBytes = 2
  /// Bytes of either name; of a longer one the end is cut.
  private static let largestNameBytes = 255

  /// The size in a payload: nothing where there is none.
  var modelBytes: Int {
    guard model != nil || language != nil else { return 0 }
    return Self.modelFieldBytes + [model, language].reduce(0) { $0 + min($1?.utf8.count ?? 0, Self.largestNameBytes) }
  }

  func writeModel(to frame: inout OpenFrame) {
    guard modelBytes > 0 else { return }
    let lengths = frame.reserve(Self.modelFieldBytes)
    for (index, name) in [model, language].enumerated() {
      let bytes = frame.put(name ?? "", atMost: Self.largestNameBytes)
      lengths.storeBytes(of: UInt8(bytes), toByteOffset: index, as: UInt8.self)
    }
  }
}
