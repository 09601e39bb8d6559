/// What is to be decoded, in order: utterances that are over before partials, and the streams taking turns in both.
/// Streams that yield come after the others, but for one turn in so many: they must not stand still. No final of the
/// others waits for two such turns.
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
  /// Streams whose words may come after those of the others.
  private var yielding: Set<UInt64> = []
  /// The others that have sent audio.
  private var live: Set<UInt64> = []
  /// Finals of live streams that have waited for the last turn of a stream that yields, by stream.
  private var passed: [UInt64: Int] = [:]
  /// A stream that yields is having a turn.
  private var isYieldingTurn = false
  /// Turns that others have had since a stream that yields had one, while one waited.
  private var passedTurns = 0

  /// Of so many turns, one is for a stream that yields.
  private static var turnsOfAll: Int { 8 }

  var isEmpty: Bool { finalTurns.isEmpty && partialTurns.isEmpty }

  /// Partials of this stream that were never made.
  func skipped(_ stream: UInt64) -> Int { skipped[stream] ?? 0 }

  /// Whether the words of this stream may come after those of others.
  mutating func set(_ stream: UInt64, yields: Bool) {
    if yields {
      yielding.insert(stream)
      live.remove(stream)
      passed[stream] = nil
    } else {
      yielding.remove(stream)
      live.insert(stream)
    }
  }

  /// Whether there are streams that do not yield.
  var hasLive: Bool { !live.isEmpty }

  /// Whether the finals of this stream compete with those of another live one.
  func isContended(_ stream: UInt64) -> Bool { live.contains(stream) && live.count > 1 }

  /// Adds a final; the finals of one stream keep their order.
  mutating func add(final: Final, of stream: UInt64) {
    if let waiting = partialTurns.firstIndex(of: stream) {
      partialTurns.remove(at: waiting)
      skipped[stream, default: 0] += 1
    }
    if finals[stream] == nil { finalTurns.append(stream) }
    finals[stream, default: []].append(final)
  }

  /// Adds the rest of a final that was taken, before the others of its stream.
  mutating func add(rest: Final, of stream: UInt64) {
    if finals[stream] == nil { finalTurns.append(stream) }
    finals[stream, default: []].insert(rest, at: 0)
  }

  /// A partial is due.
  mutating func addPartial(of stream: UInt64) {
    if partialTurns.contains(stream) {
      skipped[stream, default: 0] += 1
    } else {
      partialTurns.append(stream)
    }
  }

  /// A partial is due that is left out.
  mutating func skipPartial(of stream: UInt64) { skipped[stream, default: 0] += 1 }

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
    let waits = !yielding.isEmpty && (finalTurns + partialTurns).contains(where: yielding.contains)
    // Finals that arrived during such a turn have waited for it, too.
    if isYieldingTurn { passed = finals.filter { !yielding.contains($0.key) }.mapValues(\.count) }
    isYieldingTurn = false
    let isTheirTurn = waits && passedTurns >= Self.turnsOfAll - 1 && passed.isEmpty
    let work = take(yields: isTheirTurn)
    passedTurns = waits && work != nil && !isTheirTurn ? passedTurns + 1 : 0
    return work ?? take(yields: !isTheirTurn)
  }

  /// What streams have of which all yield, or none does.
  private mutating func take(yields: Bool) -> Work? {
    guard let turn = finalTurns.firstIndex(where: { yielding.contains($0) == yields }) else {
      guard let turn = partialTurns.firstIndex(where: { yielding.contains($0) == yields }) else { return nil }
      isYieldingTurn = yields
      return .partial(stream: partialTurns.remove(at: turn))
    }
    isYieldingTurn = yields
    let stream = finalTurns.remove(at: turn)
    if let left = passed[stream] { passed[stream] = left > 1 ? left - 1 : nil }
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
    yielding.remove(stream)
    live.remove(stream)
    passed[stream] = nil
    finalTurns.removeAll { $0 == stream }
    partialTurns.removeAll { $0 == stream }
    return left
  }
}
