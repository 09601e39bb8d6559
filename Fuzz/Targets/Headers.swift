@testable import Web

/// Frames of a WebSocket, of either side: the same messages however they are split, none over its limit, and nothing
/// behind a fault or a close.
func fuzzHeaders(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let isClient = seed % 2 == 1
  let whole = Frames([input.bytes], isClient: isClient)
  require(whole.events == Frames(input.pieces(seed), isClient: isClient).events, "Frames hang on how they were split.")
}

private struct Frames {
  private static let limits = (binary: 600, text: 200)
  var events: [String] = []

  init(_ pieces: [UnsafeRawBufferPointer], isClient: Bool) {
    var decoder = WebSocketDecoder(
      expectsMask: isClient, maximumBinaryBytes: Self.limits.binary, maximumTextBytes: Self.limits.text)
    defer { decoder.release() }
    for piece in pieces {
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
      defer { copy.deallocate() }
      copy.copyMemory(from: piece)
      var rest = copy
      var isOver = false
      while !isOver { isOver = !take(decoder.next(&rest)) }
    }
  }

  /// - Returns: whether more may follow in these bytes.
  private mutating func take(_ event: WebSocketDecoder.Event) -> Bool {
    if events.last?.hasPrefix("over") == true {
      guard case .more = event else { preconditionFailure("Something is read behind a fault or a close.") }
    }
    switch event {
    case .more: return false
    case .message(let kind, let bytes):
      require(bytes.count <= (kind == .binary ? Self.limits.binary : Self.limits.text), "A message over its limit.")
      events.append("\(kind) \(Array(bytes))")
    case .ping(let body):
      require(body.count <= 125, "A ping is too long.")
      events.append("ping \(body)")
    case .pong: events.append("pong")
    case .close(let frame): events.append("over: \(frame)")
    case .tooLarge(let kind, let limit): events.append("too large \(kind) \(limit)")
    case .violation(let violation): events.append("over: \(violation)")
    }
    return true
  }
}
