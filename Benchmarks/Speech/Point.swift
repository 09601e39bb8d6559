/// What the benchmark shows, in the order in which it does.
enum Point: String, CaseIterable {
  /// How many words are wrong, and that the way through the service changes none.
  case wer
  /// That streams never mix.
  case mixing
  /// From what is said to what the client is shown.
  case latency
  /// What the service costs beside the engine alone.
  case cost
  /// How many live streams one worker carries.
  case capacity
  /// What a worker and a stream take of it.
  case memory
  /// Words where nobody speaks.
  case quiet
  /// That hours are like minutes.
  case soak
}
