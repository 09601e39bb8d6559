/// The parts of the benchmark, in order.
enum Point: String, CaseIterable {
  /// How many words are wrong, and whether the service changes any.
  case wer
  /// That streams never mix.
  case mixing
  /// From speech to the client's screen.
  case latency
  /// How often words on the screen are rewritten.
  case rewrites
  /// Words in quiet recordings.
  case levels
  /// What the service costs beside the engine alone.
  case cost
  /// How many live streams one worker carries.
  case capacity
  /// Memory of a worker and of a stream.
  case memory
  /// Words where nobody speaks.
  case quiet
  /// Whether memory and words stay the same over time.
  case soak
}
