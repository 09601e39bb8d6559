import Capture
import Contract
import Platform

/// Its state for people, and its end.
extension StreamCourse {
  /// How the stream ended.
  struct End: Equatable {
    var ending: ConnectionMachine.Ending
    var verdict: Verdict
    /// The error that ended the recording.
    var failure: CaptureError?
    /// The file has less audio than its header says.
    var isTruncated: Bool
  }

  /// - Parameter sourceLag: seconds of audio that the source should have given out and has not.
  mutating func updateBacklog(sourceLag: Double, at now: Duration) -> [Action] {
    link.updateBacklog(delivery.unsentSeconds + sourceLag, isSending: isSending)
    guard setup.isPaced, isSending else {
      line.restart()
      return []
    }
    let report = line.update(
      behind: delivery.unacceptedSeconds + sourceLag, acknowledgedBytes: delivery.acceptedBytes, at: now)
    return report.map { [.report($0)] } ?? []
  }

  var isSending: Bool { machine.isOpen || machine.isStopping }

  /// The text that may still change.
  var partial: PartialText { PartialText(text: delivery.partial, stableWords: delivery.stableWords) }

  /// The server's account of the session under way, once it has sent it.
  var receipt: Receipt? { delivery.session.receipt }

  /// A second of the recording, for one of the session under way.
  func place(of seconds: Double) -> Double { delivery.session.timeline.place(of: seconds) }

  /// - Parameter showsFinals: final texts are shown, too, because they are written elsewhere.
  func status(showsFinals: Bool, at now: Duration) -> StreamStatus {
    let session = delivery.session
    var status = StreamStatus()
    status.answered = delivery.answeredChunks
    status.sent = delivery.sentChunks
    status.latency = session.latency
    status.link = link.shown(spooledSeconds: delivery.keptSeconds, at: now)
    let behind = isSending ? line.shownBehind ?? link.shownBacklog : nil
    status.backlog = behind.map { StreamStatus.Backlog(seconds: $0, outlook: line.outlook) }
    status.troubles = recording.troubles
    if silence.isOnlySilence { status.troubles.append("only silence") }
    if let late = link.lateSeconds { status.troubles.append("texts \(late.fixed(0)) s late: the server is busy") }
    if delivery.droppedSeconds > 0 { status.troubles.append("\(delivery.droppedSeconds.fixed(1)) s dropped") }
    let isFinal = delivery.partial.isEmpty
    let text = isFinal ? (showsFinals ? session.transcript.lastFinal : "") : delivery.partial
    status.caption = StreamStatus.Text(
      text: TextCells.plain(text), isFinal: isFinal, stableWords: delivery.stableWords)
    status.device = recording.deviceFormat
    return status
  }
}
