import CommandLine

/// What happens when there is more to hold than memory, or more to recognize than the workers can in time.
struct OverloadSettings: Equatable {
  enum WhenFull: String, CaseIterable {
    case refuse, delay
  }

  /// In seconds.
  var longestDelay: Double
  var whenFull: WhenFull
  /// What may be held for all clients, in MiB.
  var memoryBudget: Int

  static let flags = [
    Flag(
      "max-final-delay", "S", variables: ["AUDIO_MAX_FINAL_DELAY"], fallback: "5",
      "Seconds that final texts of live streams may come after their audio (95 of 100 of the last half minute); above it --when-full decides about new speech streams. Resumed ones are always taken."
    ),
    Flag(
      "when-full", "POLICY", variables: ["AUDIO_WHEN_FULL"], fallback: "refuse", choices: ["refuse", "delay"],
      "New speech streams above --max-final-delay: refuse them with 503, or delay them: take them, recognize them after the others, and tell in each reply how late their texts are."
    ),
  ]

  init(longestDelay: Double, whenFull: WhenFull, memoryBudget: Int = 512) {
    (self.longestDelay, self.whenFull, self.memoryBudget) = (longestDelay, whenFull, memoryBudget)
  }

  init(_ settings: Settings) throws(UsageError) {
    guard let delay = try settings.seconds("max-final-delay", in: 0.5...3600),
      let whenFull = try settings.choice("when-full", of: WhenFull.self),
      let memoryBudget = try settings.integer("memory-budget", in: 32...1 << 20)
    else { preconditionFailure("These flags have defaults.") }
    self.init(longestDelay: delay / .seconds(1), whenFull: whenFull, memoryBudget: memoryBudget)
  }
}
