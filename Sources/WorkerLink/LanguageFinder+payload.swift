internal import Recognition

// A stream's language as found so far, in the payload of its `open` before the engine's name, if bit 4 of the flags is
// set: f64 end of the newest utterance, u8 bytes of its language, u8 bytes of the settled one, 0 for none; then both
// languages.

extension PayloadReader {
  mutating func languages() throws(WorkerLinkError) -> LanguageFinder {
    let fields = try fields(LanguageFinder.fieldBytes)
    let end = try fields.seconds(at: 0)
    let newest = try text(Int(fields.number(at: 8, UInt8.self)))
    let settled = try text(Int(fields.number(at: 9, UInt8.self)))
    return LanguageFinder(
      language: settled.isEmpty ? nil : settled, newest: LanguageFinder.Newest(language: newest, end: end))
  }
}

extension LanguageFinder {
  fileprivate static let fieldBytes = 10

  /// The size in a payload: nothing before the first utterance.
  var payloadBytes: Int {
    guard let newest else { return 0 }
    return [newest.language, language ?? ""].reduce(Self.fieldBytes) {
      $0 + min($1.utf8.count, TranscriptUpdate.largestLanguageBytes)
    }
  }

  func write(to frame: inout OpenFrame) {
    guard let newest else { return }
    frame.put(newest.end.bitPattern)
    let lengths = frame.reserve(2)
    for (index, text) in [newest.language, language ?? ""].enumerated() {
      let bytes = frame.put(text, atMost: TranscriptUpdate.largestLanguageBytes)
      lengths.storeBytes(of: UInt8(bytes), toByteOffset: index, as: UInt8.self)
    }
  }
}
