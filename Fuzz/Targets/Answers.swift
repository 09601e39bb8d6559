import Contract
import JSON

@testable import Client
@testable import SpeechClient
@testable import Subtitles

/// Message after message of a server that may say anything, as a client accounts for them: the account adds up,
/// subtitles run forward, and all of it can be told.
func fuzzAnswers(_ bytes: UnsafeRawBufferPointer) {
  var listener = AnswerListener()
  for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
    guard let value = try? JSONValue(parsing: line) else { continue }
    listener.hear(value)
    listener.requireAddedUp()
  }
  listener.requireTold()
}

private struct AnswerListener {
  private var ledger = Ledger()
  private var transcript = Transcript()
  private var record = StreamRecord(kind: "file", name: "a.wav", format: .standard)
  private var timeline = TimelineMap()
  private var receipt: Receipt?
  private var subtitles = [SubtitleWriter(.subRip), SubtitleWriter(.webVTT)]
  private var now = Duration.zero
  private var end = 0

  init() {
    for _ in 0..<6 { ledger.send(bytes: 320, at: now) }
    timeline.sends(from: 0, shift: 3)
  }

  /// What a stream does with a message.
  mutating func hear(_ value: JSONValue) {
    now += .milliseconds(10)
    let reply = Reply(value)
    record.take(value, as: reply)
    switch reply {
    case .started(_, let seq):
      let sent = ledger.sentChunks
      if let seq, ledger.resume(after: seq) {
        require(ledger.sentChunks == seq && seq <= sent, "A session goes on elsewhere than the server said.")
        ledger.send(bytes: 320, at: now)
      }
    case .accepted(let seq, let size): ledger.accept(seq: seq, chunkBytes: size)
    case .transcription(let text):
      _ = ledger.transcribe(seq: text.seq, at: now)
      if case .finals(let captions) = transcript.take(text) {
        for caption in captions { show(timeline.place(caption)) }
      }
    case .measured(let seq): _ = ledger.transcribe(seq: seq, at: now)
    case .update(let update):
      if case .finals(let captions) = transcript.take(update) {
        for caption in captions { show(timeline.place(caption)) }
      }
    case .failure(let error, _, let seq?): ledger.fail(seq: seq, error: error, at: now)
    case .summary(let receipt): self.receipt = receipt
    case .failure, .flushed, .notice, .other: break
    }
  }

  private mutating func show(_ caption: Caption) {
    require(!caption.line.contains("\n"), "A caption is more than a line.")
    _ = caption.head(dash: "–")
    for cue in Cue.cues(caption.text, from: caption.start ?? 0, to: caption.end ?? caption.start ?? 0, notBefore: end) {
      require(cue.start >= end && cue.end > cue.start, "Subtitles overlap: \(cue)")
      require((1...Cue.lines).contains(cue.lines.count) && !cue.lines.contains(""), "A subtitle is too long: \(cue)")
      end = cue.end
    }
    for index in subtitles.indices { _ = subtitles[index].text(for: caption) }
  }

  func requireAddedUp() {
    let settled = ledger.transcribedChunks + ledger.failed.count
    require(
      ledger.openChunks >= 0 && ledger.sentChunks == settled + ledger.missing.count
        && (0...ledger.sentChunks).contains(ledger.answeredThrough)
        && ledger.keptEntries <= ledger.sentChunks && ledger.acceptedChunks <= ledger.sentChunks,
      "The account does not add up: \(ledger)")
  }

  func requireTold() {
    _ = ledger.comparison(with: receipt, seconds: 0.06)
    _ = receipt?.line
    let text = record.text(
      StreamRecord.Outcome(missing: ledger.missing, failed: ledger.failed, isComplete: false))
    require((try? JSONValue(parsing: text)) != nil, "What is told is no JSON.")
  }
}
