internal import Audio
internal import Recognition

/// What the worker's loop and a decoding thread share of one stream.
final class StreamContext: Sendable {
  /// Unique in this engine: a stream that changes its format gets another one.
  let number: UInt64
  let format: AudioFormat
  let wishes: UtteranceWishes
  let choice: ModelSelection.Choice
  /// Where its audio begins.
  let beginning: Checkpoint
  let sink: any TranscriptSink
  let backlog: DecodeBacklog

  init(
    number: UInt64, request: StreamRequest, choice: ModelSelection.Choice, beginning: Checkpoint,
    sink: any TranscriptSink, backlog: DecodeBacklog
  ) {
    self.number = number
    format = request.format
    wishes = request.utterances
    self.choice = choice
    self.beginning = beginning
    self.sink = sink
    self.backlog = backlog
  }

  /// As the stream wishes.
  func tuned(_ tuning: SpeechTuning) -> SpeechTuning {
    var tuning = tuning
    if let silence = wishes.silenceMilliseconds { tuning.silenceSeconds = Double(silence) / 1000 }
    return tuning
  }

  func seconds(bytes: Int) -> Double { format.seconds(frames: bytes / format.frameBytes) }
}
