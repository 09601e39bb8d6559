public import Audio

/// What reports show of a stream.
extension StreamSession {
  /// How long the last answer took, from the arrival of its chunk; nil if that was told, or is not known.
  public mutating func takeAnswerDelay(now: Double) -> Double? {
    audio.takeAnsweredArrival().map { now - $0 }
  }

  /// What its audio holds.
  public var heldBytes: Int { budgeted.bytes }

  /// Levels of the last chunk that was answered.
  public var lastLevels: Levels? { account.lastLevels }
}
