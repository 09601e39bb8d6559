/// The result of a recording in words, and whether it is complete.
struct Verdict: Equatable {
  var lines: [String]
  /// Every chunk was transcribed, and the server agrees.
  var isComplete: Bool
}
