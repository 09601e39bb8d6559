/// How much of an utterance has to be new before it is decoded again, so that looks do not take the time of final
/// texts.
struct PartialPace {
  /// Time that the last look took.
  private var costSeconds = 0.0

  /// The share of a core that the looks at one stream may take, and those at all.
  private static let streamShare = 0.25
  private static let totalShare = 0.5

  /// - Parameter streams: how many have an open utterance, this one included.
  func seconds(among streams: Int) -> Double {
    costSeconds / min(Self.streamShare, Self.totalShare / Double(max(1, streams)))
  }

  mutating func looked(for seconds: Double) { costSeconds = max(0, seconds) }
}
