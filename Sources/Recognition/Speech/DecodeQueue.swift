/// What is to be decoded, in the order in which that is done: utterances that are over before looks at those that are not, and
/// the streams taking turns in both.
///
/// A stream has one look waiting at most. A look that comes due while the last still waits, or that waits when its utterance
/// ends, is shed: never made and counted.
struct DecodeQueue<Final> {
  private var finals: [UInt64: [Final]] = [:]
  /// Streams with finals, the one whose turn it is first.
  private var finalTurns: [UInt64] = []
  /// Streams with a look waiting, the one whose turn it is first.
  private var partialTurns: [UInt64] = []
  private var shed: [UInt64: Int] = [:]

  var isEmpty: Bool { finalTurns.isEmpty && partialTurns.isEmpty }

  /// Looks at this stream that were never made.
  func shed(_ stream: UInt64) -> Int { shed[stream] ?? 0 }

  /// Something of an utterance that is over; a stream's are done in order.
  mutating func add(final: Final, of stream: UInt64) {
    if let waiting = partialTurns.firstIndex(of: stream) {
      partialTurns.remove(at: waiting)
      shed[stream, default: 0] += 1
    }
    if finals[stream] == nil { finalTurns.append(stream) }
    finals[stream, default: []].append(final)
  }

  /// A look at a stream's utterance is due.
  mutating func addPartial(of stream: UInt64) {
    if partialTurns.contains(stream) {
      shed[stream, default: 0] += 1
    } else {
      partialTurns.append(stream)
    }
  }

  enum Work {
    case final(Final)
    case partial(stream: UInt64)
  }

  /// Takes out what is to be done next.
  mutating func next() -> Work? {
    guard let stream = finalTurns.first else {
      return partialTurns.isEmpty ? nil : .partial(stream: partialTurns.removeFirst())
    }
    finalTurns.removeFirst()
    guard var waiting = finals[stream], !waiting.isEmpty else { preconditionFailure("a turn without anything to do") }
    let final = waiting.removeFirst()
    finals[stream] = waiting.isEmpty ? nil : waiting
    if !waiting.isEmpty { finalTurns.append(stream) }
    return .final(final)
  }

  /// The stream is over: forgets it and answers what was still to be done.
  mutating func drop(_ stream: UInt64) -> [Final] {
    let left = finals.removeValue(forKey: stream) ?? []
    shed[stream] = nil
    finalTurns.removeAll { $0 == stream }
    partialTurns.removeAll { $0 == stream }
    return left
  }
}
