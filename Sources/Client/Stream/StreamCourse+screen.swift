import Capture
import Platform

/// What a person sees of it.
extension StreamCourse {
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

  /// The native format of the device, once it is open.
  var deviceFormat: DeviceFormat? { recording.deviceFormat }

  /// Fills in what the course knows.
  /// - Parameter showsFinals: final texts are shown, too, because they are written elsewhere.
  func show(on screen: inout StreamScreen, showsFinals: Bool, at now: Duration) {
    let session = delivery.session
    screen.answered = delivery.answeredChunks
    screen.sent = delivery.sentChunks
    screen.latency = session.latency
    screen.link = link.shown(spooledSeconds: delivery.keptSeconds, at: now)
    let behind = isSending ? line.shownBehind ?? link.shownBacklog : nil
    screen.backlog = behind.map { StreamScreen.Backlog(seconds: $0, outlook: line.outlook) }
    screen.troubles = recording.troubles
    if silence.isOnlySilence { screen.troubles.append("only silence") }
    if let late = link.lateSeconds { screen.troubles.append("texts \(late.fixed(0)) s late: the server is busy") }
    if delivery.droppedSeconds > 0 { screen.troubles.append("\(delivery.droppedSeconds.fixed(1)) s dropped") }
    let isFinal = delivery.partial.isEmpty
    let text = isFinal ? (showsFinals ? session.transcript.lastFinal : "") : delivery.partial
    screen.caption = StreamScreen.Caption(
      text: TextCells.plain(text), isFinal: isFinal, stableWords: delivery.stableWords)
  }
}
