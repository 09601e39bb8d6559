@testable import WebSocket

/// The headers of WebSocket frames, judged before the library sees them: the same however they are split, and nothing
/// behind the first fault is let pass. And what a client's watch makes of a server's whole answer.
func fuzzHeaders(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = Judged([input.bytes], isClient: seed % 2 == 1)
  let split = Judged(input.pieces(seed), isClient: seed % 2 == 1)
  require(whole.inspector.violation == split.inspector.violation, "A fault hangs on how frames were split.")
  require(whole.inspector.closeBody == split.inspector.closeBody, "A close's body hangs on how frames were split.")
  // The part of a bad header that came before is out already.
  require(
    (0..<FrameHeader.maximumBytes).contains(split.passed - whole.passed), "What passes hangs on how it was split.")
  let both = min(whole.seen.count, split.seen.count)
  require(whole.seen.prefix(both) == split.seen.prefix(both), "A payload hangs on how frames were split.")
  requireSameAnswer(input, seed)
  require(whole.inspector.violation != nil || whole.passed == input.rest.count, "Good frames were held back.")
}

private func requireSameAnswer(_ input: FuzzInput, _ seed: Int) {
  let whole = ResponseWatch(descriptor: -1)
  whole.look(input.bytes)
  let split = ResponseWatch(descriptor: -1)
  for piece in input.pieces(seed) { split.look(piece) }
  require(whole.body == split.body && whole.closeCode == split.closeCode, "An answer hangs on how it was split.")
}

private struct Judged {
  var inspector: FrameInspector
  /// What the library would be given.
  var seen: [UInt8] = []
  var passed: Int { seen.count }

  init(_ pieces: [UnsafeRawBufferPointer], isClient: Bool) {
    inspector = FrameInspector(expectsMask: isClient)
    for piece in pieces {
      var copy = Array(piece)
      let good = copy.withUnsafeMutableBytes {
        inspector.take(UnsafeRawBufferPointer($0), unmasked: isClient ? $0.baseAddress : nil)
      }
      require(good <= piece.count, "More passes than came.")
      seen += copy.prefix(good)
      if inspector.violation != nil { break }
    }
  }
}
