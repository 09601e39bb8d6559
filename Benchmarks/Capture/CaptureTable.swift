internal import Glibc
internal import Scoring

/// The benchmark's output: a row for each case, and whether each bound was kept.
struct CaptureTable {
  /// Percent of a core.
  static let cpuBound = 2.0
  static let cpuBoundOnTerminal = 4.0
  /// From the last sample of a chunk to its acknowledgement, for chunks of 20 ms.
  static let delayBound = 60.0

  private(set) var isKept = true

  init() {
    row("case", "CPU %", "≤", "sleeps/s", "p50 ms", "p99 ms", "≤", "most ms", "")
    row("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---")
  }

  mutating func add(_ test: CaptureCase, _ run: CaptureRun) {
    let cpu = run.cpuShare * 100
    let cpuBound = test.isOnTerminal ? Self.cpuBoundOnTerminal : Self.cpuBound
    // For long chunks, and with a terminal, only the cost matters.
    let isTimed = test.chunkMilliseconds <= 20
    let p99 = isTimed ? run.delays?.percentile(99) : nil
    let isGood = cpu <= cpuBound && (p99 ?? 0) <= Self.delayBound && (p99 != nil || !isTimed)
    isKept = isKept && isGood
    row(
      test.name, fixed(cpu), fixed(cpuBound, 0), fixed(run.sleepsPerSecond, 0), fixed(run.delays?.median),
      fixed(run.delays?.percentile(99)), fixed(isTimed ? Self.delayBound : nil, 0), fixed(run.delays?.greatest),
      isGood ? "kept" : "MISSED")
  }

  private func row(_ cells: String...) {
    print("| \(cells.joined(separator: " | ")) |")
    // Shows progress also when the output goes to a file.
    fflush(nil)
  }

  private func fixed(_ value: Double?, _ digits: Int = 2) -> String {
    guard let value else { return "" }
    let scale = digits == 0 ? 1 : 100
    let steps = Int((value * Double(scale)).rounded())
    guard digits > 0 else { return "\(steps)" }
    let rest = abs(steps % scale)
    return "\(steps / scale).\(rest < 10 ? "0" : "")\(rest)"
  }
}
