internal import Audio
internal import Capture
internal import Contract
internal import IO
internal import JSON

/// Turns what happens to a stream into events, and its end into the end of the sequence.
final class EventWriter: StreamRunDelegate {
  private let queue: EventQueue
  private let loop: EventLoop
  /// Why a custom source has no more, if not because that was all.
  private let sourceError: () -> (any Error)?
  private var utterances = 0
  private var partial = PartialText()
  /// Where the last chunk begins whose levels were told: a server repeats some replies.
  private var levelsStart = -1.0

  init(_ queue: EventQueue, on loop: EventLoop, sourceError: @escaping () -> (any Error)?) {
    self.queue = queue
    self.loop = loop
    self.sourceError = sourceError
  }

  var isFull: Bool { queue.isFull }

  func taken(_ message: JSONValue, by run: StreamRun) {
    if queue.wishes.levels, let reply = Transcription(message) { put(reply, start: run.course.place(of: reply.start)) }
    guard queue.wishes.partials else { return }
    let now = run.course.partial
    guard now != partial else { return }
    partial = now
    queue.put(.partial(now))
  }

  private func put(_ reply: Transcription, start: Double) {
    guard start > levelsStart + reply.duration / 2 else { return }
    levelsStart = start
    queue.put(.levels(ChunkLevels(reply, start: start)))
  }

  func finals(_ captions: [Caption], of run: StreamRun) {
    // Its end needs no event of its own.
    partial = PartialText()
    for caption in captions {
      utterances += 1
      queue.put(.utterance(Utterance(caption, number: utterances)))
    }
  }

  func report(_ text: String) {
    if queue.wishes.others { queue.put(.notice(text)) }
  }

  func ended(_ run: StreamRun, _ outcome: StreamCourse.Outcome) {
    if queue.wishes.others, let receipt = run.course.receipt { queue.put(.receipt(receipt)) }
    queue.finish(error(run))
    // The connection is closed at the end of this round.
    loop.after(.zero) { [loop] in loop.stop() }
  }

  /// Has it notice a line that is too slow.
  func ticked(_ run: StreamRun) {
    if queue.wishes.others { _ = run.status(showsFinals: false) }
  }

  private func error(_ run: StreamRun) -> SpeechError? {
    guard let end = run.course.end else { preconditionFailure("A stream that has ended says how.") }
    switch end.ending {
    case .complete: break
    case .unreachable(let reason):
      let isRefused = run.connectFailure.map { $0.isPermanent || $0.isEngineUnavailable } ?? false
      return isRefused ? .refused(reason) : .unavailable(reason)
    case .broken, .gaveUp, .silent, .abandoned: return .interrupted(end.ending.report ?? "")
    }
    if let error = end.failure ?? sourceError() { return .source(error) }
    guard end.verdict.isComplete else { return .incomplete(end.verdict.lines.joined(separator: "; ")) }
    return end.isTruncated
      ? .incomplete("the file has less sound than its header says; all of it was transcribed") : nil
  }

  // A program shows these.
  func began() {}
  func opened() {}
  func arrived(_ message: UnsafeRawBufferPointer, isRepeat: () -> Bool) {}
  func heard(_ levels: Levels, seconds: Double) {}
  func marked(_ mark: StreamRecord.Mark) {}
  func inform(_ text: String) {}
  func failed(_ error: CaptureError) {}
  func record(_ text: String) {}
  func closed() {}
}
