/// Whether all loops run: each answers between two looks, or the service manager hears nothing more and starts the
/// server anew.
struct LoopWatch {
  private let loops: Int
  private var answered: Set<Int>

  init(loops: Int) {
    self.loops = loops
    answered = Set(0..<loops)
  }

  mutating func heard(from loop: Int) { answered.insert(loop) }

  /// Whether every loop has answered since the last look. A new round begins if so; until then late answers count.
  mutating func look() -> Bool {
    guard answered.count == loops else { return false }
    answered = []
    return true
  }
}
