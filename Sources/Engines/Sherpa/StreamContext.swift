internal import Audio
internal import Recognition

/// What the worker's loop and the decoding thread share of one stream.
final class StreamContext: Sendable {
  /// Unique in this engine: a stream that changes its format gets another one.
  let number: UInt64
  let format: AudioFormat
  /// Where its audio begins.
  let beginning: Checkpoint
  let sink: any TranscriptSink
  let backlog: DecodeBacklog

  init(
    number: UInt64, format: AudioFormat, beginning: Checkpoint, sink: any TranscriptSink, backlog: DecodeBacklog
  ) {
    self.number = number
    self.format = format
    self.beginning = beginning
    self.sink = sink
    self.backlog = backlog
  }

  func seconds(bytes: Int) -> Double { format.seconds(frames: bytes / format.frameBytes) }
}
