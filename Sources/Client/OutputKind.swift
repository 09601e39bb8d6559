/// What stdout carries.
enum OutputKind: String, CaseIterable {
  /// The transcriptions, a line each.
  case text
  /// Every message of the server as it came, a line each.
  case jsonl
  /// One object a stream, at its end.
  case json
}
