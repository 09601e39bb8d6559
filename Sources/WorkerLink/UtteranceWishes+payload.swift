internal import Recognition

// The wishes of a stream in the payload of its `open`, before the engine's name, if it has any (bit 2 of the flags):
// u16 milliseconds of silence, 0 for the engine's own; u8 flags (bit 0: no partials, bit 1: bounds,
// bit 2: yields length); u8 0.

extension PayloadReader {
  mutating func wishes() throws(WorkerLinkError) -> UtteranceWishes {
    let fields = try fields(UtteranceWishes.fieldBytes)
    let silence = Int(fields.number(at: 0, UInt16.self))
    guard silence == 0 || UtteranceWishes.silenceRange.contains(silence) else {
      throw .malformed("a silence of \(silence) ms")
    }
    let flags = fields.number(at: 2, UInt8.self)
    return UtteranceWishes(
      partials: flags & 1 == 0, bounds: flags & 2 != 0, silenceMilliseconds: silence == 0 ? nil : silence,
      yieldsLength: flags & 4 != 0)
  }
}

extension UtteranceWishes {
  fileprivate static let fieldBytes = 4

  /// The size in a payload: nothing where there are none.
  var payloadBytes: Int { self == UtteranceWishes() ? 0 : Self.fieldBytes }

  func write(to frame: inout OpenFrame) {
    guard payloadBytes > 0 else { return }
    frame.put(UInt16(clamping: silenceMilliseconds ?? 0))
    frame.put((partials ? 0 : 1) | (bounds ? 2 : 0) | (yieldsLength ? 4 : 0) as UInt8)
    frame.put(0 as UInt8)
  }
}
