/// Reports audio that was dropped because no server took it in time: once when it begins, and how much when a server is
/// back.
struct DroppedAudio: Equatable {
  private var hasBegun = false
  private var reportedSeconds = 0.0
  private var hasReportedFailure = false

  /// The lines to report.
  /// - Parameters:
  ///   - seconds: dropped so far.
  ///   - keptSeconds: kept.
  ///   - failure: why nothing more can be kept on disk, if so.
  mutating func report(seconds: Double, keptSeconds: Double, failure: String?, isOpen: Bool) -> [String] {
    var lines: [String] = []
    if let failure, !hasReportedFailure {
      hasReportedFailure = true
      let limit = Spool.memoryBytes >> 20
      lines.append(
        "cannot buffer audio on disk (\(failure)): while no server is available, only \(limit) MB are kept in memory; "
          + "set TMPDIR to a folder with room")
    }
    guard seconds > reportedSeconds else { return lines }
    if !hasBegun {
      hasBegun = true
      lines.append(
        "no server available and the buffer (\(keptSeconds.fixed(1)) s) is full: dropping the oldest audio")
    }
    if isOpen {
      lines.append("dropped \((seconds - reportedSeconds).fixed(1)) s of audio")
      reportedSeconds = seconds
    }
    return lines
  }
}
