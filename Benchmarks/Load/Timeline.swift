/// Where a run stands: connecting → settling → warming up → measuring → draining → closing → over. Only forward, each
/// once.
struct Timeline: Equatable {
  enum Stage: Equatable { case connecting, settling, warmingUp, measuring, draining, closing, over }

  /// State of the connections.
  struct Progress: Equatable {
    /// Not yet begun, or not yet upgraded.
    var connecting = 0
    var open = 0
    /// Chunks without one of their replies.
    var unanswered = 0
  }

  let plan: LoadPlan
  private(set) var stage = Stage.connecting
  /// The latest end of this stage.
  private(set) var end: Int
  /// Chunks sent or completed within this range are measured; empty before, and if nothing was measured.
  private(set) var measured = 0..<0

  init(_ plan: LoadPlan, now: Int) {
    self.plan = plan
    end = now + LoadPlan.connectingNanoseconds
  }

  /// Whether chunks are sent.
  var isSending: Bool { stage == .warmingUp || stage == .measuring }

  /// The stage entered now, or nil while the present one lasts.
  mutating func advance(now: Int, _ progress: Progress) -> Stage? {
    switch stage {
    case .connecting where progress.connecting == 0 || now >= end: enter(.settling, now + LoadPlan.settlingNanoseconds)
    case .settling where now >= end: enter(.warmingUp, now + plan.warmUpNanoseconds)
    case .warmingUp where now >= end:
      enter(.measuring, now + plan.measuredNanoseconds)
      measured = now..<end
    case .measuring where now >= end || progress.open == 0:
      measured = measured.lowerBound..<max(measured.lowerBound, min(now, end))
      enter(.draining, now + LoadPlan.drainingNanoseconds)
    case .draining where now >= end || progress.unanswered == 0: enter(.closing, now + LoadPlan.closingNanoseconds)
    case .closing where now >= end || progress.open == 0: enter(.over, now)
    default: return nil
    }
    return stage
  }

  private mutating func enter(_ next: Stage, _ end: Int) {
    stage = next
    self.end = end
  }
}
