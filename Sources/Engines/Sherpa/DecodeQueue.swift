/// What is to be decoded, in order: utterances that are over before partials, and the streams taking turns in both.
///
/// At most one partial of a stream waits. A partial that comes due while the last one still waits, or that waits when
/// its utterance ends, is skipped and counted.
struct DecodeQueue<Final> {
  private var finals: [UInt64: [Final]] = [:]
  /// Streams with finals, in the order of their turns.
  private var finalTurns: [UInt64] = []
  /// Streams with a partial waiting, in the order of their turns.
  private var partialTurns: [UInt64] = []
  private var skipped: [UInt64: Int] = [:]

  var isEmpty: Bool { finalTurns.isEmpty && partialTurns.isEmpty }

  /// Partials of this stream that were never made.
  func skipped(_ stream: UInt64) -> Int { skipped[stream] ?? 0 }

  /// Adds a final; the finals of one stream keep their order.
  mutating func add(final: Final, of stream: UInt64) {
    if let waiting = partialTurns.firstIndex(of: stream) {
      partialTurns.remove(at: waiting)
      skipped[stream, default: 0] += 1
    }
    if finals[stream] == nil { finalTurns.append(stream) }
    finals[stream, default: []].append(final)
  }

  /// A partial is due.
  mutating func addPartial(of stream: UInt64) {
    if partialTurns.contains(stream) {
      skipped[stream, default: 0] += 1
    } else {
      partialTurns.append(stream)
    }
  }

  /// A partial is due because no audio arrives: one that waits already serves as well.
  mutating func addIdlePartial(of stream: UInt64) {
    if !partialTurns.contains(stream) { partialTurns.append(stream) }
  }

  enum Work {
    case final(Final)
    case partial(stream: UInt64)
  }

  /// Removes and returns what is to be done next.
  mutating func next() -> Work? {
    guard let stream = finalTurns.first else {
      return partialTurns.isEmpty ? nil : .partial(stream: partialTurns.removeFirst())
    }
    finalTurns.removeFirst()
    guard var waiting = finals[stream], !waiting.isEmpty else {
      preconditionFailure("A stream has a turn and no final.")
    }
    let final = waiting.removeFirst()
    finals[stream] = waiting.isEmpty ? nil : waiting
    if !waiting.isEmpty { finalTurns.append(stream) }
    return .final(final)
  }

  /// The stream is over: forgets it and returns its finals that were not done.
  mutating func drop(_ stream: UInt64) -> [Final] {
    let left = finals.removeValue(forKey: stream) ?? []
    skipped[stream] = nil
    finalTurns.removeAll { $0 == stream }
    partialTurns.removeAll { $0 == stream }
    return left
  }
}
