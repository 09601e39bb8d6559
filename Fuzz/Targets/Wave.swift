@testable import Audio
@testable import Contract

/// A stream, perhaps with a RIFF header, that comes whole or in pieces: the same frames, the same figures, the same
/// refusal.
func fuzzWave(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let format = AudioFormat(
    sampleRate: 16_000, channels: input.byte() % 8 + 1, encoding: input.choose(SampleEncoding.allCases))
  let seed = input.byte()
  var whole = Listener(format)
  whole.take(input.bytes)
  var split = Listener(format)
  for piece in input.pieces(seed) where !split.isRefused { split.take(piece) }

  require(whole.isRefused == split.isRefused, "A stream is refused whole or split, not both.")
  if whole.isRefused { return }
  require(whole.layout.format == split.layout.format, "A stream's format hangs on how it was split.")
  requireLegal(StreamParameters(format: whole.layout.format, engine: "mock"), engines: ["mock"])
  require(
    whole.sound == split.sound && whole.layout.frames == split.layout.frames, "Frames hang on how they were split.")
  let (one, other) = (whole.levels, split.levels)
  require(
    one.samples == other.samples && one.peak == other.peak && one.clipped == other.clipped
      && abs(one.sumOfSquares - other.sumOfSquares) <= 1e-9 * one.sumOfSquares,
    "Figures hang on how a stream was split: \(one), \(other)")
}

/// Lays out and measures as the server and its worker do.
private struct Listener {
  var layout: StreamLayout
  var sound: [UInt8] = []
  var levels = Levels()
  var isRefused = false

  init(_ format: AudioFormat) { layout = StreamLayout(format: format) }

  mutating func take(_ piece: UnsafeRawBufferPointer) {
    let before = layout.frames
    guard let placement = try? layout.take(piece) else {
      isRefused = true
      return
    }
    let frames = placement.carried.withBytes { Array($0) } + Array(piece[placement.samples])
    require(placement.startFrame == before, "A chunk does not begin where the one before it ended.")
    require(
      frames.count == placement.frames * layout.format.frameBytes && layout.frames == before + placement.frames,
      "A chunk's bytes are not its frames.")
    sound += frames
    frames.withUnsafeBytes { levels.add(Levels.measure($0, encoding: layout.format.encoding)) }
  }
}
