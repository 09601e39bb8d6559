/// The streams that one gateway moves from the fullest worker to the emptiest, some with each beat.
///
/// Every gateway sees the same shares, so each moves its part of what is too much. It moves nothing more before both
/// workers have said hello: until then it does not know what the others have moved.
struct StreamMoves {
  /// Streams that a worker has more than it should.
  struct Excess: Equatable {
    var slot: Int
    var streams: Int
  }

  /// Streams that move in one beat: 80 a second, so that nobody feels it.
  static let mostPerBeat = 10

  private var planned = Excess(slot: 0, streams: 0)
  /// Slots whose workers have to say hello first.
  private var awaited: Set<Int> = []
  /// Beats in a row in which nothing moved.
  private var idleBeats = 0

  private static let mostIdleBeats = 8

  func mayBegin(from full: Int, to empty: Int) -> Bool {
    planned.streams == 0 && !awaited.contains(full) && !awaited.contains(empty)
  }

  /// - Parameters:
  ///   - streams: that are to move, all gateways' together.
  ///   - part: of the fuller worker's streams, those that are this gateway's.
  ///   - draw: a random number below its argument.
  mutating func begin(_ streams: Int, from full: Int, to empty: Int, part: Double, draw: (Int) -> Int) {
    let own = Double(streams) * part
    // Not one less for an error in the last digit. What is left of a stream is a chance: a gateway with few would never
    // move one.
    let whole = Int(own + 1e-9)
    let chance = Int((own - Double(whole)) * 1000)
    planned = Excess(slot: full, streams: whole + (draw(1000) < chance ? 1 : 0))
    awaited.formUnion([full, empty])
    idleBeats = 0
  }

  /// The streams to be moved now. Those that are owed something stay: what is left is tried for some beats.
  var next: Excess? {
    planned.streams > 0 ? Excess(slot: planned.slot, streams: min(planned.streams, Self.mostPerBeat)) : nil
  }

  /// Of `next`, so many have moved.
  mutating func moved(_ streams: Int) {
    planned.streams -= streams
    idleBeats = streams > 0 ? 0 : idleBeats + 1
    if idleBeats >= Self.mostIdleBeats { planned.streams = 0 }
  }

  /// The worker in this slot has said how many streams it has.
  mutating func heard(_ slot: Int) { if planned.streams == 0 { awaited.remove(slot) } }
}

/// Reasons to move a stream to another worker, as metrics name them.
enum MoveReason: String, CaseIterable {
  /// Its worker leaves.
  case leaving
  /// Others have more room.
  case share
}
