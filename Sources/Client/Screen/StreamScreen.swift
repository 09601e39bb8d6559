import Platform
import SpeechClient

/// The block at the bottom of the terminal for one stream.
struct StreamScreen: Equatable {
  var reading = Meter.Reading()
  /// Seconds of audio so far.
  var elapsed = 0.0
  var status = StreamStatus()
  /// The device and the formats.
  var source = ""
  /// For a file: its progress, instead of `source`.
  var progress: ProgressBar?
  var glyphs = Glyphs.blocks

  /// At most six lines, none wider than `width`. The text is first, next to the final lines above the block.
  func lines(width: Int) -> [StyledLine] {
    var lines = captionLine(width: width).map { [$0] } ?? []
    lines.append(MeterBar(reading: reading, glyphs: glyphs).line(width: width))
    if let progress { lines.append(progress.line(width: width)) }
    lines.append(statusLine(width: width))
    if progress == nil { lines.append(StyledLine(source, .dim)) }
    if let delay { lines.append(StyledLine(delay, .warning)) }
    if !status.troubles.isEmpty { lines.append(StyledLine(status.troubles.joined(separator: "; "), .warning)) }
    return lines.map { $0.cut(to: width, ellipsis: glyphs.ellipsis) }
  }

  /// Why audio is delayed, if it is.
  var delay: String? {
    switch status.link {
    case .waiting(let reason, let seconds): "retrying in \(seconds.fixed(0)) s: \(reason)"
    case .lost(let reason, let spooled, let seconds):
      "connection lost, \(spooled.fixed(1)) s buffered, retrying in \(seconds.fixed(0)) s: \(reason)"
    case .connecting, .connected, .resuming, .stopping:
      status.backlog.map { backlog in
        let behind = "\(backlog.seconds.fixed(1)) s behind"
        return backlog.outlook.map { "\(behind): \($0)" } ?? "catching up, \(behind)"
      }
    }
  }

  /// One line with the end of the text, which is its newest part.
  private func captionLine(width: Int) -> StyledLine? {
    guard !status.caption.text.isEmpty else { return nil }
    let mark = status.caption.isFinal || width < 20 ? "" : glyphs.open
    let text = TextCells.isolated(
      TextCells.cutFront(status.caption.text, to: width - mark.count, ellipsis: glyphs.ellipsis))
    guard !status.caption.isFinal else { return StyledLine(text) }
    // What may still change is at the end, which is never cut.
    let open = max(0, status.caption.text.split(separator: " ").count - status.caption.stableWords)
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    var line = StyledLine(mark, .dim)
    line.append(words.dropLast(open).map { $0 + " " }.joined())
    line.append(words.suffix(open).joined(separator: " "), .dim)
    return line
  }

  private func statusLine(width: Int) -> StyledLine {
    let state =
      switch status.link {
      case .connecting: "connecting"
      case .connected: "connected"
      case .resuming: "resuming"
      case .stopping: "stopping"
      case .waiting, .lost: "waiting"
      }
    var fields = [(1, elapsed.clock()), (0, "\(status.sent) sent"), (0, "\(status.answered) answered"), (3, state)]
    if let latency = status.latency { fields.insert((2, latency.brief), at: 3) }
    // With little room the least important fields go, and at last the words.
    for rank in [3, 2] where Self.length(fields) > width { fields.removeAll { $0.0 == rank } }
    if Self.length(fields) > width { fields = [(1, elapsed.clock()), (0, "\(status.answered)/\(status.sent)")] }
    return StyledLine(fields.map(\.1).joined(separator: "  "))
  }

  private static func length(_ fields: [(Int, String)]) -> Int {
    fields.reduce(-2) { $0 + TextCells.width(of: $1.1) + 2 }
  }

  /// The same as one line for a log.
  var logLine: String {
    var fields = [elapsed.clock()]
    if let total = progress?.total { fields[0] += " of \(total.clock())" }
    fields.append(reading.level.map { "\($0.fixed(1)) dBFS" } ?? "no audio")
    if let peak = reading.peak { fields.append("peak \(peak.fixed(1))\(reading.isClipping ? " CLIP" : "")") }
    fields.append("\(status.sent) sent")
    fields.append("\(status.answered) answered")
    if let latency = status.latency { fields.append(latency.brief) }
    if let backlog = status.backlog { fields.append("\(backlog.seconds.fixed(1)) s behind") }
    return (fields + status.troubles).joined(separator: ", ")
  }
}
