/// Everything the block at the bottom of the terminal shows of a stream, as lines for a width.
struct StreamScreen: Equatable {
  /// How it stands between client and server.
  enum Link: Equatable {
    case connecting
    case connected
    /// Connected again, and asking for the session.
    case resuming
    case stopping
    /// Why a connection is gone, how many seconds of sound wait, and in how many the next attempt is.
    case lost(reason: String, spooled: Double, seconds: Double)
    /// Why there is no connection, and in how many seconds the next attempt is.
    case waiting(reason: String, seconds: Double)
  }

  var reading = Meter.Reading()
  /// Seconds of sound so far.
  var elapsed = 0.0
  var sent = 0
  var answered = 0
  var latency: Duration?
  var link = Link.connecting
  /// Seconds of sound still to be sent after a connection was lost.
  var behind: Double?
  /// Where the sound comes from and what becomes of it.
  var source = ""
  /// For a file: its progress in place of `source`.
  var progress: ProgressBar?
  /// Overruns, gaps, a lost device: only what there is.
  var troubles: [String] = []
  /// The text that may still change, or the last one where the results go elsewhere.
  var caption = ""
  var isCaptionFinal = false
  var glyphs = Glyphs.blocks

  /// At most six lines, none wider than `width`. The text stands first: where the line will be that stays of it.
  func lines(width: Int) -> [StyledLine] {
    var lines = captionLine(width: width).map { [$0] } ?? []
    lines.append(MeterBar(reading: reading, glyphs: glyphs).line(width: width))
    if let progress { lines.append(progress.line(width: width)) }
    lines.append(status(width: width))
    if progress == nil { lines.append(StyledLine(source, .dim)) }
    if let delay { lines.append(StyledLine(delay, .warning)) }
    if !troubles.isEmpty { lines.append(StyledLine(troubles.joined(separator: "; "), .warning)) }
    return lines.map { $0.cut(to: width, ellipsis: glyphs.ellipsis) }
  }

  /// Why sound is not on its way as it should be.
  var delay: String? {
    switch link {
    case .waiting(let reason, let seconds): "again in \(seconds.fixed(0)) s: \(reason)"
    case .lost(let reason, let spooled, let seconds):
      "connection lost, \(spooled.fixed(1)) s spooled, trying again in \(seconds.fixed(0)) s: \(reason)"
    case .connecting, .connected, .resuming, .stopping: behind.map { "catching up, \($0.fixed(1)) s behind" }
    }
  }

  /// The end of the text, where the news are, in one line.
  private func captionLine(width: Int) -> StyledLine? {
    guard !caption.isEmpty else { return nil }
    let mark = isCaptionFinal || width < 20 ? "" : glyphs.open
    let text = TextCells.cutFront(caption, to: width - mark.count, ellipsis: glyphs.ellipsis)
    return StyledLine(mark + TextCells.isolated(text), isCaptionFinal ? .plain : .dim)
  }

  private func status(width: Int) -> StyledLine {
    let state =
      switch link {
      case .connecting: "connecting"
      case .connected: "connected"
      case .resuming: "resuming"
      case .stopping: "stopping"
      case .waiting, .lost: "waiting"
      }
    var fields = [(1, elapsed.clock()), (0, "\(sent) sent"), (0, "\(answered) answered"), (3, state)]
    if let latency { fields.insert((2, latency.brief), at: 3) }
    // With little room the least important goes, and at last the words.
    for rank in [3, 2] where Self.length(fields) > width { fields.removeAll { $0.0 == rank } }
    if Self.length(fields) > width { fields = [(1, elapsed.clock()), (0, "\(answered)/\(sent)")] }
    return StyledLine(fields.map(\.1).joined(separator: "  "))
  }

  private static func length(_ fields: [(Int, String)]) -> Int {
    fields.reduce(-2) { $0 + TextCells.width(of: $1.1) + 2 }
  }

  /// The same in one line for a log.
  var logLine: String {
    var fields = [elapsed.clock()]
    if let progress { fields[0] += " of \(progress.total.clock())" }
    fields.append(reading.level.map { "\($0.fixed(1)) dBFS" } ?? "no sound")
    if let peak = reading.peak { fields.append("peak \(peak.fixed(1))\(reading.isClipping ? " CLIP" : "")") }
    fields.append("\(sent) sent")
    fields.append("\(answered) answered")
    if let latency { fields.append(latency.brief) }
    if let behind { fields.append("\(behind.fixed(1)) s behind") }
    return (fields + troubles).joined(separator: ", ")
  }
}
